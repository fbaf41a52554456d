// Resident memory of an idle connection pair over TCP, both ends in one process: castls, node:tls, bare sockets.

import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { castls } from '../core.ts';
import { median } from '../statistics.ts';
import type { Group, UndatedRow } from '../suite.ts';
import { issueChain, pem } from '../support/chain.ts';

const PAIRS = 4000;
const NAMES = ['idle connection pair', 'idle connection pair, in use'];
/**
 * The young generation has one size from the start: else handshakes let it grow (on Node.js 24 to 134 MB) in some runs before
 * the pairs are opened and in others behind, and a run says more about that than about the pairs.
 */
export const FIXED_YOUNG = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

export const memoryGroup: Group = {
  name: 'memory',
  candidates: async () => [],
  async rows({ rounds, runtime, progress }) {
    const chain = await issueChain(1);
    const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' });
    const facts = {
      key: key.export({ format: 'pem', type: 'pkcs8' }),
      cert: pem(chain.leaf) + pem(chain.intermediate),
      ca: pem(chain.root),
      host: chain.host,
    };
    const script = fileURLToPath(new URL('../support/idle_pairs.mjs', import.meta.url));
    const bundle = fileURLToPath(new URL('../../build/dist/node.js', import.meta.url));
    const kinds = [castls, { implementation: 'node:tls', version: `OpenSSL ${process.versions.openssl}` }];
    kinds.push({ implementation: 'bare', version: 'net.Socket' });
    const measured = kinds.map(() => NAMES.map(() => [] as number[]));
    for (let round = 1; round <= rounds; round++) {
      for (const [i, { implementation }] of kinds.entries()) {
        progress(`memory round ${round}/${rounds}: ${PAIRS} idle pairs, ${implementation}`);
        const args = [
          '--expose-gc',
          ...FIXED_YOUNG,
          script,
          implementation,
          String(PAIRS),
          bundle,
          JSON.stringify(facts),
        ];
        const printed = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 }).split(' ');
        for (const [j, bytes] of printed.entries()) measured[i][j].push(Number(bytes));
      }
    }
    return NAMES.flatMap((name, j) =>
      kinds.map(({ implementation, version }, i): UndatedRow => {
        const common = { group: 'memory', name, implementation, version, runtime };
        return { ...common, bytes: median(measured[i][j]), opsPerSecond: 0, rounds: measured[i][j] };
      }),
    );
  },
};
