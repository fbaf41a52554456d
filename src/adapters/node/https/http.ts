// node:http by require. An import makes a namespace of all its exports, among them lazy ones that load undici and http2 - which
// would keep node's tls.Server before castls/register has replaced it.

import type * as Http from 'node:http';
import { createRequire } from 'node:module';

export const http = createRequire(import.meta.url)('node:http') as typeof Http;
export type { Http };
