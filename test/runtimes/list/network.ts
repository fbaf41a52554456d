// Over the runtime's own transport, against servers in other processes: castls and openssl.

import { codeOf, equal, equalBytes, type Host, pattern, type RuntimeTest, readAll, within } from './host.ts';

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const network: readonly RuntimeTest[] = [
  ...(['TLSv1.3', 'TLSv1.2'] as const).flatMap((maxVersion): RuntimeTest[] => [
    {
      name: `${maxVersion} to castls serve: 1 MiB there and back, our end first`,
      async run({ servers, fixtures, connect }) {
        const client = await connect({ port: servers.echo, ca: fixtures.ca, alpn: ['echo'], maxVersion });
        const info = await within('the handshake', client.opened);
        equal([info.protocolVersion, info.alpn], [maxVersion, 'echo'], 'what was negotiated');
        const data = pattern(1024 * 1024);
        const sent = client.write(data).then(() => client.end());
        sent.catch(() => {});
        equalBytes(await within('the echo', readAll(client)), data, 'the echo');
        await within('the write', sent);
        await within('the close', client.close());
      },
    },
    {
      name: `${maxVersion} to openssl s_server`,
      async run({ servers, fixtures, connect }) {
        const client = await connect({ port: servers.openssl, ca: fixtures.ca, maxVersion });
        equal((await within('the handshake', client.opened)).protocolVersion, maxVersion, 'the version');
        await client.write(encode('castle\n'));
        let answer = '';
        while (!answer.endsWith('\n')) {
          const chunk = await within('the answer', client.read());
          if (chunk === null) break;
          answer += decode(chunk);
        }
        equal(answer, 'eltsac\n', 'the line reversed');
        await within('the close', client.close());
      },
    },
    {
      name: `${maxVersion} to castls serve: a client certificate, and none where one is asked for`,
      async run(host) {
        const { servers, fixtures, connect } = host;
        const own = { cert: fixtures.clientCert, key: fixtures.clientKey };
        const client = await connect({ port: servers.mutual, ca: fixtures.ca, maxVersion, ...own });
        await within('the handshake', client.opened);
        await echoes(client, 'who am I');
        const stranger = await connect({ port: servers.mutual, ca: fixtures.ca, maxVersion });
        const refused = (async () => {
          await stranger.opened;
          await stranger.write(encode('x'));
          await stranger.read();
        })();
        equal(await codeOf('a stranger', refused), 'ERR_ALERT_RECEIVED', 'the alert reaches the stranger');
      },
    },
  ]),
  {
    name: 'a server of another authority is refused by name, and is told by an alert',
    async run({ servers, fixtures, connect }) {
      const client = await connect({ port: servers.echo, ca: fixtures.otherCa });
      equal(await codeOf('the server', client.opened), 'ERR_CERT_UNKNOWN_ISSUER', 'the code');
    },
  },
  {
    name: 'a port that nobody listens on is an error, not a wait',
    async run({ connect, fixtures }) {
      const attempt = (async () => {
        const client = await connect({ port: 1, ca: fixtures.ca });
        await client.opened;
      })();
      await codeOf('nobody', attempt);
    },
  },
];

async function echoes(client: Awaited<ReturnType<Host['connect']>>, text: string): Promise<void> {
  const sent = client.write(encode(text)).then(() => client.end());
  sent.catch(() => {});
  equal(decode(await within('the echo', readAll(client))), text, 'the echo');
  await within('the write', sent);
  await within('the close', client.close());
}
