// Wrong values in the place of every argument of everything a provider gives out: see test/support/wrong_arguments.ts.

import { webcrypto } from 'node:crypto';
import type { KeyExchangeGroup } from '../../src/crypto/key_exchange.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import type { KeyGenerationParameters, PrivateKey, SignatureParameters } from '../../src/crypto/signature.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { ffdhePrime } from '../../src/wasm/ffdh_primes.ts';
import { webCryptoProvider } from '../../src/webcrypto/provider.ts';
import { hostRandom } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { importRsaJwk } from '../support/rsa_jwk.ts';
import {
  arg,
  bytes,
  call,
  core,
  type Kind,
  maybe,
  objectCalls,
  secret,
  testCalls,
} from '../support/wrong_arguments.ts';

const wasm = fullProvider(core);
const web = webCryptoProvider(wasm, webcrypto.subtle as unknown as SubtleCrypto);
const key32 = secret(32);
const random = arg('function', hostRandom);

for (const name of ['importSecret', 'dangerousReveal'] as const) {
  call(
    name,
    wasm[name],
    arg(name === 'importSecret' ? 'bytes' : 'secret', name === 'importSecret' ? bytes(32) : key32),
  );
}
call('concatSecrets', wasm.concatSecrets, arg('secret', key32), arg('secret', key32));
call('sliceSecret', wasm.sliceSecret, arg('secret', key32), arg('integer', 3), arg('integer', 4));
call('equalBytes', wasm.equalBytes, arg('bytes', bytes(32)), arg('bytes', bytes(32)));
call('keyDerivation', wasm.keyDerivation, arg('name', 'sha256'));

const kdf = wasm.keyDerivation('sha256');
const running = kdf.hash.start();
call('digest', data => kdf.hash.digest(data), arg('bytes', bytes(9)));
call('update', data => running.update(data), arg('bytes', bytes(9)));
call('hmac', (key, data) => kdf.hmac(key, data), arg('secret', key32), arg('bytes', bytes(9)));
call(
  'verifyHmac',
  (key, data, expected) => kdf.verifyHmac(key, data, expected),
  arg('secret', key32),
  arg('bytes', bytes(9)),
  arg('bytes', bytes(32)),
);
call('extract, the salt', salt => salt === null || kdf.extract(salt, key32), arg('secret', key32));
call('extract, the material', ikm => ikm === null || kdf.extract(key32, ikm), arg('secret', key32));
call(
  'expand',
  (key, info, length) => kdf.expand(key, info, length),
  arg('secret', key32),
  arg('bytes', bytes(9)),
  arg('integer', 32),
);
call(
  'expandLabel',
  (key, label, context, length) => kdf.expandLabel(key, label, context, length),
  arg('secret', key32),
  arg('text', 'key'),
  arg('bytes', bytes(9)),
  arg('integer', 32),
);
call(
  'prf12',
  (key, label, seed, length) => kdf.prf12(key, label, seed, length),
  arg('secret', key32),
  arg('text', 'key expansion'),
  arg('bytes', bytes(9)),
  arg('integer', 32),
);

function recordCalls(name: string, make: () => RecordProtection, paddable: boolean): void {
  const protection = make();
  const padding = paddable ? [maybe('integer', 3)] : [];
  const record = protection.dangerousSealAt(3, 23, bytes(9));
  const [type, content] = [arg('integer', 23), arg('bytes', bytes(9))];
  call(
    `${name}, sealNext`,
    (...given) => protection.sealNext(...(given as unknown as Parameters<typeof protection.sealNext>)),
    type,
    content,
    arg('integer', 100),
    ...padding,
  );
  call(
    `${name}, openNext`,
    (...given) => protection.openNext(...(given as unknown as Parameters<typeof protection.openNext>)),
    arg('bytes', record),
    arg('integer', 100),
  );
  call(
    `${name}, dangerousSealAt`,
    (...given) => protection.dangerousSealAt(...(given as unknown as Parameters<typeof protection.dangerousSealAt>)),
    arg('integer', 3),
    type,
    content,
  );
  call(
    `${name}, openAt`,
    (...given) => {
      // A fresh one each time: forgeries are counted.
      const fresh = make();
      try {
        return fresh.openAt(...(given as unknown as Parameters<typeof fresh.openAt>));
      } finally {
        fresh.dispose();
      }
    },
    arg('integer', 3),
    arg('bytes', record),
    arg('integer', 100),
  );
}
for (const suite of wasm.cipherSuites13) {
  const traffic = secret(suite.keyDerivation.hash.outputLength);
  call(`${suite.name}, protect`, suite.protect, arg('secret', traffic));
  recordCalls(suite.name, () => suite.protect(traffic), true);
}
for (const suite of wasm.cipherSuites12.filter(each => each.name.startsWith('TLS_ECDHE_RSA'))) {
  const block = secret(suite.keyBlockLength);
  call(`${suite.name}, protect`, suite.protect, arg('secret', block), arg('name', 'client'), arg('flag', false));
  recordCalls(suite.name, () => suite.protect(block, 'server', false), false);
}

async function groupCalls(provider: CryptoProvider, group: KeyExchangeGroup): Promise<void> {
  const name = `${group.name} of ${provider.name}`;
  const own = await group.generate(hostRandom);
  const { share, sharedSecret } = await group.respond(own.share, hostRandom);
  sharedSecret.dispose();
  own.dispose();
  // The host draws for itself.
  const draws = provider === wasm || /MLKEM|448|ffdhe/.test(group.name) ? [random] : [];
  call(`${name}, generate`, (...given) => group.generate(...(given as unknown as [typeof hostRandom])), ...draws);
  call(
    `${name}, respond`,
    (theirs, ...given) => group.respond(theirs, ...(given as unknown as [typeof hostRandom])),
    arg('bytes', own.share),
    ...draws,
  );
  call(
    `${name}, complete`,
    async theirs => {
      const exchange = await group.generate(hostRandom);
      try {
        return await exchange.complete(theirs);
      } finally {
        exchange.dispose();
      }
    },
    arg('bytes', share),
  );
}
for (const provider of [wasm, web]) {
  for (const group of provider.groups.filter(each => !/ffdhe[3468]/.test(each.name))) await groupCalls(provider, group);
}
const dh = wasm.finiteFieldDh!;
call(
  'an explicit group',
  (prime, generator, policy) => dh.group(prime, generator, policy),
  arg('bytes', ffdhePrime(2048)),
  arg('bytes', Uint8Array.of(2)),
  maybe('options', { dangerousMinimumBits: 1024 }),
);

const generated: readonly [KeyGenerationParameters, SignatureParameters][] = [
  [
    { type: 'ec', curve: 'P-256' },
    { type: 'ecdsa', hash: 'sha256' },
  ],
  [
    { type: 'ec', curve: 'P-521' },
    { type: 'ecdsa', hash: 'sha512' },
  ],
  [{ type: 'ed25519' }, { type: 'ed25519' }],
  [{ type: 'ed448' }, { type: 'ed448' }],
  [
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
    { type: 'mldsa', parameterSet: 'ML-DSA-44', context: bytes(3) },
  ],
];

function keyCalls(name: string, key: PrivateKey, signing: SignatureParameters): void {
  const { hash, mgfHash, saltLength, context } = signing as Record<string, unknown>;
  const kinds: Record<string, Kind> = { type: 'name' };
  if (hash !== undefined) kinds.hash = 'name';
  if (mgfHash !== undefined) kinds.mgfHash = 'name';
  if (saltLength !== undefined) kinds.saltLength = 'integer';
  if (context !== undefined) kinds.context = 'bytes';
  if (signing.type === 'mldsa') kinds.parameterSet = 'name';
  objectCalls(`${name}, sign, parameters`, given => key.sign(given, bytes(9), hostRandom), signing, kinds, 'context');
  call(`${name}, sign`, (message, draws) => key.sign(signing, message, draws), arg('bytes', bytes(9)), random);
}

for (const [parameters, signing] of generated) {
  const name = Object.values(parameters).join(' ');
  const importer = wasm.privateKeyImporters.find(each => each.handles(parameters))!;
  const key = await importer.generate(parameters, hostRandom);
  keyCalls(name, key, signing);
  const kinds: Record<string, Kind> = { type: 'name' };
  for (const property of ['curve', 'parameterSet'].filter(each => each in parameters)) kinds[property] = 'name';
  objectCalls(`${name}, generate, parameters`, given => importer.generate(given, hostRandom), parameters, kinds);
  call(
    `${name}, generate`,
    (draws, progress) => importer.generate(parameters, draws, progress),
    random,
    maybe('function', () => {}),
  );
  const material = key.dangerousExport();
  const secrets = Object.fromEntries(
    ['seed', 'scalar'].filter(each => each in material).map(each => [each, 'secret'] as const),
  );
  const point: Record<string, Kind> = 'point' in material ? { point: 'bytes' } : {};
  objectCalls(
    `${name}, import, material`,
    given => importer.import(given),
    material,
    { ...kinds, ...secrets, ...point },
    'point',
  );
}

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const rsa = importRsaJwk(core, jwk as Record<string, string>);
keyCalls('RSA PKCS#1', rsa, { type: 'rsa-pkcs1', hash: 'sha256' });
keyCalls('RSA-PSS', rsa, { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 });
const rsaImporter = wasm.privateKeyImporters.find(each => each.handles({ type: 'rsa' }))!;
const rsaParts = {
  prime1: 'secret',
  prime2: 'secret',
  exponent1: 'secret',
  exponent2: 'secret',
  coefficient: 'secret',
  privateExponent: 'secret',
} as const;
objectCalls(
  'RSA, import, material',
  given => rsaImporter.import(given),
  rsa.dangerousExport(),
  { type: 'name', modulus: 'bytes', exponent: 'bytes', ...rsaParts },
  'privateExponent',
);
// A right value would search for primes: the sizes alone.
call(
  'RSA, generate, bits',
  bits => (bits === 2048 ? undefined : rsaImporter.generate({ type: 'rsa', bits }, hostRandom)),
  arg('integer', 2048),
);
call(
  'decryptPremaster',
  (ciphertext, version, draws) => rsa.decryptPremaster(ciphertext, version, draws),
  arg('bytes', bytes(256)),
  arg('integer', 0x0303),
  random,
);
objectCalls(
  'encryptPremaster, the key',
  given => wasm.rsaKeyTransport!.encryptPremaster(given, 0x0303, hostRandom),
  rsa.publicKey,
  { type: 'name', modulus: 'bytes', exponent: 'bytes' },
);
call(
  'encryptPremaster',
  (version, draws) => wasm.rsaKeyTransport!.encryptPremaster(rsa.publicKey, version, draws),
  arg('integer', 0x0303),
  random,
);

call(
  'a new core',
  (draws, options) => new WasmCore(draws, options),
  random,
  maybe('options', { maximumBytes: 3_000_000 }),
);
call(
  'a new core, maximumBytes',
  maximumBytes => new WasmCore(hostRandom, { maximumBytes }),
  maybe('integer', 3_000_000),
);

testCalls();
