// IANA "TLS PskKeyExchangeMode" (RFC 9846 §4.2.9) and KeyUpdateRequest (RFC 9846 §4.6.3).

/** PskKeyExchangeMode. */
export const PskKeyExchangeMode = {
  psk_ke: 0x00,
  psk_dhe_ke: 0x01,
} as const;

/** KeyUpdateRequest. */
export const KeyUpdateRequest = {
  update_not_requested: 0x00,
  update_requested: 0x01,
} as const;
