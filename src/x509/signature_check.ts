// One signature of X.509 (certificate, CRL, OCSP response, SCT): which key may make it, and is it right? Weak keys and
// hashes are refused before anything is computed.

import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import { rsaLimits } from '../crypto/rsa_public_key.ts';
import type { CertificateStrength, PublicKey, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import { type Fault, fault } from './certificate_error.ts';
import { modulusBits, publicKeyText } from './public_key.ts';
import { settle, type Waiting } from './settle.ts';

/** RFC 9155, CABF BR §7.1.3.2: collisions are practical. */
const weakHashes: readonly HashName[] = ['md5', 'sha1'];

const usualStrength: CertificateStrength = { minimumRsaBits: rsaLimits.minimumBits, sha1: false };

/** What certificates have to be worth under these verifiers. */
export function strengthOf(verifiers: readonly SignatureVerifier[]): CertificateStrength {
  return verifiers.find(verifier => verifier.dangerousStrength)?.dangerousStrength ?? usualStrength;
}

/** Null if castls may rely on this key, whoever certified it. */
export function keyFault(key: PublicKey, { minimumRsaBits } = usualStrength): Fault | null {
  if (key.type !== 'rsa') return null;
  const bits = modulusBits(key.modulus);
  if (bits < minimumRsaBits) {
    return fault(
      'ERR_CERT_WEAK',
      `the RSA key has ${bits} bits; fewer than ${minimumRsaBits} can be broken`,
      'NIST SP 800-131A, CABF BR §6.1.5',
      'Have the certificate issued for a new key.',
    );
  }
  if (bits > rsaLimits.maximumBits || key.exponent.length > rsaLimits.maximumExponentBytes) {
    return fault(
      'ERR_CERT_UNSUPPORTED_ALGORITHM',
      `the RSA key has ${bits} bits and an exponent of ${key.exponent.length} bytes, which is more than castls verifies`,
      'a limit of castls against hostile keys',
      'Use an RSA key of 2048 to 4096 bits, or an elliptic curve.',
    );
  }
  return null;
}

/** Null if signatures of these parameters are worth anything. */
export function algorithmFault(
  parameters: SignatureParameters | undefined,
  oid: string,
  { sha1 } = usualStrength,
): Fault | null {
  if (parameters === undefined) return unsupported(`the signature algorithm ${oid} is unknown`);
  const taken = sha1 && 'hash' in parameters && parameters.hash === 'sha1';
  if ('hash' in parameters && weakHashes.includes(parameters.hash) && !taken) {
    return fault(
      'ERR_CERT_WEAK',
      `it is signed with ${parameters.hash.toUpperCase()}, for which collisions can be made`,
      'RFC 9155, CABF BR §7.1.3.2',
      'Have it issued again with SHA-256 or better.',
    );
  }
  return null;
}

export function unsupported(problem: string): Fault {
  return fault('ERR_CERT_UNSUPPORTED_ALGORITHM', problem, 'RFC 5280 §4.1.1.2', 'Use RSA, ECDSA, Ed25519 or ML-DSA.');
}

/** Null if a key of this kind makes such signatures at all. */
function fitFault(key: PublicKey, parameters: SignatureParameters): Fault | null {
  const wrong = () => signatureFault(`a ${parameters.type} signature by a key that is ${publicKeyText(key)}`);
  switch (parameters.type) {
    case 'ecdsa':
      return key.type === 'ec' ? null : wrong();
    case 'rsa-pkcs1':
      return key.type === 'rsa' && key.pss === undefined ? null : wrong();
    case 'rsa-pss': {
      if (key.type !== 'rsa') return wrong();
      // RFC 4055 §3.1: hash and mask generation as in the key, a salt at least as long.
      const { hash = parameters.hash, mgfHash = parameters.mgfHash, minimumSaltLength = 0 } = key.pss ?? {};
      const fits =
        hash === parameters.hash && mgfHash === parameters.mgfHash && parameters.saltLength >= minimumSaltLength;
      return fits ? null : wrong();
    }
    case 'mldsa':
      return key.type === 'mldsa' && key.parameterSet === parameters.parameterSet ? null : wrong();
    default:
      return key.type === parameters.type ? null : wrong();
  }
}

function signatureFault(problem: string): Fault {
  return fault(
    'ERR_CERT_SIGNATURE',
    problem,
    'RFC 5280 §6.1.3 (a)(1)',
    'The certificate was altered, or was not made by this issuer; get it anew and send the intermediates it came with.',
  );
}

/** Verifies a signature; null if it holds. */
export function* verifySignature(
  verifiers: readonly SignatureVerifier[],
  key: PublicKey,
  parameters: SignatureParameters | undefined,
  oid: string,
  message: Uint8Array,
  signature: Uint8Array,
): Waiting<Fault | null> {
  const strength = strengthOf(verifiers);
  const known = algorithmFault(parameters, oid, strength) ?? keyFault(key, strength) ?? fitFault(key, parameters!);
  if (known !== null) return known;
  const verifier = verifiers.find(candidate => candidate.handles(key, parameters!));
  if (verifier === undefined) {
    return unsupported(`no given verifier handles ${parameters!.type} signatures by ${publicKeyText(key)}`);
  }
  yield null;
  try {
    const valid = yield* settle(verifier.verify(key, parameters!, message, signature));
    return valid ? null : signatureFault('the signature is not the one of the issuer');
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    if (error.code === 'ERR_WEAK_KEY')
      return fault('ERR_CERT_WEAK', error.message, 'RFC 5280 §4.1.2.7', 'Use another key.');
    if (error.code === 'ERR_INVALID_PUBLIC_KEY') return signatureFault(error.message);
    throw error;
  }
}

/** Runs `read`, which decodes a key; a key castls cannot use becomes a fault. */
export function usableKey(read: () => PublicKey): PublicKey | Fault {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    if (error.code === 'ERR_UNSUPPORTED_ALGORITHM') return unsupported(error.message);
    return fault('ERR_CERT_MALFORMED', error.message, 'RFC 5280 §4.1.2.7', 'Have the certificate issued again.');
  }
}
