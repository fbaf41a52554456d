// castls/webcrypto: keys and arithmetic of the host's WebCrypto. A CryptoKey that cannot be exported signs for a
// certificate; the host's groups and verifiers take the place of the WASM ones, with answers that arrive later.

export { webCryptoProvider } from './webcrypto/provider.ts';
export { webCryptoSigner } from './webcrypto/signer.ts';
