// Secrets are handles outside the WASM core. One door in (CryptoProvider.importSecret), one door out (dangerousReveal).

/**
 * A secret that a CryptoProvider holds: a traffic secret, a shared secret, a PSK. Whoever receives one owns it and
 * disposes of it; using it afterwards throws ERR_STALE_HANDLE, using it with another provider ERR_FOREIGN_HANDLE.
 */
export interface Secret {
  /** Length in bytes. */
  readonly length: number;
  readonly disposed: boolean;
  /** Wipes and frees the secret. Idempotent. */
  dispose(): void;
}

/**
 * Fills `target` with cryptographically secure random bytes (16 to 65,536 a call) before it returns, and returns nothing: no
 * promise. Sources that do otherwise, or whose bytes are all the same, are refused wherever they are used (ERR_INVALID_STATE).
 */
// The union keeps out functions that return something, which `void` alone takes.
export type RandomSource = (target: Uint8Array) => void | undefined;

/** A result that a provider or a hook may give at once or later. */
export type Awaitable<T> = T | Promise<T>;
