// A client that is nothing but bytes: ClientHellos as a test wants them, and what a server answers in plaintext.

import { type ServerOptions, serverConfig } from '../../src/connection/config.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { NamedGroup } from '../../src/registry/named_groups.ts';
import { type ClientHello, encodeClientHello } from '../../src/wire/client_hello.ts';
import { clientKeyShareExtension, supportedGroupsExtension } from '../../src/wire/extensions/key_exchange.ts';
import {
  clientSupportedVersionsExtension,
  signatureAlgorithmsExtension,
} from '../../src/wire/extensions/negotiation.ts';
import type { Extension } from '../../src/wire/extensions.ts';
import { nodeProvider } from './node_provider.ts';
import { acceptServer, concatAll } from './pair.ts';
import { credential } from './pki.ts';

/** The generator of X25519: a public value as good as any. */
export const X25519_SHARE: Uint8Array = Uint8Array.of(9, ...new Uint8Array(31));

const schemes = [0x0403, 0x0804, 0x0401];

/** Extensions of a plain ClientHello for one version; `more` are added, or stand in the place of those of their type. */
export function extensionsFor(version: '1.3' | '1.2', more: readonly Extension[] = []): Extension[] {
  const usual = [
    supportedGroupsExtension([NamedGroup.x25519, NamedGroup.secp256r1]),
    signatureAlgorithmsExtension(schemes),
  ];
  if (version === '1.3') {
    usual.push(clientSupportedVersionsExtension([0x0304]));
    usual.push(clientKeyShareExtension([{ group: NamedGroup.x25519, keyExchange: X25519_SHARE }]));
  }
  const kept = usual.filter(({ type }) => !more.some(each => each.type === type));
  return [...kept, ...more];
}

/** A ClientHello message with everything of TLS 1.3 or 1.2 that a server needs. */
export function helloFor(
  version: '1.3' | '1.2',
  more: readonly Extension[] = [],
  change: Partial<ClientHello> = {},
): Uint8Array {
  return encodeClientHello({
    legacyVersion: 0x0303,
    random: new Uint8Array(32).fill(7),
    legacySessionId: new Uint8Array(version === '1.3' ? 32 : 0),
    cipherSuites: version === '1.3' ? [0x1301] : [0xc02b, 0xc02f],
    legacyCompressionMethods: [0],
    extensions: extensionsFor(version, more),
    ...change,
  });
}

/** Plaintext records of one type, at most `size` bytes of content in each. */
export function recordsWith(type: number, content: Uint8Array, size = 16384): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    records.push(Uint8Array.of(type, 3, 3, part.length >> 8, part.length & 255), part);
  }
  return concatAll(records);
}

/** What came back in plaintext: types of handshake messages, alerts by name. */
export interface Answer {
  readonly server: Connection;
  readonly alert: string | null;
  /** Type of the first handshake message. */
  readonly first: number | null;
}

/** A fresh server, and what it says to some bytes. */
export function ask(bytes: Uint8Array, options: Partial<ServerOptions> = {}): Answer {
  const server = acceptServer(
    serverConfig({ provider: nodeProvider(), credentials: [credential('server_p256')], ...options }),
  );
  server.receive(bytes);
  return { server, ...heard(server) };
}

/** The answer that waits in a server's output. */
export function heard(server: Connection): Omit<Answer, 'server'> {
  const output = concatAll(server.takeOutput());
  let alert: string | null = null;
  let first: number | null = null;
  for (let at = 0; at < output.length; ) {
    if (output[at] === 21) alert = alertName(output[at + 6]);
    if (output[at] === 22) first ??= output[at + 5];
    at += 5 + ((output[at + 3] << 8) | output[at + 4]);
  }
  return { alert, first };
}

/** An extension nobody knows. */
export function unknownExtension(type: number, data: Uint8Array = new Uint8Array(0)): Extension {
  return { type, data };
}

/** Types that are assigned to something castls reads; the others of 0..n are unknown ones. */
export function unassignedTypes(count: number): number[] {
  const known = new Set<number>(Object.values(E));
  const types: number[] = [];
  for (let type = 0; types.length < count; type++) if (!known.has(type)) types.push(type);
  return types;
}
