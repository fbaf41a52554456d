// Stands for host.ts in the build for all other hosts (scripts/dist.mjs): they would fail to import cloudflare:sockets, each
// with words of its own.

import { TlsError } from '../../base/errors.ts';
import type { PlainConnect } from './connect.ts';

export const plainConnect: PlainConnect = () => {
  throw new TlsError(
    'ERR_INVALID_STATE',
    'castls/workerd runs in workerd, bundled with the condition workerd: elsewhere there are castls/node and startTls of castls',
  );
};
