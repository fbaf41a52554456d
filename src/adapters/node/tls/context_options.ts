// Options with the names of node:tls, and the rule for them: every option documented there is supported, or is refused
// by name when it asks for more than its default. Keys that are in no documentation belong to the caller: https.Agent
// passes its own.

import { TlsError } from '../../../base/errors.ts';
import { refuseBeside } from '../../../base/options.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { CertificateTypeName } from '../../../registry/certificate_types.ts';
import type { PinnedKey } from '../../../x509/pinned_keys.ts';
import type { DelegatedInput, KeyInput, PemInput, PfxInput, RawKeyInput } from '../../credentials.ts';
import type { CompressionName } from './certificate_compression.ts';

export interface SecureContextOptions {
  readonly ca?: PemInput | readonly PemInput[];
  readonly cert?: PemInput | readonly PemInput[];
  /** In the order of `cert`. A Signer signs for keys this process does not hold: a KMS, WebCrypto. */
  readonly key?: KeyInput | readonly KeyInput[];
  /** PKCS#12 files with certificates and their keys. */
  readonly pfx?: PfxInput | readonly PfxInput[];
  readonly crl?: PemInput | readonly PemInput[];
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
  readonly sigalgs?: string;
  readonly minVersion?: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1';
  readonly maxVersion?: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1';
  readonly secureProtocol?: string;
  readonly secureOptions?: number;
  readonly honorCipherOrder?: boolean;
  /** How certificates may come compressed, and go where the peer can undo it, in order of preference (TLS 1.3). Default none. */
  readonly certificateCompression?: readonly CompressionName[];
  /** Castls: what is taken of peers, in order of preference (RFC 7250). Default `['X509']`; a raw key needs `pinnedKeys`. */
  readonly peerCertificateTypes?: readonly CertificateTypeName[];
  /** Castls: the keys that peers may have, raw or in a certificate, of which nothing else is looked at then. Not beside `ca`. */
  readonly pinnedKeys?: readonly PinnedKey[];
  /** Castls: keys shown without a certificate (RFC 7250) to peers that take them. */
  readonly rawPublicKey?: RawKeyInput | readonly RawKeyInput[];
  /** Castls: delegated credentials (RFC 9345), shown in the place of the certificate's own key to peers that take them. */
  readonly delegatedCredential?: DelegatedInput | readonly DelegatedInput[];
  /** Castls: take delegated credentials of peers (TLS 1.3). Default false. */
  readonly acceptDelegatedCredentials?: boolean;
  readonly sessionIdContext?: string;
  /** Seconds. Default 300. */
  readonly sessionTimeout?: number;
  /** 48 bytes. */
  readonly ticketKeys?: Uint8Array;
  readonly allowPartialTrustChain?: boolean;
  readonly dhparam?: PemInput | 'auto';
  readonly passphrase?: string;
  /** Castls: the cryptography to use in the place of the WASM provider. */
  readonly provider?: CryptoProvider;
  /** Castls: milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Refusal {
  readonly option: string;
  /** True for values that ask for nothing: the default. */
  readonly harmless?: (value: unknown) => boolean;
  readonly why: string;
}

const absent = (value: unknown): boolean => value === undefined || value === null || value === false;

const refusals: readonly Refusal[] = [
  { option: 'clientCertEngine', why: 'there are no OpenSSL engines here: give a Signer as key' },
  { option: 'privateKeyEngine', why: 'there are no OpenSSL engines here: give a Signer as key' },
  { option: 'privateKeyIdentifier', why: 'there are no OpenSSL engines here: give a Signer as key' },
  {
    option: 'dhparam',
    harmless: value => absent(value) || value === 'auto',
    why: "DHE uses the groups of RFC 7919, with dhparam: 'auto'",
  },
];

/** @throws ERR_UNSUPPORTED_OPTION naming the first option that asks for what castls does not do */
export function refuseUnsupported(options: object): void {
  const given = options as Record<string, unknown>;
  for (const { option, harmless = absent, why } of refusals) {
    if (option in given && !harmless(given[option])) {
      throw new TlsError('ERR_UNSUPPORTED_OPTION', `the option ${option} is not supported: ${why}`);
    }
  }
}

/** What a context is made of: beside a ready one it would have no effect. */
export const contextOptions = [
  'ca',
  'cert',
  'key',
  'pfx',
  'passphrase',
  'crl',
  'ciphers',
  'ecdhCurve',
  'sigalgs',
  'minVersion',
  'maxVersion',
  'secureProtocol',
  'secureOptions',
  'honorCipherOrder',
  'sessionIdContext',
  'sessionTimeout',
  'ticketKeys',
  'allowPartialTrustChain',
  'certificateCompression',
  'peerCertificateTypes',
  'pinnedKeys',
  'rawPublicKey',
  'delegatedCredential',
  'acceptDelegatedCredentials',
  'dhparam',
  'now',
] as const satisfies readonly (keyof SecureContextOptions)[];
export type ContextOption = (typeof contextOptions)[number];
type Forgotten = Exclude<keyof SecureContextOptions, ContextOption | 'provider'>;
/** Contexts are shared by these names: none may be missing. */
true satisfies Forgotten extends never ? true : never;

/** @throws ERR_INVALID_ARGUMENT for an option that has no effect beside `secureContext` */
export function refuseIgnored(what: string, options: object): void {
  refuseBeside(what, options, 'secureContext', contextOptions);
}
