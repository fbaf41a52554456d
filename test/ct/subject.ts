// What the constant-time trace check runs: a function that touches a secret, with secrets to compare.

/** The instrumented binary under test over a memory of its own, restored to the same state before each run. */
export interface TraceContext {
  /** Exports of the binary under test. */
  // biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
  readonly abi: any;
  /** The whole memory as bytes. */
  readonly bytes: Uint8Array;
  /** Address of 512 KiB above all statics, for inputs and outputs of the call. */
  readonly scratch: number;
}

export interface Subject {
  /** Function under test and what is secret: "x25519 (scalar)". */
  readonly name: string;
  /** The binary, as in scripts/memory_map.mjs. */
  readonly family: string;
  /** How many secrets are tried: at least 32, the listed edges (zero, one, all ones, leading zero limbs) first. */
  readonly secrets: number;
  /**
   * Writes the inputs for secret `index` (public inputs equal for all) and returns the call whose trace is compared.
   * Deterministic: derive secrets from `index`, see secretBytes.
   */
  prepare(context: TraceContext, index: number): () => void;
  /**
   * Set where rejection is public by design (ML-DSA signing, a nonce retry): only the number of iterations may differ.
   * Says why; the check then splits traces at calls of the exported function `traceSegment`-like marker named here.
   */
  readonly publicRejection?: string;
}

/** Secret number `index` of `length` bytes: 0 zero, 1 one (little-endian), 2 all ones, 3 one (big-endian), 4 low half zero, 5 high half zero, then pseudo-random. */
export function secretBytes(index: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  if (index === 0) return out;
  if (index === 1) out[0] = 1;
  else if (index === 2) out.fill(0xff);
  else if (index === 3) out[length - 1] = 1;
  else {
    // xorshift32: only has to differ from secret to secret.
    let x = (index * 0x9e3779b9) >>> 0 || 1;
    for (let i = 0; i < length; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      out[i] = x;
    }
    if (index === 4) out.fill(0, 0, length >> 1);
    if (index === 5) out.fill(0, length >> 1);
  }
  return out;
}
