// Which of a server's certificates a client is shown (RFC 9846 §4.4.2.2, RFC 5246 §7.4.2): the first that can serve it.

import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { CipherSuite12 } from '../crypto/record_protection.ts';
import type { ClientHelloInfo, Credential } from '../handshake/flow/settings.ts';
import { chooseScheme12 } from '../handshake/tls12/authentication12.ts';
import { chooseScheme13 } from '../handshake/tls13/authentication13.ts';
import { isFiniteFieldGroup } from '../registry/named_groups.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';

/** What the server speaks in TLS 1.2, where suite and curve decide, too; and its clock. */
interface Spoken12 {
  readonly now: () => number;
  readonly cipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
}

/** The first certificate that can serve this client; the first of all if none can, whose failure says why. */
export function firstThatFits(
  credentials: readonly Credential[],
  hello: ClientHelloInfo,
  { cipherSuites12, groups, now }: Spoken12,
): Credential | null {
  const curve = groups.some(({ id, tls12 }) => tls12 && !isFiniteFieldGroup(id) && hello.groups.includes(id));
  // RFC 8422 §4: a client that names no curves takes any.
  const ecdhe = curve || hello.groups.length === 0;
  const suites = cipherSuites12.filter(
    ({ id, keyExchange }) => hello.cipherSuites.includes(id) && (keyExchange !== 'ecdhe' || ecdhe),
  );
  const shown = credentials.filter(
    ({ certificateType = 'X509', delegated }) =>
      hello.certificateTypes.includes(certificateType) && (delegated === undefined || delegated.until > now()),
  );
  const fits = shown.find(credential =>
    hello.version >= ProtocolVersion['TLSv1.3']
      ? chooseScheme13(credential, hello.signatureSchemes, hello.delegatedSchemes) !== undefined
      : suites.some(suite => serves12(credential, hello, suite)),
  );
  return fits ?? shown[0] ?? credentials[0] ?? null;
}

function serves12(credential: Credential, hello: ClientHelloInfo, suite: CipherSuite12): boolean {
  if (suite.keyExchange === 'rsa') return credential.decrypter !== undefined;
  return chooseScheme12(credential, hello.signatureSchemes, [suite.authentication], hello.groups) !== undefined;
}
