// The builds that carry less (scripts/variants.mjs), bundled as a page would be: they speak TLS 1.3 with the whole of castls,
// say what they lack, and their errors have codes where they have no texts.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Connection } from '../../src/connection/connection.ts';
import * as castls from '../../src/index.ts';
import type * as partsEntry from '../../src/parts.ts';
import { missingExports } from '../../src/wasm/missing_exports.ts';
import type * as webCryptoEntry from '../../src/webcrypto.ts';
import { root } from '../support/examples.ts';
import { ca, keyPair } from '../support/node_tls.ts';
import { installPacked } from '../support/packed.ts';
import { exchange } from '../support/variant_exchange.ts';

type Parts = typeof partsEntry & typeof webCryptoEntry;

const { builds } = (await import(join(root, 'scripts/variants.mjs'))) as {
  builds: Record<string, { condition: string; core: string; texts: boolean }>;
};
const { bundlePage } = await import(join(root, 'scripts/page_bytes.mjs'));

const installed = installPacked();
test.after(() => installed.remove());

/** All of castls/parts and castls/webcrypto of a build, bundled under its condition. */
async function load(name: string): Promise<Parts> {
  const source = `export * from 'castls/parts'; export * from 'castls/webcrypto';`;
  const { code } = await bundlePage(source, installed.folder, [builds[name].condition]);
  const file = join(installed.folder, `${name}.mjs`);
  writeFileSync(file, code);
  return import(pathToFileURL(file).href);
}

function codeOf(error: unknown): { code?: string; message: string } {
  return error as { code?: string; message: string };
}

function refusal(run: () => unknown): { code?: string; message: string } {
  try {
    run();
  } catch (error) {
    return codeOf(error);
  }
  throw new Error('nothing was refused');
}

/** The smallest client of a build. */
function clientOf(parts: Parts, suite?: string, serverName = 'localhost'): Connection {
  const provider = parts.wasmProvider({
    groups: [parts.x25519],
    signatureVerifiers: [parts.ecdsaP256Verifier, parts.rsaVerifier],
  });
  const verifier = parts.peerVerifier({ provider, ca, features: [parts.pem] });
  const config = parts.clientConfig({
    provider,
    verifier,
    features: [parts.resumption, parts.exporters, parts.clientCertificates],
    ...(suite && { cipherSuites: [suite] }),
  });
  return new parts.Connection(config.settings({ serverName }), config) as unknown as Connection;
}

function serverOf(certificate = 'server_p256'): Connection {
  const config = castls.serverConfig({ credentials: [castls.credential(keyPair(certificate))] });
  return new castls.Connection(config.settings(), config);
}

for (const [name, { core, texts }] of Object.entries(builds)) {
  const parts = await load(name);

  for (const certificate of ['server_p256', 'server_rsa']) {
    for (const suite of ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']) {
      test(`${name}: ${suite} with ${certificate}, records of all lengths both ways`, () => {
        const [client, server] = [clientOf(parts, suite), serverOf(certificate)];
        const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 5);
        assert.is(exchange(client, server, bytes), true);
        assert.equal([client.error, server.error], [null, null]);
        assert.is(client.info.cipherSuite?.name, suite);
        for (const each of [client, server]) each.dispose();
      });
    }
  }

  test(`${name}: resumes, takes new keys, exports the same as its peer`, () => {
    const [client, server] = [clientOf(parts), serverOf()];
    assert.is(exchange(client, server, new Uint8Array(1)), true);
    client.updateKeys(true);
    assert.is(exchange(client, server, new Uint8Array(50_000)), true);
    assert.equal(client.exportKeyingMaterial(32, 'EXPORTER-test'), server.exportKeyingMaterial(32, 'EXPORTER-test'));
    for (const each of [client, server]) each.dispose();
  });

  test(`${name}: a certificate for another name is refused${texts ? '' : ', by a code without a text'}`, () => {
    const [client, server] = [clientOf(parts, undefined, 'example.org'), serverOf()];
    assert.is(exchange(client, server, new Uint8Array(1)), false);
    assert.is(client.error?.code, 'ERR_CERT_NAME_MISMATCH');
    assert.is(client.error?.message === client.error?.code, !texts);
    assert.is(server.error?.code, 'ERR_ALERT_RECEIVED');
    for (const each of [client, server]) each.dispose();
  });

  test(`${name}: what it lacks is named (ERR_UNSUPPORTED_ALGORITHM)`, () => {
    const { wasmProvider, cipherSuites12 } = parts;
    const older = refusal(() => wasmProvider({ cipherSuites12 }));
    assert.is(older.code, 'ERR_UNSUPPORTED_ALGORITHM');
    assert.is(older.message, texts ? 'this build of castls is for TLS 1.3 alone (docs/parts.md)' : older.code);
    assert.is(refusal(() => wasmProvider({}).keyDerivation('sha1')).code, 'ERR_UNSUPPORTED_ALGORITHM');
    assert.is(refusal(() => wasmProvider({}).keyDerivation('sha3-256')).code, 'ERR_UNSUPPORTED_ALGORITHM');
    const suites = wasmProvider({}).cipherSuites13.map(suite => suite.name);
    assert.equal(suites.length, 3);
  });

  test(`${name}: the exports of its core are those of the core, without those that are told to be missing`, () => {
    const exportsOf = (binary: string) => {
      const module = new WebAssembly.Module(readFileSync(join(root, `build/wasm/${binary}.wasm`)));
      return WebAssembly.Module.exports(module).map(each => each.name);
    };
    const own = new Set(exportsOf(core));
    const lacking = exportsOf('core').filter(each => !own.has(each));
    const ofTests = ['ccmSealGeneral', 'ccmOpenGeneral', 'judgeMacThenEncrypt'];
    assert.equal(lacking.sort(), [...missingExports, ...ofTests].sort());
    assert.equal(
      [...own].filter(each => !exportsOf('core').includes(each)),
      [],
    );
  });
}

test.run();
