// castls/register: castls in the place of node:tls and node:https for the whole process, its workers and children.
// `node --import castls/register app.mjs`, or the first import of a program. It replaces properties of the builtin objects;
// node's own https.request, fetch and http2 reach castls by them.

import { loadLegacy } from './adapters/node/register/legacy.ts';
import { registerAll } from './register_all.ts';

loadLegacy(import.meta.url);
registerAll(import.meta.url);
