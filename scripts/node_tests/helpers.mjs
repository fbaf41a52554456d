// What the helpers of Node's tests ask of node itself, for versions that came before it: nothing of tls or https.

import { createRequire, syncBuiltinESMExports } from 'node:module';

const util = createRequire(import.meta.url)('node:util');
if (util.getCallSites === undefined) {
  util.getCallSites = () => [{ scriptName: '', lineNumber: 0, column: 0, functionName: '' }];
  syncBuiltinESMExports();
}
