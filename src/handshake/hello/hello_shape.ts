// The shape of a ClientHello where a config asks for one: GREASE values (RFC 8701), padding (RFC 7685), another order of the
// extensions for each connection. None of it is part of the offer. A config that does not name it does not carry this.

import * as o from '../../base/options.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { greaseValue } from '../../registry/grease.ts';
import type { ClientHello } from '../../wire/client_hello.ts';
import { paddingExtension } from '../../wire/extensions/negotiation.ts';
import { type Extension, makeExtension } from '../../wire/extensions.ts';
import type { Writer } from '../../wire/writer.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientHelloShape, ClientOffer, ClientSettings } from '../flow/roles.ts';

/** What is asked for; nothing by default. */
export interface ClientHelloShapeOptions {
  /** Reserved values among suites, groups, shares, versions, signature schemes and extensions: servers have to pass over them. */
  readonly grease?: boolean;
  /** Bytes that the ClientHello message has at least, 1-16,384. */
  readonly padding?: number;
  /** Another order of the extensions in each connection. */
  readonly permuteExtensions?: boolean;
}

const table = () => ({
  grease: o.withDefault(o.flag, false),
  padding: o.withDefault(o.integer(0, 16_384), 0),
  permuteExtensions: o.withDefault(o.flag, false),
});

/** What a connection drew: both ClientHellos of it have the same. */
interface Drawn {
  /** RFC 8701 §2: one value for each place. */
  readonly suite: number;
  readonly group: number;
  readonly version: number;
  readonly scheme: number;
  readonly extensions: readonly [number, number];
  /** Where an extension stands among the others. */
  readonly ranks: Map<number, number>;
}

/** A shape for the option `clientHello` of a client. @throws ERR_INVALID_ARGUMENT */
export function clientHelloShape(options: ClientHelloShapeOptions): ClientHelloShape {
  const { grease, padding, permuteExtensions } = o.readOptions('clientHelloShape', table(), options);
  const drawn = new WeakMap<ClientOffer, Drawn>();
  return {
    encode(hs, offer, plain, encode) {
      let own = drawn.get(offer);
      if (own === undefined) drawn.set(offer, (own = draw(hs)));
      let hello = plain;
      if (permuteExtensions) hello = permuted(hs, hello, own.ranks);
      if (grease) hello = greased(hello, own, hs.negotiated.helloRetried);
      const message = encode(hello);
      const missing = padding - message.length;
      if (missing <= 0) return message;
      // The extension itself has four bytes.
      return encode({ ...hello, extensions: [...hello.extensions, paddingExtension(Math.max(0, missing - 4))] });
    },
  };
}

function draw(hs: Handshake<ClientSettings>): Drawn {
  const [suite, group, version, scheme, first, second] = hs.random(16);
  const other = first >> 4 === second >> 4 ? second ^ 0x10 : second;
  return {
    suite: greaseValue(suite),
    group: greaseValue(group),
    version: greaseValue(version),
    scheme: greaseValue(scheme),
    extensions: [greaseValue(first), greaseValue(other)],
    ranks: new Map(),
  };
}

/** RFC 8701 §3.1: first in each list; an empty extension before all others, one with a byte behind them. */
function greased(hello: ClientHello, own: Drawn, retried: boolean): ClientHello {
  const [before, behind] = own.extensions;
  const extensions = hello.extensions.map(extension => withReserved(extension, own, retried));
  return {
    ...hello,
    cipherSuites: [own.suite, ...hello.cipherSuites],
    extensions: [makeExtension(before), ...extensions, makeExtension(behind, writer => writer.u8(0))],
  };
}

function withReserved({ type, data }: Extension, own: Drawn, retried: boolean): Extension {
  const longer = (prefix: 1 | 2, added: (writer: Writer) => void): Extension => ({
    type,
    data: makeExtension(type, writer => {
      writer.vector(prefix, makeExtension(type, inner => void added(inner)).data);
    }).data,
  });
  switch (type) {
    case ExtensionType.supported_groups:
      return longer(2, writer => writer.u16(own.group).bytes(data.subarray(2)));
    case ExtensionType.signature_algorithms:
      return longer(2, writer => writer.u16(own.scheme).bytes(data.subarray(2)));
    case ExtensionType.supported_versions:
      return longer(1, writer => writer.u16(own.version).bytes(data.subarray(1)));
    case ExtensionType.key_share:
      // The second ClientHello has the one share that was asked for (RFC 9846 §4.2.8).
      if (retried) return { type, data };
      return longer(2, writer => writer.u16(own.group).vector(2, Uint8Array.of(0)).bytes(data.subarray(2)));
    default:
      return { type, data };
  }
}

function permuted(hs: Handshake<ClientSettings>, hello: ClientHello, ranks: Map<number, number>): ClientHello {
  for (const { type } of hello.extensions) {
    if (!ranks.has(type)) ranks.set(type, new DataView(hs.random(16).buffer).getUint32(0));
  }
  const rank = ({ type }: Extension) => ranks.get(type) as number;
  return { ...hello, extensions: [...hello.extensions].sort((a, b) => rank(a) - rank(b)) };
}
