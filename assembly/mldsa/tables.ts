// Powers of zeta = 1753 (FIPS 204 Appendix B), laid out for the lanes of ntt.ts, computed once when the binary starts.
// Each entry is a vector of four factors and the vector of their companions: 32 bytes.

import { centredProduct, companion } from './arithmetic';

/** zeta^BitRev8(i) for i = 0..255, centred. */
const zetas = memory.data(1024, 16);

/** Entry i = 1..63: zetas[i] in all lanes: layers 1 to 6 of both directions. */
export const broadcast = memory.data(64 * 32, 16);
/** Layer 7, eight coefficients an entry: zetas[64 + 2i] twice, zetas[65 + 2i] twice. */
export const layer7 = memory.data(32 * 32, 16);
/** Layer 8, eight coefficients an entry: zetas[128 + 4i + j] for j = 0, 2, 1, 3. */
export const layer8 = memory.data(32 * 32, 16);
/** The same layers for the inverse: block b of a layer takes the zeta of the block mirrored in that layer. */
export const inverseLayer7 = memory.data(32 * 32, 16);
export const inverseLayer8 = memory.data(32 * 32, 16);
/** 2^32/256 mod q and zetas[1] times that: undoes the NTT's factor of 256 and one Montgomery reduction. */
export const inverseScale = memory.data(2 * 32, 16);

function zeta(i: i32): i32 {
  return load<i32>(zetas + (<usize>i << 2));
}

function setLane(entry: usize, lane: i32, factor: i32): void {
  store<i32>(entry + (<usize>lane << 2), factor);
  store<i32>(entry + (<usize>lane << 2), companion(factor), 16);
}

function setAll(entry: usize, factor: i32): void {
  for (let lane = 0; lane < 4; lane++) setLane(entry, lane, factor);
}

function bitReverse8(i: i32): i32 {
  let r = 0;
  for (let b = 0; b < 8; b++) r |= ((i >> b) & 1) << (7 - b);
  return r;
}

function buildTables(): void {
  let power = 1;
  for (let i = 0; i < 256; i++) {
    store<i32>(zetas + (<usize>bitReverse8(i) << 2), power);
    power = centredProduct(power, 1753);
  }
  for (let i = 1; i < 64; i++) setAll(broadcast + (<usize>i << 5), zeta(i));
  for (let i = 0; i < 32; i++) {
    const at: usize = <usize>i << 5;
    for (let lane = 0; lane < 4; lane++) {
      setLane(layer7 + at, lane, zeta(64 + 2 * i + (lane >> 1)));
      setLane(inverseLayer7 + at, lane, zeta(127 - 2 * i - (lane >> 1)));
      const j = (lane >> 1) | ((lane & 1) << 1); // 0 2 1 3
      setLane(layer8 + at, lane, zeta(128 + 4 * i + j));
      setLane(inverseLayer8 + at, lane, zeta(255 - 4 * i - j));
    }
  }
  const scale = 16382; // 2^32 / 2^8 = 2^24 mod q
  setAll(inverseScale, scale);
  setAll(inverseScale + 32, centredProduct(zeta(1), scale));
}

buildTables();
