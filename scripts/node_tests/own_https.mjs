// castls/https in the place of node's https client as well, which castls/register leaves as it is.

import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../set_up.mjs';

const own = await import(pathToFileURL(join(root, 'build/dist/https.js')).href);
const builtin = createRequire(import.meta.url)('node:https');
for (const name of ['Agent', 'globalAgent', 'request', 'get', 'Server', 'createServer']) builtin[name] = own[name];
syncBuiltinESMExports();
