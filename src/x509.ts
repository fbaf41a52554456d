// castls/x509: certificates without a connection, on the WASM provider. Everything is a function of its own, so that a
// bundle carries what it names: reading and verifying bring no issuing, no key files and no PKCS#12.

import { isObject, requireObject } from './base/arguments.ts';
import { TlsError } from './base/errors.ts';
import { integer, objectWith, readOptions, required, rule, unchecked } from './base/options.ts';
import type { HashAlgorithm, HashName } from './crypto/hash.ts';
import type { KeyProvider } from './crypto/password_encryption.ts';
import type { PeerVerifier } from './crypto/peer_verifier.ts';
import { importerFor } from './crypto/private_key_material.ts';
import type { Awaitable } from './crypto/secret.ts';
import type {
  KeyGenerationParameters,
  PrivateKey,
  PrivateKeyImporter,
  PublicKey,
  SignatureVerifier,
  Signer,
} from './crypto/signature.ts';
import { keySigner } from './crypto/signature_scheme.ts';
import { defaultCore } from './wasm/default_core.ts';
import { ed448Importer, ed448Verifier } from './wasm/ed448.ts';
import { ed25519Importer, ed25519Verifier } from './wasm/ed25519.ts';
import { wasmHash } from './wasm/hash.ts';
import { mlDsaImporter, mlDsaVerifier } from './wasm/mldsa.ts';
import { p256Keys, p256Verifier } from './wasm/p256.ts';
import { p384Keys, p384Verifier } from './wasm/p384.ts';
import { p521Keys, p521Verifier } from './wasm/p521.ts';
import { wasmPasswordEncryption } from './wasm/password_encryption.ts';
import { wasmProvider } from './wasm/provider.ts';
import { rsaVerifier } from './wasm/rsa.ts';
import { rsaKeyImporter } from './wasm/rsa_private.ts';
import { wasmScrypt } from './wasm/scrypt.ts';
import type { Certificate } from './x509/certificate.ts';
import type { Crl } from './x509/crl.ts';
import {
  type AnchorInput,
  anchorsFrom,
  type CertificateInput,
  type CrlInput,
  certificateFrom,
  certificatesFrom,
  crlsFrom,
  type Encoded,
  encodedCertificates,
  type OcspResponseInput,
  ocspResponsesFrom,
  type PublicKeyInput,
  publicKeyFrom,
  type RequestInput,
  requestFrom,
  type Several,
} from './x509/input.ts';
import * as jwk from './x509/keys/jwk.ts';
import type { PasswordOptions } from './x509/keys/pbes2.ts';
import type { EncryptionOptions } from './x509/keys/pbes2_write.ts';
import * as keyFile from './x509/keys/private_key.ts';
import * as keyWriter from './x509/keys/write.ts';
import { bringMeans, type CertificateMeans } from './x509/means.ts';
import type { OcspResponse } from './x509/ocsp.ts';
import type { PathCheck } from './x509/path_builder.ts';
import * as pkcs7 from './x509/pkcs7/bundle.ts';
import * as pkcs12 from './x509/pkcs12/read.ts';
import * as pkcs12Writer from './x509/pkcs12/write.ts';
import * as request from './x509/request.ts';
import * as revoked from './x509/revocation.ts';
import { run } from './x509/settle.ts';
import { verifySignature } from './x509/signature_check.ts';
import * as anchor from './x509/trust_anchor.ts';
import * as verify from './x509/verify.ts';
import * as crlWriter from './x509/write/crl.ts';
import * as issue from './x509/write/issue.ts';
import * as ocspWriter from './x509/write/ocsp.ts';
import * as requestWriter from './x509/write/request.ts';
import type { SigningOptions } from './x509/write/signed.ts';

export { type ErrorCode, TlsError } from './base/errors.ts';
export type { HashAlgorithm, HashName } from './crypto/hash.ts';
export type { KeyGenerationParameters, PrivateKey, PublicKey, SignatureVerifier, Signer } from './crypto/signature.ts';
export { SignatureScheme } from './registry/signature_schemes.ts';
export * from './x509/index.ts';
export type {
  AnchorInput,
  CertificateInput,
  CrlInput,
  Encoded,
  OcspResponseInput,
  PublicKeyInput,
  RequestInput,
  Several,
} from './x509/input.ts';
export { type JsonWebKey, parsePublicJwk, writePublicJwk } from './x509/keys/jwk.ts';
export { type DerivationLimits, defaultDerivationLimits, type PasswordOptions } from './x509/keys/pbes2.ts';
export type { EncryptionOptions } from './x509/keys/pbes2_write.ts';
export type { PrivateKeyFormat } from './x509/keys/write.ts';
export { type OcspCertificateId, type OcspRequest, parseOcspRequest } from './x509/ocsp_request.ts';
export type { Pkcs7Content, Pkcs7Contents } from './x509/pkcs7/bundle.ts';
export { type Pkcs12Content, type Pkcs12Options, pkcs12Chain } from './x509/pkcs12/read.ts';
export type { Pkcs12Contents, Pkcs12WriteOptions } from './x509/pkcs12/write.ts';
export { publicKeyText, samePublicKey } from './x509/public_key.ts';
export { CertificateRequest } from './x509/request.ts';
export { writePublicKey } from './x509/write/algorithm.ts';
export type { CrlContent, Revocation } from './x509/write/crl.ts';
export { type ExtensionInput, type PolicyContent, writeExtension } from './x509/write/extensions.ts';
export { alternativeName, nameSubtree } from './x509/write/general_name.ts';
export type { CertificateContent, IssueProfile } from './x509/write/issue.ts';
export { writeName } from './x509/write/name.ts';
export { createOcspError, createOcspRequest, type OcspContent, type OcspStatement } from './x509/write/ocsp.ts';
export type { RequestContent } from './x509/write/request.ts';
export type { Confinement } from './x509/write/subtrees.ts';

/** What certificates of this entry need for `fingerprint` and `verify`. */
const means: CertificateMeans = {
  hash: hashAlgorithm,
  verifySignature: (key, parameters, oid, message, signature) =>
    run(verifySignature(signatureVerifiers(), key, parameters, oid, message, signature)) === null,
};

/**
 * Reads a certificate; of several in PEM the first. Its methods are at hand with it, so a page that only parses carries
 * hashes and verifiers, too: `castls/parts` has a `parseCertificate` without them.
 * @param input PEM as text or bytes, DER (copied), or a certificate, which is returned
 * @throws ERR_CERT_MALFORMED, ERR_MALFORMED_PEM, ERR_INVALID_ARGUMENT if there is none
 */
export function parseCertificate(input: CertificateInput): Certificate {
  bringMeans(means);
  return certificateFrom(input);
}

/** Reads all certificates of PEM, or one of DER, in their order. @throws as `parseCertificate` */
export function parseCertificates(input: Several<CertificateInput>): Certificate[] {
  bringMeans(means);
  return certificatesFrom(input);
}

/** Reads a CRL. @param input as for `parseCertificate` @throws as `parseCertificate` */
export function parseCrl(input: CrlInput): Crl {
  return crlsFrom(input)[0];
}

/** Reads a certification request (PKCS#10). @param input as for `parseCertificate` @throws as `parseCertificate` */
export function parseCertificateRequest(input: RequestInput): request.CertificateRequest {
  return requestFrom(input);
}

/** Reads a public key. @param input as for `parseCertificate`; a certificate or a request gives its key */
export function parsePublicKey(input: PublicKeyInput): PublicKey {
  return publicKeyFrom(input);
}

/** Options of src/x509 without what the WASM provider brings. */
export type WithDefaults<T extends { readonly verifiers: unknown }> = Omit<T, 'verifiers'> & Partial<T>;

let verifierList: readonly SignatureVerifier[] | undefined;

/** Verifies every kind of signature castls knows. */
export function signatureVerifiers(): readonly SignatureVerifier[] {
  const core = defaultCore();
  const makers = [p256Verifier, p384Verifier, p521Verifier, rsaVerifier, ed25519Verifier, ed448Verifier, mlDsaVerifier];
  return (verifierList ??= makers.map(make => make(core)));
}

/** A hash function, for example for `Certificate.fingerprint`. */
export function hashAlgorithm(name: HashName): HashAlgorithm {
  return wasmHash(defaultCore(), name);
}

/** Whatever is no object is for the function that reads the options to refuse. */
function verification<T extends { readonly verifiers?: unknown; readonly hashes?: unknown }>(options: T) {
  if (!isObject(options)) return options;
  const hashes = options.hashes ?? [hashAlgorithm('sha1'), hashAlgorithm('sha256')];
  return { ...options, hashes, verifiers: options.verifiers ?? signatureVerifiers() };
}

/** Where `VerifyOptions` has certificates, PEM and DER go in as they are. */
export type VerifyInput<T extends verify.VerifyOptions> = Omit<
  WithDefaults<T>,
  'anchors' | 'intermediates' | 'leaf'
> & {
  /** Whom to trust: anchors, or certificates as they are. None is an error, never acceptance. */
  readonly anchors: Several<AnchorInput>;
  /** More certificates to build paths with. Malformed ones are passed over. */
  readonly intermediates?: Several<CertificateInput>;
};

export type ChainOptions = VerifyInput<verify.ChainOptions> & {
  /** The certificate to verify; further ones behind it in PEM are used to build paths with. */
  readonly leaf: CertificateInput;
};

/** Options as src/x509 takes them: each PEM block is a certificate of its own, read where it is needed. */
function withCertificates<T extends verify.VerifyOptions>(options: VerifyInput<T>): T {
  requireObject(options, 'the options of verification');
  const { anchors, intermediates } = options;
  return {
    ...verification<object>(options),
    anchors: anchors === undefined ? [] : anchorsFrom(anchors),
    ...(intermediates === undefined ? {} : { intermediates: encodedCertificates(intermediates) }),
  } as unknown as T;
}

/**
 * A path to one of the anchors. @throws (rejects with) CertificateError; ERR_INVALID_ARGUMENT for an option of another kind
 */
export async function verifyCertificateChain(options: ChainOptions): Promise<verify.VerifiedChain> {
  bringMeans(means);
  const read = withCertificates<verify.ChainOptions>(options);
  const [leaf, ...sent] = encodedCertificates(options.leaf);
  return verify.verifyChain({ ...read, leaf, intermediates: [...sent, ...(read.intermediates ?? [])] });
}

/** A verifier for TLS connections. */
export function createPeerVerifier(options: VerifyInput<verify.PeerVerifierOptions>): PeerVerifier {
  return verify.createPeerVerifier(withCertificates<verify.PeerVerifierOptions>(options));
}

/** A trust anchor from a certificate, with constraints if any. @throws as `parseCertificate` */
export function trustAnchor(certificate: CertificateInput, constraints?: anchor.AnchorConstraints): anchor.TrustAnchor {
  return anchor.trustAnchor(certificateFrom(certificate), constraints);
}

/** What `revocation` is given; lists and responses also as PEM or DER. */
export type RevocationOptions = Omit<revoked.RevocationOptions, 'crls' | 'ocspResponses'> & {
  readonly crls?: Several<CrlInput>;
  readonly ocspResponses?: Several<OcspResponseInput>;
};

/** A check for `verifyCertificateChain`: is any certificate of the path revoked? See src/x509/revocation.ts. */
export function revocation(options: RevocationOptions = {}): PathCheck {
  requireObject(options, 'the options of revocation');
  const { crls, ocspResponses } = options;
  return revoked.revocation({
    ...(options as revoked.RevocationOptions),
    ...(crls === undefined ? {} : { crls: crlsFrom(crls) }),
    ...(ocspResponses === undefined ? {} : { ocspResponses: ocspResponsesFrom(ocspResponses) }),
  });
}

/** Checks that whoever made the request holds its key. @throws ERR_INVALID_SIGNATURE, ERR_WEAK_KEY */
export function verifyCertificateRequest(given: RequestInput): Awaitable<request.CertificateRequest> {
  return request.verifyCertificateRequest(requestFrom(given), signatureVerifiers());
}

let importerList: readonly PrivateKeyImporter[] | undefined;
let keys: KeyProvider | undefined;

function privateKeyImporters(): readonly PrivateKeyImporter[] {
  const core = defaultCore();
  const makers = [p256Keys, p384Keys, p521Keys, rsaKeyImporter, ed25519Importer, ed448Importer, mlDsaImporter];
  return (importerList ??= makers.map(make => make(core)));
}

function keyProvider(): KeyProvider {
  const core = defaultCore();
  return (keys ??= {
    ...wasmProvider(core, { privateKeyImporters: privateKeyImporters() }),
    passwordEncryption: wasmPasswordEncryption(core, wasmScrypt(core)),
  });
}

/** What a key may be is the importers' to say; which names there are is said here. */
const generationTable = {
  type: unchecked<string>(),
  bits: unchecked<number>(),
  curve: unchecked<string>(),
  parameterSet: unchecked<string>(),
};

/** What each type of key has to be told. */
const generationOptions: Readonly<Record<string, string | undefined>> = {
  rsa: 'bits',
  ec: 'curve',
  mldsa: 'parameterSet',
};

/** A fresh key. @param onProgress called with the number of candidates tried (RSA) */
export async function generatePrivateKey(
  parameters: KeyGenerationParameters,
  onProgress?: (candidates: number) => void,
): Promise<PrivateKey> {
  const importer = importerFor(privateKeyImporters(), parameters);
  const { type, ...rest } = readOptions('generatePrivateKey', generationTable, parameters);
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || name === generationOptions[type!]) continue;
    throw new TlsError('ERR_INVALID_ARGUMENT', `generatePrivateKey: ${name} has no effect on keys of type ${type}`);
  }
  return importer.generate(parameters, defaultCore().random, onProgress);
}

/** A Signer over a key, which must outlive it. */
export function signerOf(key: PrivateKey): Signer {
  return keySigner(key, defaultCore().random);
}

/** The private key of PEM text or DER: PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1. See src/x509/keys/private_key.ts. */
export function parsePrivateKey(input: string | Uint8Array, options: PasswordOptions = {}): PrivateKey {
  return keyFile.parsePrivateKey(keyProvider(), input, options);
}

/** DER of a private key, which the caller wipes. @throws ERR_INVALID_ARGUMENT, ERR_INVALID_STATE */
export function writePrivateKey(key: PrivateKey, format: keyWriter.PrivateKeyFormat = 'pkcs8'): Uint8Array {
  return keyWriter.writePrivateKey(keyProvider(), key, format);
}

/** DER of a private key under a password (PBES2). */
export function writeEncryptedPrivateKey(key: PrivateKey, options: EncryptionOptions): Uint8Array {
  return keyWriter.writeEncryptedPrivateKey(keyProvider(), key, options);
}

/** The private key of a JWK. @throws ERR_INVALID_PRIVATE_KEY, ERR_UNSUPPORTED_ALGORITHM */
export function parsePrivateJwk(given: jwk.JsonWebKey): PrivateKey {
  return jwk.parsePrivateJwk(keyProvider(), given);
}

/** The private key as a JWK, in strings that JavaScript cannot wipe. */
export function dangerousWritePrivateJwk(key: PrivateKey): jwk.JsonWebKey {
  return jwk.dangerousWritePrivateJwk(keyProvider(), key);
}

/**
 * The thumbprint of a key (RFC 7638), as ACME (RFC 8555 §8.1) and DPoP want it: base64url of a digest of its JWK.
 * @param key public or private, a JWK, PEM or DER; only the public half counts
 */
export function jwkThumbprint(key: PublicKeyInput | jwk.JsonWebKey, hash: HashName = 'sha256'): string {
  const isJwk = isObject(key) && 'kty' in key;
  const publicKey = isJwk ? jwk.parsePublicJwk(key as jwk.JsonWebKey) : publicKeyFrom(key as PublicKeyInput);
  return jwk.encode(hashAlgorithm(hash).digest(jwk.thumbprintInput(publicKey)));
}

/** Reads a PKCS#12 file. See src/x509/pkcs12/read.ts. */
export function parsePkcs12(bytes: Uint8Array, options: pkcs12.Pkcs12Options): pkcs12.Pkcs12Content {
  bringMeans(means);
  return pkcs12.parsePkcs12(keyProvider(), bytes, options);
}

/** Reads a PKCS#7 bundle of certificates, PEM or DER. See src/x509/pkcs7/bundle.ts. */
export function parsePkcs7(input: Encoded): pkcs7.Pkcs7Content {
  bringMeans(means);
  return pkcs7.parsePkcs7(input);
}

/** DER of a PKCS#7 bundle of certificates and CRLs. See src/x509/pkcs7/bundle.ts. */
export function writePkcs7(contents: pkcs7.Pkcs7Contents): Uint8Array {
  return pkcs7.writePkcs7(contents);
}

/** Writes a PKCS#12 file. See src/x509/pkcs12/write.ts. */
export function writePkcs12(
  contents: pkcs12Writer.Pkcs12Contents,
  options: pkcs12Writer.Pkcs12WriteOptions,
): Uint8Array {
  return pkcs12Writer.writePkcs12(keyProvider(), contents, options);
}

/** Who signs: a Signer or a key, and the scheme if it is not the signer's usual one. */
export interface Signing {
  readonly signer?: Signer;
  /** Instead of a signer: a private key; or PEM or DER that is not encrypted, for this one signature. */
  readonly key?: PrivateKey | Encoded;
  /** IANA SignatureScheme. */
  readonly scheme?: number;
  readonly signal?: AbortSignal;
}

/** A CA. */
export interface SigningIssuer extends Signing {
  readonly certificate: CertificateInput;
}

const signingTable = {
  signer: objectWith<Signer>('a Signer', 'schemes', 'sign'),
  key: rule<PrivateKey | Encoded>('a private key, PEM or DER', value => typeof value === 'string' || isObject(value)),
  scheme: integer(0, 0xffff),
  signal: objectWith<AbortSignal>('an AbortSignal', 'aborted'),
} as const;
const issuerTable = { ...signingTable, certificate: required(unchecked<CertificateInput>()) } as const;

/** Runs `work` with who signs; a key that was read for it is gone afterwards. @throws ERR_INVALID_ARGUMENT */
async function signing<T>(
  what: string,
  { signer, key, scheme, signal }: Signing,
  work: (options: SigningOptions, publicKey: { publicKey?: PublicKey }) => Promise<T>,
): Promise<T> {
  if ((signer === undefined) === (key === undefined)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: give a signer or a key`);
  }
  const encoded = typeof key === 'string' || ArrayBuffer.isView(key);
  const read = encoded ? keyFile.parsePrivateKey(signingProvider(), key as Encoded) : undefined;
  try {
    const own = read ?? (key as PrivateKey | undefined);
    const by = signer ?? signerOf(own!);
    const publicKey = own === undefined ? {} : { publicKey: own.publicKey };
    return await work({ signer: by, scheme, signal, verifiers: signatureVerifiers() }, publicKey);
  } finally {
    read?.dispose();
  }
}

/** Reads keys that are not encrypted: a page that issues carries no scrypt. */
const signingProvider = (): KeyProvider => wasmProvider(defaultCore(), { privateKeyImporters: privateKeyImporters() });

const tools = (): issue.IssueTools => ({ random: defaultCore().random, sha256: hashAlgorithm('sha256') });

function asIssuer<T>(what: string, given: SigningIssuer, work: (issuer: issue.Issuer) => Promise<T>): Promise<T> {
  bringMeans(means);
  const { certificate, ...by } = readOptions(`the issuer of ${what}`, issuerTable, given);
  return signing(what, by, options => work({ certificate: certificateFrom(certificate), options }));
}

/** Content whose public key may be left out where `key` signs, which has it. */
export type OwnKey<T extends { readonly publicKey: unknown }> = Omit<T, 'publicKey'> & Partial<T>;

/** A certificate signed by the key it is for. See src/x509/write/issue.ts. */
export async function issueSelfSigned(content: OwnKey<issue.CertificateContent>, by: Signing): Promise<Certificate> {
  bringMeans(means);
  const read = readOptions('the signer of issueSelfSigned', signingTable, by);
  return signing('issueSelfSigned', read, (options, own) =>
    issue.issueSelfSigned({ ...own, ...content } as issue.CertificateContent, options, tools()),
  );
}

/** A certificate issued by a CA. See src/x509/write/issue.ts. */
export async function issueCertificate(content: issue.CertificateContent, issuer: SigningIssuer): Promise<Certificate> {
  return asIssuer('issueCertificate', issuer, by => issue.issueCertificate(content, by, tools()));
}

/** A certification request. See src/x509/write/request.ts. */
export async function createCertificateRequest(
  content: OwnKey<requestWriter.RequestContent>,
  by: Signing,
): Promise<request.CertificateRequest> {
  const read = readOptions('the signer of createCertificateRequest', signingTable, by);
  return signing('createCertificateRequest', read, (options, own) =>
    requestWriter.createCertificateRequest({ ...own, ...content } as requestWriter.RequestContent, options),
  );
}

/** A list of revoked certificates. See src/x509/write/crl.ts. */
export async function createCrl(content: crlWriter.CrlContent, issuer: SigningIssuer): Promise<Crl> {
  return asIssuer('createCrl', issuer, by => crlWriter.createCrl(content, by, tools()));
}

/** An OCSP response; CertIDs with SHA-1 unless the content says otherwise. See src/x509/write/ocsp.ts. */
export async function createOcspResponse(
  content: Omit<ocspWriter.OcspContent, 'hash'> & { readonly hash?: HashAlgorithm },
  responder: SigningIssuer,
): Promise<OcspResponse> {
  const complete = { hash: hashAlgorithm('sha1'), ...content };
  return asIssuer('createOcspResponse', responder, by => ocspWriter.createOcspResponse(complete, by));
}
