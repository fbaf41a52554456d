// What this build of castls has. Builds that carry less (scripts/variants.mjs) have another module in the place of this one.

/** Hashes, ciphers and record formats beside those of TLS 1.3 with AES-GCM and ChaCha20-Poly1305. */
export const OLDER: boolean = true;

/** The texts of the binaries hold them taken apart (wasm/binary_streams.ts): smaller, and a millisecond or two more at the start. */
export const APART: boolean = false;
