// castls/x509: certificates without a connection, on the WASM provider. Everything is a function of its own, so that a
// bundle carries what it names: reading and verifying bring no issuing, no key files and no PKCS#12.

import type { HashAlgorithm, HashName } from './crypto/hash.ts';
import type { KeyProvider } from './crypto/password_encryption.ts';
import type { PeerVerifier } from './crypto/peer_verifier.ts';
import { importerFor } from './crypto/private_key_material.ts';
import type { Awaitable } from './crypto/secret.ts';
import type {
  KeyGenerationParameters,
  PrivateKey,
  PrivateKeyImporter,
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
import * as jwk from './x509/keys/jwk.ts';
import type { PasswordOptions } from './x509/keys/pbes2.ts';
import type { EncryptionOptions } from './x509/keys/pbes2_write.ts';
import * as keyFile from './x509/keys/private_key.ts';
import * as keyWriter from './x509/keys/write.ts';
import type { OcspResponse } from './x509/ocsp.ts';
import * as pkcs12 from './x509/pkcs12/read.ts';
import * as pkcs12Writer from './x509/pkcs12/write.ts';
import * as request from './x509/request.ts';
import * as verify from './x509/verify.ts';
import * as crlWriter from './x509/write/crl.ts';
import * as issue from './x509/write/issue.ts';
import * as ocspWriter from './x509/write/ocsp.ts';
import * as requestWriter from './x509/write/request.ts';

export { type ErrorCode, TlsError } from './base/errors.ts';
export type { HashAlgorithm, HashName } from './crypto/hash.ts';
export type { KeyGenerationParameters, PrivateKey, PublicKey, SignatureVerifier, Signer } from './crypto/signature.ts';
export { SignatureScheme } from './registry/signature_schemes.ts';
export * from './x509/index.ts';
export { type JsonWebKey, parsePublicJwk, writePublicJwk } from './x509/keys/jwk.ts';
export { type DerivationLimits, defaultDerivationLimits, type PasswordOptions } from './x509/keys/pbes2.ts';
export type { EncryptionOptions } from './x509/keys/pbes2_write.ts';
export type { PrivateKeyFormat } from './x509/keys/write.ts';
export { type OcspCertificateId, type OcspRequest, parseOcspRequest } from './x509/ocsp_request.ts';
export { type Pkcs12Content, type Pkcs12Options, pkcs12Chain } from './x509/pkcs12/read.ts';
export type { Pkcs12Contents, Pkcs12WriteOptions } from './x509/pkcs12/write.ts';
export { publicKeyText, samePublicKey } from './x509/public_key.ts';
export { CertificateRequest, parseCertificateRequest } from './x509/request.ts';
export { writePublicKey } from './x509/write/algorithm.ts';
export type { CrlContent, Revocation } from './x509/write/crl.ts';
export { writeExtension } from './x509/write/extensions.ts';
export { alternativeName, nameSubtree } from './x509/write/general_name.ts';
export type { CertificateContent, IssueProfile } from './x509/write/issue.ts';
export { writeName } from './x509/write/name.ts';
export { createOcspError, createOcspRequest, type OcspContent, type OcspStatement } from './x509/write/ocsp.ts';
export type { RequestContent } from './x509/write/request.ts';

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

function verification<T extends { readonly verifiers?: unknown; readonly hashes?: unknown }>(options: T) {
  return { hashes: [hashAlgorithm('sha1'), hashAlgorithm('sha256')], verifiers: signatureVerifiers(), ...options };
}

/** Builds and verifies a path to one of the anchors. @throws CertificateError */
export function verifyCertificateChain(options: WithDefaults<verify.ChainOptions>): Awaitable<verify.VerifiedChain> {
  return verify.verifyCertificateChain(verification(options));
}

/** A verifier for TLS connections. */
export function createPeerVerifier(options: WithDefaults<verify.PeerVerifierOptions>): PeerVerifier {
  return verify.createPeerVerifier(verification(options));
}

/** Checks that whoever made the request holds its key. @throws ERR_INVALID_SIGNATURE, ERR_WEAK_KEY */
export function verifyCertificateRequest(given: request.CertificateRequest): Awaitable<request.CertificateRequest> {
  return request.verifyCertificateRequest(given, signatureVerifiers());
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

/** A fresh key. @param onProgress called with the number of candidates tried (RSA) */
export async function generatePrivateKey(
  parameters: KeyGenerationParameters,
  onProgress?: (candidates: number) => void,
): Promise<PrivateKey> {
  return importerFor(privateKeyImporters(), parameters).generate(parameters, defaultCore().random, onProgress);
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

/** Reads a PKCS#12 file. See src/x509/pkcs12/read.ts. */
export function parsePkcs12(bytes: Uint8Array, options: pkcs12.Pkcs12Options): pkcs12.Pkcs12Content {
  return pkcs12.parsePkcs12(keyProvider(), bytes, options);
}

/** Writes a PKCS#12 file. See src/x509/pkcs12/write.ts. */
export function writePkcs12(
  contents: pkcs12Writer.Pkcs12Contents,
  options: pkcs12Writer.Pkcs12WriteOptions,
): Uint8Array {
  return pkcs12Writer.writePkcs12(keyProvider(), contents, options);
}

/** Who signs: a Signer, and the scheme if it is not the signer's usual one. */
export interface Signing {
  readonly signer: Signer;
  /** IANA SignatureScheme. */
  readonly scheme?: number;
  readonly signal?: AbortSignal;
}

/** A CA. */
export interface SigningIssuer extends Signing {
  readonly certificate: Certificate;
}

const tools = (): issue.IssueTools => ({ random: defaultCore().random, sha256: hashAlgorithm('sha256') });

function issuerOf({ certificate, ...signing }: SigningIssuer): issue.Issuer {
  return { certificate, options: { ...signing, verifiers: signatureVerifiers() } };
}

/** A certificate signed by the key it is for. See src/x509/write/issue.ts. */
export function issueSelfSigned(content: issue.CertificateContent, by: Signing): Promise<Certificate> {
  return issue.issueSelfSigned(content, { ...by, verifiers: signatureVerifiers() }, tools());
}

/** A certificate issued by a CA. See src/x509/write/issue.ts. */
export function issueCertificate(content: issue.CertificateContent, issuer: SigningIssuer): Promise<Certificate> {
  return issue.issueCertificate(content, issuerOf(issuer), tools());
}

/** A certification request. See src/x509/write/request.ts. */
export function createCertificateRequest(
  content: requestWriter.RequestContent,
  by: Signing,
): Promise<request.CertificateRequest> {
  return requestWriter.createCertificateRequest(content, { ...by, verifiers: signatureVerifiers() });
}

/** A list of revoked certificates. See src/x509/write/crl.ts. */
export function createCrl(content: crlWriter.CrlContent, issuer: SigningIssuer): Promise<Crl> {
  return crlWriter.createCrl(content, issuerOf(issuer), tools());
}

/** An OCSP response; CertIDs with SHA-1 unless the content says otherwise. See src/x509/write/ocsp.ts. */
export function createOcspResponse(
  content: Omit<ocspWriter.OcspContent, 'hash'> & { readonly hash?: HashAlgorithm },
  responder: SigningIssuer,
): Promise<OcspResponse> {
  return ocspWriter.createOcspResponse({ hash: hashAlgorithm('sha1'), ...content }, issuerOf(responder));
}
