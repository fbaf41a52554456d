// Where the ML-DSA functions work: one public block and one secret block, which one fill wipes.

/** The matrix of the key at work: up to 8 x 7 polynomials. */
export const matrix = memory.data(56 * 1024, 16);
/** rho of that matrix (32 bytes) and its parameter set (u32, 0 for none). */
export const matrixOf = memory.data(48, 16);
/** Message representative mu, 64 bytes, public. */
export const mu = memory.data(64, 16);
/** The sponge that absorbs the message. */
export const messageSponge = memory.data(208, 16);
/** Every pass of the signing loop stores here: the trace check splits its traces at this address. */
export const marker = memory.data(16, 16);

const SECRET_LENGTH: i32 = 63 * 1024 + 1552 + 208 + 64 + 144 + 80;
const secret = memory.data(SECRET_LENGTH, 16);
/** NTT of s1: up to 7 polynomials. */
export const s1Hat = secret;
/** NTT of s2: up to 8; when verifying, the NTT of t1. */
export const s2Hat = s1Hat + 7 * 1024;
/** NTT of t0: up to 8. */
export const t0Hat = s2Hat + 8 * 1024;
/** The mask y, then the response z: up to 7. */
export const response = t0Hat + 8 * 1024;
/** NTT of y: up to 7. */
export const maskHat = response + 7 * 1024;
/** LowBits(w), then r0, then with ct0: up to 8. */
export const low = maskHat + 7 * 1024;
/** HighBits(w): up to 8. */
export const high = low + 8 * 1024;
/** Hints, 0 or 1: up to 8. */
export const hints = high + 8 * 1024;
/** The challenge and its NTT. */
export const challenge = hints + 8 * 1024;
export const work = challenge + 1024;
/** w1 encoded, up to 1024 bytes, and room for the encoder. */
export const bytes = work + 1024;
export const sponge = bytes + 1552;
/** c~, up to 64 bytes. */
export const challengeHash = sponge + 208;
/** K || rnd || mu, or seed || k || l. */
export const input = challengeHash + 64;
/** rho'' or what else is squeezed: 64 bytes and room. */
export const derived = input + 144;

/** Wipes the secret block. */
export function wipeScratch(): void {
  memory.fill(secret, 0, SECRET_LENGTH);
}

/** Wipes the message representative and what made it. */
export function wipeMessage(): void {
  memory.fill(mu, 0, 64);
  memory.fill(messageSponge, 0, 208);
}

/** Wipes what the verification of one signature with k rows and l columns used of the secret block. */
export function wipeVerification(k: i32, l: i32): void {
  memory.fill(s2Hat, 0, 1024);
  memory.fill(response, 0, <usize>l * 1024);
  memory.fill(hints, 0, <usize>k * 1024);
  memory.fill(challenge, 0, secret + SECRET_LENGTH - challenge);
}
