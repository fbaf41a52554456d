// What a build of the core has: everything, or less in the variants that scripts/memory_map.mjs lists with what they define.

// @ts-ignore: isDefined is AssemblyScript's
/** Hashes, ciphers and record formats that TLS 1.3 with AES-GCM and ChaCha20-Poly1305 does not use. */
export const OLDER: bool = !isDefined(ONLY_TLS13);

// @ts-ignore: isDefined is AssemblyScript's
/** Kernels for long data beside those for short: ChaCha20 with Poly1305 between its rounds, AES bitsliced, GHASH by sixteen blocks. */
export const LARGE_KERNELS: bool = !isDefined(SMALL_KERNELS);
