// ChaCha20, Poly1305 and their AEAD as RFC 8439 writes them: slow, obvious, the twin of assembly/core/aead/
// chacha20_poly1305.ts.

function word(bytes: Uint8Array, index: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4 * index, true);
}

function rotl(x: number, n: number): number {
  return (x << n) | (x >>> (32 - n));
}

/** §2.3 */
export function chacha20Block(key: Uint8Array, counter: number, nonce: Uint8Array): Uint8Array {
  const initial = new Uint32Array(16);
  initial.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let i = 0; i < 8; i++) initial[4 + i] = word(key, i);
  initial[12] = counter;
  for (let i = 0; i < 3; i++) initial[13 + i] = word(nonce, i);
  const x = Uint32Array.from(initial);
  const quarterRound = (a: number, b: number, c: number, d: number) => {
    x[a] += x[b];
    x[d] = rotl(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotl(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotl(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotl(x[b] ^ x[c], 7);
  };
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarterRound(i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) quarterRound(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
  }
  const out = new DataView(new ArrayBuffer(64));
  for (let i = 0; i < 16; i++) out.setUint32(4 * i, x[i] + initial[i], true);
  return new Uint8Array(out.buffer);
}

/** §2.4 */
export function chacha20(key: Uint8Array, counter: number, nonce: Uint8Array, data: Uint8Array): Uint8Array {
  return data.map((byte, i) => byte ^ chacha20Block(key, counter + (i >> 6), nonce)[i & 63]);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** §2.5 */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const p = (1n << 130n) - 5n;
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let accumulator = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    accumulator = ((accumulator + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % p;
  }
  accumulator += littleEndian(key.subarray(16, 32));
  return Uint8Array.from({ length: 16 }, (_, i) => Number((accumulator >> BigInt(8 * i)) & 0xffn));
}

/** §2.8: ciphertext followed by the tag. */
export function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const oneTimeKey = chacha20Block(key, 0, nonce).subarray(0, 32);
  const ciphertext = chacha20(key, 1, nonce, plaintext);
  return Uint8Array.from([...ciphertext, ...poly1305(oneTimeKey, macInput(aad, ciphertext))]);
}

/** What Poly1305 authenticates (§2.8): both parts filled with zeros to 16 bytes, then their lengths. */
export function macInput(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const pad = (bytes: Uint8Array) => [...bytes, ...new Uint8Array((16 - (bytes.length % 16)) % 16)];
  const lengths = new DataView(new ArrayBuffer(16));
  lengths.setBigUint64(0, BigInt(aad.length), true);
  lengths.setBigUint64(8, BigInt(ciphertext.length), true);
  return Uint8Array.from([...pad(aad), ...pad(ciphertext), ...new Uint8Array(lengths.buffer)]);
}
