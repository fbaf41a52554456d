// What a server of SSL 3.0, TLS 1.0 and TLS 1.1 chooses: the version, then a suite with the group it needs (RFC 4346 §7.4.1.3,
// §E; RFC 7507; RFC 8422 §4).

import { TlsError } from '../../base/errors.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { SignalingCipherSuite } from '../../registry/cipher_suites.ts';
import { versionName } from '../../registry/protocol_versions.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { ServerSettings } from '../flow/roles.ts';
import type { Credential } from '../flow/settings.ts';
import { chooseGroup12 } from '../tls12/key_exchange12.ts';
import { type KeyKind, kindOf } from './authentication10.ts';
import type { OlderProtocol } from './protocol.ts';

/** A suite with all that its key exchange needs. */
export interface Choice10 {
  readonly suite: CipherSuite12;
  /** Null with RSA key exchange, which signs nothing and has no group. */
  readonly ephemeral: { readonly group: KeyExchangeGroup; readonly kind: KeyKind } | null;
}

/**
 * The highest version of both.
 * @throws ERR_NO_SHARED_VERSION; ERR_INAPPROPRIATE_FALLBACK for a client that fell back, though it could do better (RFC 7507 §3)
 */
export function chooseVersion10(
  protocols: readonly OlderProtocol[],
  { hello, supportedVersions }: ReceivedHello,
): OlderProtocol {
  // RFC 9846 §4.2.1: with supported_versions legacy_version says nothing.
  const protocol = protocols.find(({ version }) =>
    supportedVersions === null ? version <= hello.legacyVersion : supportedVersions.includes(version),
  );
  if (protocol === undefined) {
    throw new TlsError('ERR_NO_SHARED_VERSION', `the client speaks ${versionName(hello.legacyVersion)} at most`);
  }
  const fellBack = hello.cipherSuites.includes(SignalingCipherSuite.TLS_FALLBACK_SCSV);
  if (fellBack && hello.legacyVersion < protocols[0].version) {
    throw new TlsError('ERR_INAPPROPRIATE_FALLBACK', `the client fell back to ${versionName(hello.legacyVersion)}`);
  }
  return protocol;
}

/** True if a credential can serve a client that lists these suites. */
export function servesOlder(credential: Credential, { suites }: OlderProtocol, offered: readonly number[]): boolean {
  return suites.some(suite => offered.includes(suite.id) && fits(credential, suite));
}

function fits(credential: Credential, suite: CipherSuite12): boolean {
  const kind = kindOf(credential);
  if (suite.keyExchange === 'rsa') return credential.decrypter !== undefined;
  return kind === suite.authentication;
}

/**
 * The first suite of the preferred order that the client, the settings and the certificate allow.
 * @throws ERR_NO_SHARED_CIPHER_SUITE, ERR_NO_SHARED_GROUP, ERR_NO_SHARED_SIGNATURE_SCHEME: what was missing last
 */
export function chooseSuite10(
  settings: ServerSettings,
  { suites }: OlderProtocol,
  received: ReceivedHello,
  credential: Credential,
): Choice10 {
  const { hello, groups } = received;
  let missing = new TlsError('ERR_NO_SHARED_CIPHER_SUITE', 'no cipher suite in common');
  const common = settings.preferServerOrder
    ? suites.filter(({ id }) => hello.cipherSuites.includes(id))
    : hello.cipherSuites.flatMap(id => suites.find(suite => suite.id === id) ?? []);
  for (const suite of common) {
    if (!fits(credential, suite)) {
      missing = new TlsError('ERR_NO_SHARED_SIGNATURE_SCHEME', 'the certificate serves no suite of the client');
      continue;
    }
    if (suite.keyExchange === 'rsa') return { suite, ephemeral: null };
    const group = chooseGroup12(settings, suite, groups);
    const { authentication: kind } = suite;
    if (group !== undefined && kind !== 'psk') return { suite, ephemeral: { group, kind } };
    missing = new TlsError('ERR_NO_SHARED_GROUP', 'no group in common');
  }
  throw missing;
}
