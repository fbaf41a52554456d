// What the public functions take of WebCrypto, by shape: programs without the DOM library have no names for it.

/** A CryptoKey. */
export interface HostCryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A SubtleCrypto. */
export interface HostSubtle {
  sign(algorithm: never, key: never, data: never): Promise<ArrayBuffer>;
  verify(algorithm: never, key: never, signature: never, data: never): Promise<boolean>;
  deriveBits(algorithm: never, key: never, length: never): Promise<ArrayBuffer>;
}
