// ClientHellos, which everybody may send.

import { randomBytes } from 'node:crypto';
import { ends, extension, fill, output, u8, u16, vector } from '../peer.mjs';
import { clientHello, id, psks, split } from './messages.mjs';
import { freshServer } from './states.mjs';

/** A row of a ClientHello that a server of TLS 1.3 gets. */
export const hello = (name, make, options) => ({
  side: 'server',
  version: '1.3',
  message: 'ClientHello',
  name,
  state: freshServer,
  options,
  make,
});

export const clientHellos = [
  hello('many suites', n => clientHello({ suites: fill(Math.min(n, 65_000), i => (i === 0 ? u16(0x1301) : id(i))) })),
  hello('many unknown extensions', n =>
    clientHello({ more: [fill(Math.min(n, 60_000), i => extension(0x2000 + (i % 0xc000)))].flatMap(split) }),
  ),
  hello('many groups', n =>
    clientHello({
      more: [
        extension(
          10,
          vector(
            2,
            fill(Math.min(n, 60_000), i => (i === 0 ? u16(29) : id(i))),
          ),
        ),
      ],
    }),
  ),
  hello('many key shares', n => {
    const ids = Math.min(n, 60_000) / 7;
    const groups = [u16(29), ...Array.from({ length: ids }, (_, i) => id(i))];
    const shares = groups.slice(1).map(each => Buffer.concat([each, vector(2, u8(1))]));
    return clientHello({
      more: [
        extension(10, vector(2, ...groups)),
        extension(51, vector(2, ...shares, u16(29), vector(2, randomBytes(32)))),
      ],
    });
  }),
  hello('many signature algorithms', n =>
    clientHello({ more: [extension(13, vector(2, u16(0x0403), fill(Math.min(n, 60_000), id)))] }),
  ),
  hello(
    'many protocols',
    n =>
      clientHello({
        more: [
          extension(
            16,
            vector(
              2,
              fill(Math.min(n, 60_000), i => vector(1, Buffer.from(`p${i}`))),
            ),
          ),
        ],
      }),
    { server: { alpn: ['h2', 'http/1.1'] } },
  ),
  hello('many authorities', n =>
    clientHello({
      more: [
        extension(
          47,
          vector(
            2,
            fill(Math.min(n, 60_000), i => vector(2, [0x30, 2, 5, i & 255])),
          ),
        ),
      ],
    }),
  ),
  hello('a long cookie', n => clientHello({ more: [extension(44, vector(2, randomBytes(Math.min(n, 60_000))))] })),
  hello(
    'many PSKs, none known',
    n => clientHello({ more: [extension(45, vector(1, u8(1)))], last: [psks(n)] }),
    tickets => ({ server: { tickets } }),
  ),
];

/** A ClientHello of a castls client for one group. @param role who reads the share */
export const shareRows = groups =>
  groups.map(({ name, dangerous }) => ({
    side: 'server',
    version: '1.3',
    message: 'ClientHello',
    name: `a share of ${name}`,
    dangerous,
    state: (castls, options) => {
      const both = ends(castls, options);
      const bytes = output(both.client);
      return { target: both.server, wrap: () => bytes };
    },
    options: {
      client: { groups: [name], ...(dangerous ? { dangerousLargeFiniteFields: true } : {}) },
      server: { groups: [name], ...(dangerous ? { dangerousLargeFiniteFields: true } : {}) },
    },
    make: () => Buffer.alloc(0),
  }));
