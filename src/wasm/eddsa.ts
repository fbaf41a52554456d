// EdDSA (RFC 8032) over a WASM family: what Ed25519 and Ed448 have in common. The arithmetic is in assembly/.

import { TlsError } from '../base/errors.ts';
import { isSmallOrderVartime } from '../crypto/edwards_public_key.ts';
import { makeImporter, requireSigning } from '../crypto/private_key_importer.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type {
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  PublicKey,
  SignatureParameters,
  SignatureVerifier,
} from '../crypto/signature.ts';
import { makeVerifier } from '../crypto/signature_verifier.ts';
import { EXCHANGE_LENGTH, type WasmCore } from './core.ts';
import { randomSecret, sliceSecret } from './secrets.ts';

/** One EdDSA curve: lengths in bytes, and its functions in the family's binary. All arguments are addresses and lengths. */
export interface EddsaCurve {
  readonly type: 'ed25519' | 'ed448';
  readonly name: string;
  /** Length of seed and public key; a signature is twice as long. */
  readonly length: number;
  /** The prefix of both hashes (dom2, dom4 in RFC 8032 §2) for a context of 0-255 bytes. */
  domain(mode: EddsaMode): Uint8Array;
  functions(core: WasmCore): EddsaFunctions;
}

/** Ed25519ctx, Ed25519ph, Ed448ph. TLS and X.509 use none of them: there the context is empty (RFC 8410, RFC 9846 §4.2.3). */
export interface EddsaMode {
  readonly context: Uint8Array;
  /** The message is already the prehash (RFC 8032 §5.1, §5.2). */
  readonly prehash: boolean;
}

export interface EddsaFunctions {
  /** `key`: seed, and room for the public key behind it. */
  publicKey(key: number): void;
  sign(signature: number, key: number, domain: number, domainLength: number, message: number, length: number): void;
  /** 1 valid, 0 invalid, -1 if the public key encodes no point. */
  verify(key: number, signature: number, domain: number, domainLength: number, message: number, length: number): number;
}

/** Ed25519 and Ed448 themselves, as TLS and X.509 use them. */
export const PURE: EddsaMode = { context: new Uint8Array(0), prehash: false };

// Exchange area: signature or public key and signature, the domain string, then the message if there is room.
const DOMAIN_AT = 512;
const MESSAGE_AT = 1024;

/** Verifies signatures of one curve. */
export function eddsaVerifier(core: WasmCore, curve: EddsaCurve): SignatureVerifier {
  return makeVerifier({
    name: curve.name,
    keyType: curve.type,
    signatureTypes: [curve.type],
    verify({ key }, _parameters, message, signature) {
      return eddsaVerify(core, curve, key, message, signature, PURE);
    },
  });
}

/**
 * True if the signature is valid.
 * @throws ERR_INVALID_PUBLIC_KEY if the public key has a wrong length, encodes no point, or one of small order: RFC 8032
 * leaves these to the caller, and by them anybody signs every message
 */
export function eddsaVerify(
  core: WasmCore,
  curve: EddsaCurve,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  mode: EddsaMode,
): boolean {
  publicKey = core.input(publicKey, 'the public key');
  signature = core.input(signature, 'the signature');
  const wrongKey = () => new TlsError('ERR_INVALID_PUBLIC_KEY', `the bytes are no ${curve.name} public key`);
  if (publicKey.length !== curve.length || isSmallOrderVartime(curve.type, publicKey)) throw wrongKey();
  const { verify } = curve.functions(core);
  const signatureAt = core.exchange + curve.length;
  const valid = withMessage(core, curve, mode, message, (domain, domainLength, at) => {
    core.bytes.set(publicKey, core.exchange);
    // A signature of wrong length is invalid, but a bad key is reported all the same.
    core.bytes.fill(0xff, signatureAt, signatureAt + 2 * curve.length);
    if (signature.length === 2 * curve.length) core.bytes.set(signature, signatureAt);
    return verify(core.exchange, signatureAt, domain, domainLength, at, message.length);
  });
  if (valid < 0) throw wrongKey();
  return valid === 1 && signature.length === 2 * curve.length;
}

/** Imports and generates private keys of one curve. */
export function eddsaImporter(core: WasmCore, curve: EddsaCurve): PrivateKeyImporter {
  return makeImporter({
    name: curve.name,
    keyType: curve.type,
    import: ({ seed }) => new EddsaPrivateKey(core, curve, seed),
    generate(_parameters, random) {
      const seed = randomSecret(core, curve.length, random);
      try {
        return new EddsaPrivateKey(core, curve, seed);
      } finally {
        seed.dispose();
      }
    },
  });
}

/** A private key: the seed and, behind it in the same secret, the public key. */
export class EddsaPrivateKey implements PrivateKey {
  readonly publicKey: PublicKey;
  readonly #core: WasmCore;
  readonly #curve: EddsaCurve;
  readonly #key: Secret;

  /** @param seed stays the caller's @throws ERR_INVALID_PRIVATE_KEY for a seed of wrong length */
  constructor(core: WasmCore, curve: EddsaCurve, seed: Secret) {
    core.pointerOf(seed); // a stale or foreign seed is refused before anything is allocated
    if (seed.length !== curve.length) {
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', `an ${curve.name} seed has ${curve.length} bytes`);
    }
    const functions = curve.functions(core); // may fail: before there is a slot
    this.#core = core;
    this.#curve = curve;
    this.#key = core.createSecret(2 * curve.length);
    const [from, to] = [core.pointerOf(seed), core.pointerOf(this.#key)];
    core.bytes.copyWithin(to, from, from + curve.length);
    functions.publicKey(to);
    this.publicKey = { type: curve.type, key: core.bytes.slice(to + curve.length, to + 2 * curve.length) };
  }

  /** Signs; nothing is drawn from `random`. */
  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource): Uint8Array {
    requireSigning([this.#curve.type], parameters, message, random);
    return this.signWithMode(message, PURE);
  }

  /** A signature in one of the modes that TLS does not use. @internal */
  signWithMode(message: Uint8Array, mode: EddsaMode): Uint8Array {
    const core = this.#core;
    const { sign } = this.#curve.functions(core);
    return withMessage(core, this.#curve, mode, message, (domain, domainLength, at) => {
      sign(core.exchange, core.pointerOf(this.#key), domain, domainLength, at, message.length);
      return core.bytes.slice(core.exchange, core.exchange + 2 * this.#curve.length);
    });
  }

  dangerousExport(): PrivateKeyMaterial {
    return { type: this.#curve.type, seed: sliceSecret(this.#core, this.#key, 0, this.#curve.length) };
  }

  dispose(): void {
    this.#key.dispose();
  }
}

/** Puts domain string and message into the memory; a message too long for the exchange area gets a slot of its own. */
function withMessage<T>(
  core: WasmCore,
  curve: EddsaCurve,
  mode: EddsaMode,
  message: Uint8Array,
  use: (domain: number, domainLength: number, message: number) => T,
): T {
  message = core.input(message, 'the message');
  core.requireInput(mode.context, 'the context');
  if (mode.context.length > 255) throw new TlsError('ERR_BAD_LENGTH', 'an EdDSA context has at most 255 bytes');
  const domain = curve.domain(mode);
  const fits = message.length <= EXCHANGE_LENGTH - MESSAGE_AT;
  const at = fits ? core.exchange + MESSAGE_AT : core.allocate(message.length);
  try {
    core.bytes.set(domain, core.exchange + DOMAIN_AT);
    core.bytes.set(message, at);
    return use(core.exchange + DOMAIN_AT, domain.length, at);
  } finally {
    core.wipeExchange(fits ? MESSAGE_AT + message.length : MESSAGE_AT);
    if (!fits) core.free(at);
  }
}
