// Powers of zeta = 17 (FIPS 203 Appendix A), laid out for the lanes of ntt.ts, computed once when the binary starts.
// Each entry is a vector of eight factors and the vector of their companions: 32 bytes.

import { Q, centredProduct, companion } from './arithmetic';

/** zeta^BitRev7(i) for i = 0..127, centred. */
const zetas = memory.data(256, 16);

/** Entry i = 1..31: zetas[i] in all lanes: layers 1 to 5 of both directions. */
export const broadcast = memory.data(32 * 32, 16);
/** Layer 6, sixteen coefficients an entry: zetas[32 + 2i] four times, zetas[33 + 2i] four times. */
export const layer6 = memory.data(16 * 32, 16);
/** Layer 7, sixteen coefficients an entry: zetas[64 + 4i + j] twice each, j = 0, 2, 1, 3. */
export const layer7 = memory.data(16 * 32, 16);
/** The same layers for the inverse: block b of a layer takes the zeta of the block mirrored in that layer. */
export const inverseLayer6 = memory.data(16 * 32, 16);
export const inverseLayer7 = memory.data(16 * 32, 16);
/** Entry i: 1 and gamma in turn for the pairs 4i..4i+3 (gammas of FIPS 203 Appendix A, zeta^(2 BitRev7(j) + 1)). */
export const gammas = memory.data(32 * 32, 16);
/** 2^16/128 mod q and zetas[1] times that: undoes the NTT's factor of 128 and one Montgomery reduction. */
export const inverseScale = memory.data(2 * 32, 16);

function zeta(i: i32): i32 {
  return load<i16>(zetas + (<usize>i << 1));
}

function setLane(entry: usize, lane: i32, factor: i32): void {
  store<i16>(entry + (<usize>lane << 1), <i16>factor);
  store<i16>(entry + (<usize>lane << 1), <i16>companion(factor), 16);
}

function setAll(entry: usize, factor: i32): void {
  for (let lane = 0; lane < 8; lane++) setLane(entry, lane, factor);
}

function bitReverse7(i: i32): i32 {
  let r = 0;
  for (let b = 0; b < 7; b++) r |= ((i >> b) & 1) << (6 - b);
  return r;
}

function buildTables(): void {
  let power = 1;
  for (let i = 0; i < 128; i++) {
    store<i16>(zetas + (<usize>bitReverse7(i) << 1), <i16>power);
    power = centredProduct(power, 17);
  }
  for (let i = 1; i < 32; i++) setAll(broadcast + (<usize>i << 5), zeta(i));
  for (let i = 0; i < 16; i++) {
    const at: usize = <usize>i << 5;
    for (let lane = 0; lane < 8; lane++) {
      setLane(layer6 + at, lane, zeta(32 + 2 * i + (lane >> 2)));
      setLane(inverseLayer6 + at, lane, zeta(63 - 2 * i - (lane >> 2)));
      const j = ((lane >> 2) & 1) | (lane & 2); // 0 0 2 2 1 1 3 3
      setLane(layer7 + at, lane, zeta(64 + 4 * i + j));
      setLane(inverseLayer7 + at, lane, zeta(127 - 4 * i - j));
    }
  }
  for (let i = 0; i < 128; i++) {
    const entry = gammas + (<usize>(i >> 2) << 5);
    const gamma = zeta(64 + (i >> 1));
    setLane(entry, (i & 3) << 1, 1);
    setLane(entry, ((i & 3) << 1) + 1, (i & 1) == 0 ? gamma : -gamma);
  }
  const scale = 512; // 2^16 / 2^7
  setAll(inverseScale, scale);
  setAll(inverseScale + 32, centredProduct(zeta(1), scale));
}

buildTables();
