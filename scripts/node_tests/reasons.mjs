// Why a test of Node's does not pass over castls: what of it is of OpenSSL or of node, or which rule castls keeps instead. By the
// names of tests, whole, so that no other hides behind one.

/** @type {readonly (readonly [why: string, names: readonly string[]])[]} */
const reasons = [
  [
    "internals of node: calls and counts of a socket's `_handle`, which is null here",
    ['tls-close-notify', 'tls-generic-stream'],
  ],
  [
    'internals of node: symbols of its module internal/net (`--expose-internals`)',
    ['tls-connect-keepalive-nodelay', 'tls-reinitialize-listeners'],
  ],
  [
    'internals of node: `_undestroy` within "error", so that a write whose connection is gone is answered a second time',
    ['tls-writewrap-leak'],
  ],
  ["internals of node: `_external` of OpenSSL's context behind `SecureContext.context`", ['tls-external-accessor']],
  [
    "internals of node: the hook for tickets of OpenSSL's context behind `server._sharedCreds`",
    ['https-resume-after-renew'],
  ],
  [
    "engines of OpenSSL: the test takes functions away from node's binding (`--expose-internals`) before it loads tls, which castls/register has loaded by then. The option throws node's error as it is without that",
    ['tls-clientcertengine-unsupported', 'tls-keyengine-unsupported'],
  ],
  [
    'renegotiation is refused: TLS 1.3 has none (RFC 9325 §3.5)',
    [
      'https-client-renegotiation-limit',
      'tls-client-renegotiation-limit',
      'tls-disable-renegotiation',
      'tls-server-verify',
    ],
  ],
  [
    "no DHE under castls/register: its groups are the server's choice, and nothing tells a good one from a bad one (RFC 9325 §4.1)",
    ['tls-client-getephemeralkeyinfo', 'tls-client-mindhsize', 'tls-dhe'],
  ],
  [
    'AECDH-NULL-SHA, without authentication and encryption, is not spoken (RFC 9325 §4.1: MUST NOT): a list of it alone is refused',
    ['tls-no-cert-required'],
  ],
  [
    'the key is of RSA with 512 bits, which `@SECLEVEL=0` allows in OpenSSL; below 2048 none is taken (RFC 9325 §4.5)',
    ['tls-reduced-SECLEVEL-in-cipher'],
  ],
  [
    'a client whose certificate is not taken is told so by an alert (RFC 9846 §4.4.2.4), and the server\'s "tlsClientError" says why; node closes, and both get ECONNRESET',
    ['tls-client-auth'],
  ],
  [
    'clients ask for a stapled response in any case, and verify it (RFC 6066 §8, RFC 7633), so that "OCSPRequest" comes where the test wants none',
    ['tls-ocsp-callback'],
  ],
  [
    'an identity that nobody knows is answered with unknown_psk_identity (RFC 4279 §2, RFC 9846 §6.2); OpenSSL says handshake_failure',
    ['tls-psk-circuit'],
  ],
  [
    'the sender cuts records as `setMaxSendFragment` says; the test wants a "data" event for each, but records that come together are given together (RFC 9846 §5.1: they are no boundaries)',
    ['tls-max-send-fragment'],
  ],
  [
    'with castls/https alone: it is an ES module, whose `globalAgent` nobody can assign',
    ['https-client-override-global-agent'],
  ],
  [
    'bytes that are no record say a length beyond 2^14 + 256, which is record_overflow (RFC 9846 §5.2); OpenSSL before 3.2 looks at the version first, and says protocol_version',
    ['tls-alert-handling'],
  ],
  [
    "where neither side names a suite of TLS 1.3 the server takes TLS_CHACHA20_POLY1305_SHA256 and the test wants TLS_AES_256_GCM_SHA384: the order is the server's to choose (RFC 9846 §4.1.1), and without instructions for AES the former is the faster one in constant time",
    ['tls-set-ciphers'],
  ],
  [
    '`SSLv23_method` ends at TLS 1.2, and `--tls-min-v1.3` begins above: castls throws where such options are given (ERR_INVALID_ARGUMENT); OpenSSL listens and connects with no version, and fails with each connection',
    ['tls-cli-min-version-1.3'],
  ],
];

const byName = new Map(reasons.flatMap(([why, names]) => names.map(name => [name, why])));

/** @param {string} file of the test @returns undefined where nothing is known */
export function whyNot(file) {
  return byName.get(file.replace(/^test-|\.m?js$/g, ''));
}
