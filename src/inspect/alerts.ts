// What each alert says, and what usually is behind it (RFC 9846 §6, RFC 5246 §7.2, and the documents that added some).

import { AlertDescription as alert } from '../registry/alerts.ts';

export interface AlertExplanation {
  /** What the sender says. */
  readonly means: string;
  /** What to look at first. */
  readonly look: string;
  readonly section: string;
}

const PROTOCOL = 'A fault of an implementation, or something in between that changed the bytes.';

const explanations: ReadonlyMap<number, AlertExplanation> = /* @__PURE__ */ new Map<number, AlertExplanation>([
  of(alert.close_notify, 'The sender sends no more: an orderly end.', 'Nothing is wrong.', 'RFC 9846 §6.1'),
  of(alert.unexpected_message, 'A message came that has no place here.', PROTOCOL),
  of(
    alert.bad_record_mac,
    'A record did not decrypt: it was changed, or the keys differ.',
    'Something in between, or a fault in the key schedule.',
  ),
  of(alert.decryption_failed_RESERVED, 'A record did not decrypt (before TLS 1.1).', PROTOCOL, 'RFC 5246 §7.2.2'),
  of(alert.record_overflow, 'A record is longer than records may be.', PROTOCOL),
  of(alert.decompression_failure_RESERVED, 'A compressed record did not decompress.', PROTOCOL, 'RFC 5246 §7.2.2'),
  of(
    alert.handshake_failure,
    'There is nothing that both sides can do.',
    'Compare versions, cipher suites, groups and signature algorithms of both hellos.',
  ),
  of(
    alert.no_certificate_RESERVED,
    'The client has no certificate (SSL 3.0).',
    'Give the client a certificate, or do not ask for one.',
    'RFC 6101 §5.4.2',
  ),
  of(
    alert.bad_certificate,
    'A certificate is corrupt, or its signature does not verify.',
    'Look at the chain that was sent.',
  ),
  of(
    alert.unsupported_certificate,
    'The kind of certificate is not supported.',
    'Look at its key and signature algorithm.',
  ),
  of(alert.certificate_revoked, 'The issuer has revoked the certificate.', 'Get a new certificate.'),
  of(
    alert.certificate_expired,
    'The certificate has expired, or is not valid yet.',
    "Look at notBefore and notAfter, and at the other side's clock.",
  ),
  of(
    alert.certificate_unknown,
    'Something else makes the certificate unacceptable; often it names another server.',
    'Look at the names in it.',
  ),
  of(
    alert.illegal_parameter,
    'A value is well-formed, and may not stand there; also the answer to a detected downgrade.',
    PROTOCOL,
  ),
  of(
    alert.unknown_ca,
    'No trusted authority stands behind the chain.',
    'Send the intermediate certificates, or trust the authority.',
  ),
  of(alert.access_denied, 'The certificate is valid, and its owner may not come in.', 'Ask who decides about access.'),
  of(alert.decode_error, 'A message does not have the form it must have.', PROTOCOL),
  of(
    alert.decrypt_error,
    'A signature, a Finished or a binder is wrong.',
    'A wrong key, or something in between that changed a hello.',
  ),
  of(
    alert.export_restriction_RESERVED,
    'Keys are too long for old export rules.',
    'Nobody should send it any more.',
    'RFC 2246 §7.2.2',
  ),
  of(alert.protocol_version, 'The version on offer is not spoken.', 'Compare the versions both sides allow.'),
  of(alert.insufficient_security, 'What is on offer is too weak for this side.', 'Compare cipher suites and groups.'),
  of(alert.internal_error, 'Something failed that has nothing to do with the peer.', "Look into the sender's log."),
  of(
    alert.inappropriate_fallback,
    'The client retried with a lower version than both can speak.',
    'Something makes the first try fail.',
    'RFC 7507 §3',
  ),
  of(
    alert.user_canceled,
    'The handshake is given up for a reason outside of the protocol.',
    'Nothing is wrong.',
    'RFC 9846 §6.1',
  ),
  of(
    alert.no_renegotiation_RESERVED,
    'Another handshake on this connection is refused.',
    'Nothing is wrong: renegotiation is off.',
    'RFC 5246 §7.2.2',
  ),
  of(alert.missing_extension, 'An extension is missing that must be there.', PROTOCOL),
  of(alert.unsupported_extension, 'An answer has an extension that nobody asked for.', PROTOCOL),
  of(
    alert.certificate_unobtainable_RESERVED,
    'The certificate behind a URL could not be fetched.',
    'Nobody should send it any more.',
    'RFC 6066 §9',
  ),
  of(
    alert.unrecognized_name,
    'The server does not know the name the client asks for.',
    'Look at server_name in the ClientHello.',
    'RFC 6066 §3',
  ),
  of(
    alert.bad_certificate_status_response,
    'The stapled OCSP response is invalid.',
    'Look at what the server staples.',
    'RFC 6066 §8',
  ),
  of(
    alert.bad_certificate_hash_value_RESERVED,
    'A fetched certificate is not the one that was meant.',
    'Nobody should send it any more.',
    'RFC 6066 §9',
  ),
  of(
    alert.unknown_psk_identity,
    'The pre-shared key on offer is not known.',
    'Compare identities and keys of both sides.',
  ),
  of(
    alert.certificate_required,
    'The client showed no certificate, and one is required.',
    'Give the client a certificate.',
  ),
  of(alert.general_error, 'Something failed that no other alert says.', "Look into the sender's log."),
  of(
    alert.no_application_protocol,
    'There is no common protocol in ALPN.',
    'Compare the protocols of both sides.',
    'RFC 7301 §3.2',
  ),
  of(
    alert.ech_required,
    'Encrypted ClientHello was on offer, and was not used.',
    'The keys in DNS are out of date.',
    'RFC 9849 §6.1.6',
  ),
]);

function of(value: number, means: string, look: string, section = 'RFC 9846 §6.2'): [number, AlertExplanation] {
  return [value, { means, look, section }];
}

/** What an alert says; undefined for a value that is not assigned. @param description AlertDescription */
export function explainAlert(description: number): AlertExplanation | undefined {
  return explanations.get(description);
}
