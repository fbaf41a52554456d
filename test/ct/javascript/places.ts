// Where JavaScript reads elements of a secret, or of WASM memory, and why it may.

const identity = 'asks for the buffer alone, to see whether it is shared or the memory of the core';

/** "file function" -> reason. "memory: ..." reads the memory itself. A function without a name has that of the one around it. */
export const places: ReadonlyMap<string, string> = new Map([
  ['src/base/arguments.ts unsharedBytes', identity],
  ['src/wasm/core.ts requireInput', identity],
  [
    'src/record/input_buffer.ts push',
    'asks for the buffer alone, for a view of it; a DHE share, which came out by dangerousReveal, is in the records',
  ],
  [
    'src/crypto/random.ts draw',
    'are all bytes the same? Stops at the first that differs: 255 of 256 times at the second',
  ],
  ['src/wasm/ec_curve.ts generateScalar', 'clears the bits of the first byte that no scalar has, by a mask'],
  ['src/wasm/ffdh.ts padded', 'the share, a public value, comes out by dangerousReveal'],
  ['src/wasm/rsa_key_transport.ts encryptPremaster', 'copies the block into the core whole'],
  [
    'src/wasm/scrypt_over.ts runScrypt',
    'scrypt is a library on the JavaScript heap; memory-hard, its addresses depend on the password (RFC 7914 §5)',
  ],
  ['src/base/bytes.ts toHex', 'key log lines (RFC 9850), where a config asks for them'],
  ['src/asn1/der.ts integer', 'key files: the integers of an RSA key, of which the first byte tells the sign'],
  ['src/asn1/der.ts unsigned', 'key files: leading zeros of the integers of an RSA key are taken off'],
  [
    'src/asn1/element.ts unsignedOctets',
    'key files: leading zeros of the integers of an RSA key, which DER does not write',
  ],
  ['src/handshake/sessions/ticket_keys.ts stateOf', 'the length in front of the state in a ticket'],
  ['memory: src/wasm/record_protection.ts #collect', 'types and lengths of opened records, which are public'],
  [
    'memory: src/wasm/ffdh.ts stripped',
    'leading zeros of Z in TLS 1.2 (docs/security.md, "Where a protocol shows the length of a secret")',
  ],
  ['memory: src/wasm/aead.ts withScratch', 'padding of PBES2 (the same table)'],
  ['memory: src/wasm/legacy_ciphers.ts unpadded', 'padding of old key files, as PBES2'],
  [
    'memory: src/wasm/hpke/dhkem.ts disposingOnError',
    'clears the bits of the first byte that no scalar has, by a mask (RFC 9180 §7.1.3)',
  ],
]);
