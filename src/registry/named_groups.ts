// IANA "TLS Supported Groups" (RFC 9846 §4.2.7, RFC 7919, RFC 8422, draft-ietf-tls-ecdhe-mlkem).

/** TLS NamedGroup. */
export const NamedGroup = {
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  x25519: 0x001d,
  x448: 0x001e,
  ffdhe2048: 0x0100,
  ffdhe3072: 0x0101,
  ffdhe4096: 0x0102,
  ffdhe6144: 0x0103,
  ffdhe8192: 0x0104,
  MLKEM512: 0x0200,
  MLKEM768: 0x0201,
  MLKEM1024: 0x0202,
  SecP256r1MLKEM768: 0x11eb,
  X25519MLKEM768: 0x11ec,
  SecP384r1MLKEM1024: 0x11ed,
} as const;

/** True for the finite-field range of the registry, assigned or not (RFC 7919 §2: 0x0100-0x01FF). */
export function isFiniteFieldGroup(group: number): boolean {
  return group >> 8 === 0x01;
}

/** IANA's name of a group, or its value in hex. */
export function groupName(group: number): string {
  for (const [name, value] of Object.entries(NamedGroup)) if (value === group) return name;
  return `0x${group.toString(16).padStart(4, '0')}`;
}

/** IANA "TLS EC Curve Types" (RFC 8422 §5.4). */
export const EcCurveType = {
  named_curve: 0x03,
} as const;

/** IANA "TLS EC Point Formats" (RFC 8422 §5.1.2). */
export const EcPointFormat = {
  uncompressed: 0x00,
  ansiX962_compressed_prime: 0x01,
  ansiX962_compressed_char2: 0x02,
} as const;
