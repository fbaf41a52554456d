// Handshakes whose jobs work in slices (maxBlockMs), with a pace that is always due: RSA signatures and decryption, chains of
// ten certificates, ML-DSA; what comes while a job is under way; connections that end in the middle of one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCredentials } from '../../src/adapters/credentials.ts';
import { formatPem } from '../../src/asn1/pem.ts';
import { loopPace } from '../../src/base/pace.ts';
import { type ClientOptions, clientConfig, type ServerOptions, serverConfig } from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import { keySigner } from '../../src/crypto/signature_scheme.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { rsaKeyImporter } from '../../src/wasm/rsa_private.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { createPeerVerifier } from '../../src/x509/verify.ts';
import { issueSelfSigned } from '../../src/x509/write/issue.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { DAY, makeKey, signing, tools } from '../support/issuing.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { SlicedPace } from '../support/pace.ts';
import { dataOf, drain, move, type Pair } from '../support/pair.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';
import * as make from '../support/x509_maker.ts';

const provider = { ...fullWasmProvider(), privateKeyImporters: [rsaKeyImporter(testCore())] };
const root = make.makeRoot('slices root');

/** A server's credential of an RSA key below as many intermediates. */
function rsaCredential(bits: number, intermediates = 0) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const key: make.TestKey = {
    ...make.testKey('rsa'),
    privateKey,
    spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
  };
  const chain: make.Authority[] = [root];
  for (let i = 0; i < intermediates; i++) chain.unshift(make.makeIntermediate(`slices ${i}`, chain[0]));
  const leaf = make.makeLeaf('example.test', chain[0], { key });
  const cert = [leaf, ...chain.slice(0, -1).map(each => each.der)].map(der => formatPem('CERTIFICATE', der)).join('');
  return readCredentials(provider, { cert, key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string })
    .credentials;
}

// Kept for as long as the slots are counted: whoever is collected frees its key.
const rsa = rsaCredential(4096);
const longChain = rsaCredential(2048, 9);

interface Paced extends Pair {
  readonly clientPace: SlicedPace;
  readonly serverPace: SlicedPace;
}

function pacedPair(server: Partial<ServerOptions>, client: Partial<ClientOptions> = {}): Paced {
  const [clientPace, serverPace] = [new SlicedPace(), new SlicedPace()];
  const verifier = createPeerVerifier({
    anchors: [trustAnchor(root.der)],
    verifiers: provider.signatureVerifiers,
  });
  const now = () => make.NOW;
  const c = clientConfig({ provider, verifier, now, ...client }).settings({ serverName: 'example.test' });
  const s = serverConfig({ provider, credentials: rsa, now, ...server }).settings();
  return {
    client: new Connection({ ...c, pace: clientPace }, { handshakeTimeout: 60_000 }),
    server: new Connection({ ...s, pace: serverPace }, { handshakeTimeout: 60_000 }),
    clientPace,
    serverPace,
    clientEvents: [],
    serverEvents: [],
  } as unknown as Paced;
}

const turn = () => new Promise(done => setImmediate(done));

/** Moves bytes, a turn of the loop after the other, until both sides are established or one has failed. */
async function establish(pair: Pair): Promise<void> {
  const settled = ({ state }: Connection) => state !== 'handshake';
  for (let i = 0; i < 20_000 && !(settled(pair.client) && settled(pair.server)); i++) {
    move(pair.client, pair.server);
    move(pair.server, pair.client);
    await turn();
  }
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.is(pair.client.state, 'established');
  assert.is(pair.server.state, 'established');
}

async function end(pair: Pair): Promise<void> {
  pair.client.dispose();
  pair.server.dispose();
  await turn();
  await turn();
}

async function exchange(pair: Pair): Promise<void> {
  pair.client.write(Uint8Array.of(1, 2, 3));
  move(pair.client, pair.server);
  drain(pair.server, pair.serverEvents);
  assert.equal(dataOf(pair.serverEvents), Uint8Array.of(1, 2, 3));
}

const ways: Record<string, Partial<ClientOptions>> = {
  'TLS 1.3': {},
  'TLS 1.2': { maxVersion: 'TLSv1.2' },
  'RSA key exchange': { maxVersion: 'TLSv1.2', cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] },
};
for (const [name, client] of Object.entries(ways)) {
  test(`a server with an RSA-4096 key, ${name}: the loop runs between the slices`, async () => {
    const slots = testCore().liveSlots;
    const cipherSuites = client.cipherSuites === undefined ? {} : { cipherSuites: client.cipherSuites };
    const pair = pacedPair(cipherSuites, client);
    await establish(pair);
    // 410 windows for each of two powers, eight a slice at most.
    assert.ok(pair.serverPace.jobTurns >= 100, `${pair.serverPace.jobTurns} turns of its signature`);
    assert.ok(pair.serverPace.turns >= 1 && pair.clientPace.turns >= 1);
    await exchange(pair);
    await end(pair);
    assert.is(testCore().liveSlots, slots);
  });
}

test('a chain of ten certificates is verified with a turn between two signatures', async () => {
  const pair = pacedPair({ credentials: longChain });
  await establish(pair);
  assert.is(pair.client.info.peer?.certificates.length, 11);
  assert.ok(pair.clientPace.jobTurns >= 10, `${pair.clientPace.jobTurns} turns`);
  await end(pair);
});

test('a name that is wrong is refused as without slices (ERR_CERT_NAME_MISMATCH)', async () => {
  const pair = pacedPair({});
  pair.client.dispose();
  const settings = clientConfig({
    provider,
    now: () => make.NOW,
    verifier: createPeerVerifier({ anchors: [trustAnchor(root.der)], verifiers: provider.signatureVerifiers }),
  }).settings({ serverName: 'other.test' });
  const client = new Connection({ ...settings, pace: pair.clientPace }, { handshakeTimeout: 60_000 });
  for (let i = 0; i < 20_000 && client.state === 'handshake'; i++) {
    move(client, pair.server);
    move(pair.server, client);
    await turn();
  }
  assert.is(client.error?.code, 'ERR_CERT_NAME_MISMATCH');
  for (let i = 0; i < 100 && pair.server.state === 'handshake'; i++) {
    move(client, pair.server);
    await turn();
  }
  assert.is(pair.server.error?.code, 'ERR_ALERT_RECEIVED');
  client.dispose();
  await end(pair);
});

test('ML-DSA-65: its pieces are short, and the handshake waits between them', async () => {
  const key = await makeKey('mldsa65', 'slices');
  const content = {
    profile: 'server',
    subject: 'CN=example.test',
    publicKey: key.publicKey,
    altNames: ['example.test'],
    notBefore: make.NOW - DAY,
    notAfter: make.NOW + DAY,
  } as const;
  const { der } = await issueSelfSigned(content, signing(key), tools);
  const signer = keySigner(key, hostRandom);
  const verifier = createPeerVerifier({ anchors: [trustAnchor(der)], verifiers: provider.signatureVerifiers });
  const pair = pacedPair({ credentials: [{ certificateChain: [der], signer }] }, { verifier });
  await establish(pair);
  assert.ok(pair.serverPace.turns >= 2 && pair.clientPace.turns >= 3);
  await exchange(pair);
  await end(pair);
});

test('two handshakes take turns', async () => {
  const slots = testCore().liveSlots;
  const pairs = [pacedPair({}), pacedPair({})];
  const order: number[] = [];
  await Promise.all(
    pairs.map(async (pair, i) => {
      await establish(pair);
      order.push(i);
    }),
  );
  const [first, second] = pairs.map(pair => pair.serverPace.jobTurns);
  assert.ok(first >= 100 && second >= 100);
  for (const pair of pairs) await exchange(pair);
  for (const pair of pairs) await end(pair);
  assert.is(testCore().liveSlots, slots);
});

test('bytes that come while a signature is under way are kept, and so is the end of the transport', async () => {
  const pair = pacedPair({});
  for (let i = 0; i < 100 && pair.serverPace.jobTurns < 3; i++) {
    move(pair.client, pair.server);
    await turn();
  }
  assert.ok(pair.serverPace.jobTurns >= 3 && pair.server.state === 'handshake');
  assert.not(pair.server.wantsInput);
  // close_notify of the client, as an alert in the clear: it counts when the signature is there.
  pair.server.receive(Uint8Array.of(21, 3, 3, 0, 2, 1, 0));
  pair.server.endOfInput();
  assert.is(pair.server.state, 'handshake');
  const before = pair.serverPace.jobTurns;
  for (let i = 0; i < 20_000 && pair.server.state === 'handshake'; i++) await turn();
  assert.ok(pair.serverPace.jobTurns > before + 90);
  assert.is(pair.server.state, 'closed');
  await end(pair);
});

test('a connection that is destroyed in the middle of a job leaves no slot', async () => {
  const slots = testCore().liveSlots;
  for (const client of Object.values(ways)) {
    for (const stop of [1, 5, 60]) {
      const cipherSuites = client.cipherSuites === undefined ? {} : { cipherSuites: client.cipherSuites };
      const pair = pacedPair(cipherSuites, client);
      for (let i = 0; i < 2000 && pair.serverPace.jobTurns < stop; i++) {
        move(pair.client, pair.server);
        move(pair.server, pair.client);
        await turn();
      }
      assert.ok(pair.serverPace.jobTurns >= stop);
      await end(pair);
      const { jobTurns } = pair.serverPace;
      await turn();
      assert.is(pair.serverPace.jobTurns, jobTurns, 'nothing goes on');
      assert.is(testCore().liveSlots, slots);
    }
  }
});

test('a signature of a real key with a real clock gives way', async () => {
  const { signer } = rsa[0];
  const { signal } = new AbortController();
  const pace = loopPace(1);
  await turn();
  pace.begin();
  const signed = signer.sign(SignatureScheme.rsa_pss_rsae_sha256, Uint8Array.of(1), signal, pace.forJob(signal));
  assert.instance(signed, Promise);
  let turns = 0;
  let over = false;
  void Promise.resolve(signed).then(() => (over = true));
  for (; !over && turns < 100_000; turns++) await turn();
  assert.ok(over && turns >= 2, `${turns} turns`);
});

test.run();
