// Why a test of Node's does not pass over castls, by its name. The first that fits counts; without one the table says "open".

/** @type {readonly (readonly [RegExp, string])[]} */
export const reasons = [
  [
    /close-notify|generic-stream|reinitialize-listeners|connect-keepalive-nodelay|external-accessor|socket-destroy|wrap-timeout/,
    'internals of node: `_handle`, `ssl`, `_destroySSL`, symbols',
  ],
  [/engine/, 'engines of OpenSSL'],
  [
    /addca|env-extra-ca-with-options|resume-after-renew|argument-of-creating/,
    'internals of node: the native context behind `SecureContext.context`, its private symbols',
  ],
  [/enable-trace/, "the text of OpenSSL's trace"],
  [/client-renegotiation-limit/, 'renegotiation is refused (RFC 9846 has none; RFC 9325 §3.5)'],
  [/no-cert-required/, 'suites without authentication (RFC 9325 §4.1)'],
  [
    /reduced-SECLEVEL|mindhsize|getephemeralkeyinfo/,
    'keys below 2048 bits, or DHE with parameters of its own (RFC 9325 §4.1, RFC 7919)',
  ],
  [
    /min-max-version|cli-m(in|ax)-version|getprotocol|no-sslv23|session-eviction|agent-additional-options/,
    'TLS 1.0 and 1.1 (RFC 8996): not without castls/legacy',
  ],
  [/psk-circuit/, 'an unknown PSK is answered by unknown_psk_identity in TLS 1.3, too (RFC 9846 §6.2)'],
];
