// What a TLS 1.2 server chooses: suite, group and signature scheme together, since each limits the others
// (RFC 5246 §7.4.1.3, §7.4.1.4.1; RFC 8422 §4; RFC 7919 §4).

import { TlsError } from '../../base/errors.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { isFiniteFieldGroup } from '../../registry/named_groups.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { ServerSettings } from '../flow/roles.ts';
import type { Credential } from '../flow/settings.ts';
import { chooseScheme12 } from './authentication12.ts';
import { chooseGroup12 } from './key_exchange12.ts';

/** A suite with all that its key exchange needs. */
export interface Choice12 {
  readonly suite: CipherSuite12;
  /** Null with RSA key exchange and with a PSK alone. */
  readonly group: KeyExchangeGroup | null;
  /** SignatureScheme to sign the key exchange with; null where nothing is signed: RSA key exchange and PSKs. */
  readonly scheme: number | null;
}

/**
 * The first suite of the preferred order that the client, the settings and the certificate allow.
 * @param credential null if there is none: a PSK suite has to do
 * @throws ERR_NO_SHARED_CIPHER_SUITE, ERR_NO_SHARED_GROUP, ERR_NO_SHARED_SIGNATURE_SCHEME: what was missing last
 * @throws ERR_INSUFFICIENT_SECURITY if only the client's FFDHE groups were missing
 */
export function chooseSuite12(
  settings: ServerSettings,
  received: ReceivedHello,
  credential: Credential | null,
): Choice12 {
  let missing = new TlsError('ERR_NO_SHARED_CIPHER_SUITE', 'no cipher suite in common');
  let refusedFfdhe = false;
  for (const suite of commonSuites(settings, received)) {
    let scheme: number | null = null;
    if (suite.authentication === 'psk') {
      // A client that has to show a certificate cannot do so with a PSK (RFC 4279 §2).
      if (settings.clientAuth === 'require') continue;
      if (suite.keyExchange === 'psk') return { suite, group: null, scheme };
    } else {
      if (credential === null) continue;
      if (suite.keyExchange === 'rsa') {
        if (credential.decrypter !== undefined && suite.authentication === 'rsa') return { suite, group: null, scheme };
        continue;
      }
      // RFC 9155 §2: no signature_algorithms means SHA-1 (RFC 5246 §7.4.1.4.1), and that handshake MUST end here.
      scheme = chooseScheme12(credential, received.signatureSchemes ?? [], [suite.authentication]) ?? null;
      if (scheme === null) {
        missing = new TlsError('ERR_NO_SHARED_SIGNATURE_SCHEME', 'no signature scheme in common');
        continue;
      }
    }
    const group = chooseGroup12(settings, suite, received.groups);
    if (group !== undefined) return { suite, group, scheme };
    missing = new TlsError('ERR_NO_SHARED_GROUP', 'no group in common');
    refusedFfdhe ||= suite.keyExchange === 'dhe' && (received.groups ?? []).some(isFiniteFieldGroup);
  }
  // RFC 7919 §4: MUST be insufficient_security if the client's FFDHE groups were what stood in the way.
  if (refusedFfdhe) throw new TlsError('ERR_INSUFFICIENT_SECURITY', "none of the client's FFDHE groups is taken here");
  throw missing;
}

/** Suites of both sides, in the order of the side whose preference counts. */
function commonSuites(settings: ServerSettings, { hello }: ReceivedHello): CipherSuite12[] {
  const { cipherSuites12, preferServerOrder } = settings;
  if (preferServerOrder) return cipherSuites12.filter(suite => hello.cipherSuites.includes(suite.id));
  return hello.cipherSuites.flatMap(id => cipherSuites12.find(suite => suite.id === id) ?? []);
}
