// The fixed address ranges of the binaries that share one WebAssembly.Memory. Each family's statics (tables, scratch)
// live in its own range; only the core's arena hands out memory above `heapBase`. A test checks for overlap.

const KiB = 1024;

/**
 * `variantOf`: of another build with the exports of that family, which the taint tracer (test/ct/taint/) then runs as well.
 * @type {Record<string, {entry: string, base: number, size: number, variantOf?: string}>}
 */
export const families = {
  core: { entry: 'assembly/core/index.ts', base: 1 * KiB, size: 1023 * KiB },
  x25519: { entry: 'assembly/ec/x25519.ts', base: 1024 * KiB, size: 64 * KiB },
  ed25519: { entry: 'assembly/ec/ed25519.ts', base: 1088 * KiB, size: 128 * KiB },
  p256: { entry: 'assembly/ec/p256.ts', base: 1216 * KiB, size: 64 * KiB },
  ec_large: { entry: 'assembly/ec_large/index.ts', base: 1280 * KiB, size: 256 * KiB },
  ec448: { entry: 'assembly/ec448/index.ts', base: 1536 * KiB, size: 128 * KiB },
  rsa: { entry: 'assembly/rsa/index.ts', base: 1664 * KiB, size: 64 * KiB },
  rsa_private: { entry: 'assembly/rsa_private/index.ts', base: 1728 * KiB, size: 192 * KiB },
  mlkem: { entry: 'assembly/mlkem/index.ts', base: 1920 * KiB, size: 128 * KiB },
  mldsa: { entry: 'assembly/mldsa/index.ts', base: 2048 * KiB, size: 512 * KiB },
  p256_verify: { entry: 'assembly/ec/p256_verify.ts', base: 2624 * KiB, size: 64 * KiB },
  legacy: { entry: 'assembly/legacy/index.ts', base: 2560 * KiB, size: 64 * KiB },
};

/**
 * Other builds of a family, with its exports or fewer of them, which whole builds of castls have in its place
 * (scripts/variants.mjs). The taint tracer (test/ct/taint/) runs them, too. `use`: what is defined where they are compiled.
 * @type {Record<string, {entry: string, base: number, size: number, variantOf: string, use: string[]}>}
 */
export const variants = {
  core_tls13: {
    ...families.core,
    ...{ entry: 'assembly/core/tls13.ts', variantOf: 'core', use: ['ONLY_TLS13=1'] },
  },
  core_small: {
    ...families.core,
    ...{ entry: 'assembly/core/tls13.ts', variantOf: 'core', use: ['ONLY_TLS13=1', 'SMALL_KERNELS=1'] },
  },
};

/** First address of the arena: above every family's range, whether or not it is loaded. */
export const heapBase = 2688 * KiB;
