// Breaks castls on purpose: what still passes makes no connection.

import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const broken = () => {
  throw new Error('castls is broken on purpose');
};
for (const name of ['tls', 'https']) {
  const builtin = require(`node:${name}`);
  for (const part of ['connect', 'createServer', 'Server', 'TLSSocket']) if (part in builtin) builtin[part] = broken;
}
syncBuiltinESMExports();
