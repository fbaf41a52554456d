// Why a test of Node's does not pass over castls, by its name: what of it is of OpenSSL or of node, or which rule castls keeps
// instead. The first that fits counts; without one the table says "open".

/** @type {readonly (readonly [RegExp, string])[]} */
export const reasons = [
  [
    /close-notify|generic-stream|reinitialize-listeners|connect-keepalive-nodelay|writewrap-leak/,
    'internals of node: what `_handle` does and counts, `_undestroy`, symbols of its modules',
  ],
  [
    /external-accessor|resume-after-renew/,
    'internals of node: the native context behind `SecureContext.context` and `_sharedCreds`',
  ],
  [/engine/, 'engines of OpenSSL: the test takes functions away from its binding'],
  [/renegotiation/, 'renegotiation is refused (RFC 9846 has none; RFC 9325 §3.5)'],
  [/no-cert-required/, 'suites without authentication and encryption are not spoken (RFC 9325 §4.1)'],
  [/reduced-SECLEVEL/, 'RSA keys below 2048 bits are refused (RFC 9325 §4.1)'],
  [
    /mindhsize|getephemeralkeyinfo/,
    "DHE is not there under castls/register: the groups are the server's choice (RFC 9325 §4.1)",
  ],
  [
    /client-auth$|client-auth\./,
    'a client whose certificate is refused is told so by an alert (RFC 9846 §4.4.2.4), where node closes',
  ],
  [/ocsp-callback/, 'clients ask for a stapled response in any case, and verify it (RFC 6066 §8, RFC 7633)'],
  [
    /psk-circuit/,
    'a PSK that nobody knows is answered with unknown_psk_identity (RFC 9846 §6.2), where OpenSSL says handshake_failure',
  ],
  [/max-send-fragment/, 'records that came together are given together: they are no boundaries (RFC 9846 §5.1)'],
  [
    /set-ciphers/,
    'TLS_CHACHA20_POLY1305_SHA256 is preferred where nobody names a suite of TLS 1.3: it needs no table in constant time, and is the fastest here',
  ],
  [
    /cli-min-version-1\.3/,
    'a server whose options leave no version to speak is refused when it is made, not at its first connection',
  ],
];
