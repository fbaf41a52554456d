// Options of configs, tickets and caches: what nobody can have meant is refused when it is said.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clientConfig, serverConfig } from '../../src/connection/config.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { throwsCode } from '../wire/malformed.ts';

const provider = nodeProvider();
const verifier = testVerifier();
const client = (options: object) => clientConfig({ provider, verifier, ...options });
const server = (options: object) =>
  serverConfig({ provider, verifier, credentials: [credential('server_p256')], ...options });
const keys = (options: object) => new TicketKeys({ provider, ...options });

const wrongForBoth: Record<string, readonly unknown[]> = {
  minVersion: ['TLS1.2', '1.3', null],
  maxVersion: ['tlsv1.3'],
  cipherSuites: ['TLS_AES_128_GCM_SHA256', [1]],
  groups: ['x25519', ['x25519', 'x25519']],
  signatureSchemes: [[], ['ed25519'], [0.5]],
  certificateSchemes: [[], [70_000]],
  alpn: ['h2', [''], ['x'.repeat(256)], ['\u0100'], [1]],
  verifier: [{}, () => {}],
  dangerouslyContinueUnverified: ['yes', 1],
  now: [Date.now()],
  recordSizeLimit: [63, 16_386, 100.5, '64'],
  sessionContext: [new Uint8Array(33), 'a'],
  limits: [{ maxKeyUpdates: Number.NaN }, { maxTickets: -1 }, { maxTicket: 1 }, 5],
  handshakeTimeout: [Number.NaN, -5, 0, Number.POSITIVE_INFINITY, 2 ** 31, '1000'],
  dangerousLargeFiniteFields: ['true'],
};
const wrongForClients: Record<string, readonly unknown[]> = {
  keyShares: ['x25519', ['x25519', 'x25519']],
  credential: [{}, 'pem', [{}]],
  postHandshakeAuth: ['true'],
  externalPsk: [{ identity: new Uint8Array(1) }],
  requestOcspStaple: [1],
};
const wrongForServers: Record<string, readonly unknown[]> = {
  credentials: [undefined, {}, 'pem', [null]],
  clientAuth: ['required', 'Require', true],
  ticketCount: [1.5, -1, 9, Number.NaN],
  tickets: [{}],
  certificateAuthorities: [['CN=x']],
  selectConfig: [{}],
  preferServerOrder: ['no'],
};

for (const [role, make, tables] of [
  ['client', client, { ...wrongForBoth, ...wrongForClients }],
  ['server', server, { ...wrongForBoth, ...wrongForServers }],
] as const) {
  for (const [name, values] of Object.entries(tables)) {
    test(`a ${role}'s ${name} of the wrong kind or value is refused by name`, () => {
      for (const value of values) {
        try {
          make({ [name]: value });
        } catch (error) {
          assert.is((error as { code: string }).code, 'ERR_INVALID_ARGUMENT', `${String(value)}: ${error}`);
          const named = name === 'limits' ? 'limits' : name;
          assert.match((error as Error).message, named);
          continue;
        }
        assert.unreachable(`${name}: ${String(value)} is taken`);
      }
    });
  }
}

test('an unknown option is refused with the nearest known one', () => {
  for (const [wrong, meant] of Object.entries({
    alpnProtocols: '',
    verifer: 'verifier',
    ALPN: 'alpn',
    group: 'groups',
  })) {
    for (const make of [client, server]) {
      assert.throws(() => make({ [wrong]: undefined }), new RegExp(meant === '' ? wrong : `did you mean ${meant}`));
    }
  }
  assert.throws(() => client({ clientAuth: 'none' }), /clientConfig has no option clientAuth/);
  assert.throws(() => client({}).settings({ servername: 'x' } as object), /did you mean serverName/);
  assert.throws(() => client({}).settings({ session: {} } as object), /session is/);
});

test('an absent value is the default, within limits, too', () => {
  const { limits } = client({ limits: { maxTickets: undefined, maxKeyUpdates: 3 } }).settings({});
  assert.is(limits.maxTickets, 8);
  assert.is(limits.maxKeyUpdates, 3);
  assert.is(client({ handshakeTimeout: undefined }).handshakeTimeout, 120_000);
});

test('options that contradict each other are refused', () => {
  throwsCode(() => server({ alpn: ['h2'], selectAlpn: () => 'h2' }), 'ERR_INVALID_ARGUMENT');
  throwsCode(() => keys({ keys: [new Uint8Array(48)], rotation: 60 }), 'ERR_INVALID_ARGUMENT');
});

test('ticket keys and session caches refuse what makes no sense', () => {
  for (const options of [
    { lifetime: Number.NaN },
    { lifetime: 0 },
    { lifetime: 604_801 },
    { lifetime: Number.POSITIVE_INFINITY },
    { rotation: 0 },
    { keys: 'secret' },
    { key: [] },
  ]) {
    throwsCode(() => keys(options), 'ERR_INVALID_ARGUMENT');
  }
  throwsCode(() => new ClientSessionCache({ peers: 0 }), 'ERR_INVALID_ARGUMENT');
  throwsCode(() => new ClientSessionCache({ peer: 1 } as object), 'ERR_INVALID_ARGUMENT');
  const random = provider.random;
  throwsCode(() => new ServerSessionCache({ keys: keys({}), random, capacity: Number.NaN }), 'ERR_INVALID_ARGUMENT');
});

test.run();
