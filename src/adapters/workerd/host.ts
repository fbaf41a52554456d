// The one place that names cloudflare:sockets.

import { connect } from 'cloudflare:sockets';
import type { PlainConnect } from './connect.ts';

export const plainConnect: PlainConnect = (address, options) => connect(address, options) as ReturnType<PlainConnect>;
