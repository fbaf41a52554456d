// What a connection gives to protocols above it, as those see it who carry its code along: connection/keying_material.ts.

import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Negotiated } from './negotiated.ts';

export type ChannelBindingType = 'tls-exporter' | 'tls-server-end-point' | 'tls-unique';

type Export = (
  negotiated: Negotiated,
  provider: CryptoProvider,
  length: number,
  label: string,
  context: Uint8Array | null,
) => Uint8Array;

/** Keying material and channel bindings. */
export interface Exporters {
  readonly exportKeyingMaterial: Export;
  readonly exportEarlyKeyingMaterial: Export;
  readonly channelBinding: (type: ChannelBindingType, negotiated: Negotiated, provider: CryptoProvider) => Uint8Array;
}
