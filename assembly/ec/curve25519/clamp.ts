// Private scalars of X25519 and Ed25519.

// CT begin: secret = scalar

/** RFC 7748 §5: bits 0-2 and 255 off, bit 254 on. `out` may be `scalar`. */
export function clamp(out: usize, scalar: usize): void {
  memory.copy(out, scalar, 32);
  store<u8>(out, load<u8>(out) & 248);
  store<u8>(out, (load<u8>(out, 31) & 127) | 64, 31);
}
// CT end
