// RSA key exchange of TLS 1.2 shows nothing of the padding (RFC 5246 §7.4.7.1): whatever the ciphertext holds, the server
// goes on to the client's Finished, which then does not open (bad_record_mac).

import { constants, createPrivateKey, createPublicKey, publicEncrypt, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { Decrypter } from '../../src/crypto/signature.ts';
import { AlertDescription } from '../../src/registry/alerts.ts';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { encodeClientKeyExchange } from '../../src/wire/key_exchange12.ts';
import { testCore } from '../support/core.ts';
import { nodeDecrypter } from '../support/node/key_exchange12.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { certificateDer, credential } from '../support/pki.ts';
import { importRsaJwk } from '../support/rsa_jwk.ts';
import { tamperedHandshake } from '../support/tampered_pair.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';

const key = createPublicKey(
  new X509Certificate(certificateDer('server_rsa')).publicKey.export({ format: 'pem', type: 'spki' }),
);
const size = 256;

/** An encryption block as given, without padding of its own. */
const raw = (block: Uint8Array) => new Uint8Array(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block));
/** 00 02, padding, 00, then `secret`. */
const block = (secret: Uint8Array) =>
  Uint8Array.of(0, 2, ...new Uint8Array(size - 3 - secret.length).fill(0xaa), 0, ...secret);
const premaster = (version: number, length = 48) =>
  Uint8Array.of(version >> 8, version & 255, ...new Uint8Array(length - 2).fill(9));

const changedAt = (at: number, value: number) => {
  const bytes = block(premaster(0x0303));
  bytes[at] = value;
  return raw(bytes);
};

const ciphertexts: [string, () => Uint8Array][] = [
  ['another premaster secret', () => raw(block(premaster(0x0303)))],
  ['a version of TLS 1.1', () => raw(block(premaster(0x0302)))],
  ['a version of nothing', () => raw(block(premaster(0xffff)))],
  ['a premaster secret one byte short', () => raw(block(premaster(0x0303, 47)))],
  ['a premaster secret one byte long', () => raw(block(premaster(0x0303, 49)))],
  ['an empty premaster secret', () => raw(block(new Uint8Array(0)))],
  ['block type 1', () => changedAt(1, 1)],
  ['block type 0', () => changedAt(1, 0)],
  ['a first byte of 1', () => changedAt(0, 1)],
  ['a zero inside the padding', () => changedAt(20, 0)],
  ['a zero at the start of the padding', () => changedAt(2, 0)],
  ['no zero behind the padding', () => changedAt(size - 49, 1)],
  ['a block of zeros', () => raw(new Uint8Array(size))],
  ['the number 1', () => raw(Uint8Array.of(...new Uint8Array(size - 1), 1))],
  ['a number over the modulus', () => new Uint8Array(size).fill(255)],
  ['zero', () => new Uint8Array(size)],
  ['a ciphertext one byte short', () => raw(block(premaster(0x0303))).slice(1)],
  ['a ciphertext with a zero before it', () => Uint8Array.of(0, ...raw(block(premaster(0x0303))))],
  ['a ciphertext of one byte', () => Uint8Array.of(7)],
  ['no ciphertext', () => new Uint8Array(0)],
];

const suites = { cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'], maxVersion: 'TLSv1.2' } as const;
const rsaKey = createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8'));
const node = nodeProvider();
const wasm = fullWasmProvider();
const wasmKey = importRsaJwk(testCore(), rsaKey.export({ format: 'jwk' }) as Record<string, string>);
const servers: [string, CryptoProvider, Decrypter][] = [
  ['node', node, nodeDecrypter(node.ledger, rsaKey)],
  ['WASM', wasm, wasmKey],
];
const alive = () => node.ledger.alive.size + testCore().liveSlots;

for (const [where, provider, decrypter] of servers) {
  for (const [name, ciphertext] of ciphertexts) {
    test(`${where}: ${name} (bad_record_mac at the Finished)`, () => {
      const before = alive();
      const { server, client } = tamperedHandshake({
        client: suites,
        server: { ...suites, provider, credentials: [credential('server_rsa', { decrypter })] },
        toServer: message => (message[0] === H.client_key_exchange ? encodeClientKeyExchange(ciphertext()) : message),
      });
      // Only a protected record fails like this: the Finished was reached.
      assert.is(server.error?.code, 'ERR_DECRYPTION_FAILED');
      assert.is(client.error?.alert, AlertDescription.bad_record_mac);
      assert.is(alive(), before);
    });
  }
}

test.run();
