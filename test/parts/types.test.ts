// The declarations of castls/parts as a consumer compiles against them: strict, without skipLibCheck, both ways of
// resolving modules.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/examples.ts';
import { installPacked } from '../support/packed.ts';

const installed = installPacked();
test.after(() => installed.remove());

function tsc(args: readonly string[], cwd: string): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, ...args], { cwd, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}` || `tsc ended with ${status}`;
}

const consumer = `
import {
  cipherSuites12, clientConfig, Connection, credential, ecdsaP256Verifier, p256Keys, peerVerifier, rsaVerifier,
  serverConfig, startTls, TicketKeys, tls12Client, tls12Server, wasmCore, wasmProvider, x25519,
} from 'castls/parts';
import type { ClientConfig, Core, CryptoProvider, KeyExchangeGroup, Part, Session, TlsStreams, WasmProviderParts } from 'castls/parts';

const named: WasmProviderParts = {
  cipherSuites12,
  groups: [x25519],
  signatureVerifiers: [ecdsaP256Verifier, rsaVerifier],
  privateKeyImporters: [p256Keys],
};
const core: Core = wasmCore({ random: target => { target.fill(1); }, maximumBytes: 65536 * 64 });
const provider: CryptoProvider = wasmProvider(named, core);
const own: Part<KeyExchangeGroup> = x25519;
export function open(readable: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>, ca: string): TlsStreams {
  const config: ClientConfig = clientConfig({
    provider,
    verifier: peerVerifier({ provider, ca }),
    olderVersions: [tls12Client],
  });
  return startTls({ readable, writable }, { config, serverName: 'localhost', onSession: (session: Session) => { session.secret.dispose(); } });
}
export function accept(cert: string, key: string): Connection {
  const credentials = [credential({ provider: wasmProvider({ ...named, groups: [own] }), cert, key })];
  const config = serverConfig({ provider, credentials, tickets: new TicketKeys({ provider }), olderVersions: [tls12Server] });
  return new Connection(config.settings(), config);
}
// @ts-expect-error a config of castls/parts has no provider of its own
clientConfig({});
// @ts-expect-error a verifier is no group
wasmProvider({ groups: [rsaVerifier] });
// @ts-expect-error older versions of a server are not those of a client
serverConfig({ provider, credentials: [], olderVersions: [tls12Client] });
// @ts-expect-error the memory with its secrets is nobody's business
core.bytes;
`;

test('a strict consumer compiles', () => {
  const types = join(installed.castls, 'build/types');
  assert.is(tsc(['-p', 'tsconfig.types.json', '--outDir', types], root), '');
  writeFileSync(join(installed.folder, 'consumer.ts'), consumer);
  writeFileSync(join(installed.folder, 'package.json'), '{ "type": "module" }');
  const modules = { nodenext: 'nodenext', bundler: 'esnext' };
  for (const [resolution, module] of Object.entries(modules)) {
    const options = [
      '--strict',
      '--noEmit',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom,dom.iterable,esnext.disposable',
    ];
    const args = [...options, '--types', '', '--module', module, '--moduleResolution', resolution, 'consumer.ts'];
    assert.is(tsc(args, installed.folder), '', resolution);
  }
});

test.run();
