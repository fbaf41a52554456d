// RC4 (RFC 6229 has its vectors), for records of servers that have nothing else (RFC 7465 forbids it: its first bytes are
// biased). Its permutation is indexed by secrets, so every read goes through all 256 bytes of it by shuffles, and every write
// through all of them by masks: no address depends on a secret.
//
// State, 272 bytes: the permutation of 256, then i and j (u32 each).

const STATE_LENGTH: usize = 272;
const I: usize = 256;
const J: usize = 260;

/** Bytes of a running cipher. */
export function rc4StateLength(): usize {
  return STATE_LENGTH;
}

/** S[index] of a permutation of 256 bytes. */
// @ts-ignore: decorator
@inline
function read(state: usize, index: u32): u32 {
  // CT begin: secret = index, state
  // Lanes that are not below 16 give zero: each chunk answers for its own part of the table.
  let lanes = i8x16.splat(<i8>index);
  const next = i8x16.splat(16);
  let found = i8x16.splat(0);
  for (let at: usize = 0; at < 256; at += 16) {
    found = v128.or(found, i8x16.swizzle(load<v128>(state + at), lanes));
    lanes = i8x16.sub(lanes, next);
  }
  return <u32>i8x16.extract_lane_u(found, 0);
  // CT end
}

/** S[index] = value. */
// @ts-ignore: decorator
@inline
function write(state: usize, index: u32, value: u32): void {
  // CT begin: secret = index, value, state
  const wanted = i8x16.splat(<i8>index);
  const values = i8x16.splat(<i8>value);
  const next = i8x16.splat(16);
  let positions = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let at: usize = 0; at < 256; at += 16) {
    const mask = i8x16.eq(positions, wanted);
    store<v128>(state + at, v128.bitselect(values, load<v128>(state + at), mask));
    positions = i8x16.add(positions, next);
  }
  // CT end
}

/** Schedules a key. @param keyLength 1 to 256 bytes @param state 272 bytes */
export function rc4Init(key: usize, keyLength: usize, state: usize): void {
  // CT begin: secret = key
  for (let i: usize = 0; i < 256; i++) store<u8>(state + i, <u8>i);
  let j: u32 = 0;
  let k: usize = 0;
  for (let i: usize = 0; i < 256; i++) {
    const own = <u32>load<u8>(state + i);
    j = (j + own + <u32>load<u8>(key + k)) & 0xff;
    const other = read(state, j);
    write(state, j, own);
    store<u8>(state + i, <u8>other);
    if (++k == keyLength) k = 0; // public: the length of the key
  }
  store<u32>(state, 0, I);
  store<u32>(state, 0, J);
  // CT end
}

/** Encrypts or decrypts in place and goes on. */
export function rc4Apply(state: usize, data: usize, length: usize): void {
  // CT begin: secret = state, data
  let i = load<u32>(state, I); // public: how many bytes went before
  let j = load<u32>(state, J);
  for (const end = data + length; data != end; data++) {
    i = (i + 1) & 0xff;
    const own = <u32>load<u8>(state + i);
    j = (j + own) & 0xff;
    const other = read(state, j);
    write(state, j, own);
    store<u8>(state + i, <u8>other);
    store<u8>(data, load<u8>(data) ^ <u8>read(state, (own + other) & 0xff));
  }
  store<u32>(state, i, I);
  store<u32>(state, j, J);
  // CT end
}
