// castls/legacy/register: castls/register, and TLS 1.0 and 1.1 for programs that name them: by `minVersion`, `maxVersion` or
// `secureProtocol`, or for all of a process by node's --tls-min-v1.0. CASTLS_LEGACY names others in their place, SSL 3.0 among them.

import { speakLegacy } from './legacy_for_node.ts';
import { registerAll } from './register_all.ts';

// Children and workers get it, too, whichever entry they import.
process.env['CASTLS_LEGACY'] ||= 'tls1.0,tls1.1';
speakLegacy(process.env['CASTLS_LEGACY']);
registerAll(import.meta.url);
