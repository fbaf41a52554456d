// A peer that lies: it changes its handshake messages before they enter its own transcript, so that both transcripts agree
// and the lie is believed as far as the rules allow.

import { Handshake } from '../../src/handshake/flow/handshake.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import type { Extension } from '../../src/wire/extensions.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import {
  encodeEncryptedExtensions,
  encodeServerHello,
  parseEncryptedExtensions,
  parseServerHello,
} from '../../src/wire/server_hello.ts';
import { changed } from './fuzz_mischief.ts';
import type { RepeatableRandom } from './random.ts';

/** What an end says in the place of a message. */
export type Lie = (message: Uint8Array) => Uint8Array;

/** Who lies at the moment; an end without an entry is honest. */
export const liars: Partial<Record<'client' | 'server', Lie>> = {};

let patched = false;

/** Has every Handshake send through `liars`. For a process that does nothing but fuzz. */
export function patchHandshake(): void {
  if (patched) return;
  patched = true;
  const { send } = Handshake.prototype;
  Handshake.prototype.send = function (this: Handshake, message: Uint8Array): void {
    send.call(this, liars[this.negotiated.role]?.(message) ?? message);
  };
}

/** Changes one message in `rarity`; its length field stays true. */
export function lie(random: RepeatableRandom, rarity: number): Lie {
  return message => {
    if (random.below(rarity) > 0) return message;
    const body = message.subarray(4);
    try {
      if (random.below(4) > 0) return reworded(message[0], body, random) ?? again(message[0], changed(body, random));
    } catch {} // a value that does not fit its field
    return again(random.below(6) === 0 ? random.below(26) : message[0], changed(body, random));
  };
}

function again(type: number, body: Uint8Array): Uint8Array {
  return encodeHandshake(type, writer => writer.bytes(body.subarray(0, 0xffff)));
}

/** The same message with other fields; null for messages without extensions. */
function reworded(type: number, body: Uint8Array, random: RepeatableRandom): Uint8Array | null {
  switch (type) {
    case HandshakeType.client_hello: {
      const hello = parseClientHello(body);
      const fields = [
        {},
        {},
        {},
        { legacyVersion: 0x0300 + random.below(6) },
        { legacySessionId: random.bytes(random.below(33)) },
        { cipherSuites: hello.cipherSuites.filter(() => random.below(2) > 0) },
        { legacyCompressionMethods: [0, 1].slice(random.below(3)) },
      ];
      const extensions = otherExtensions(hello.extensions, random);
      return encodeClientHello({ ...hello, extensions, ...fields[random.below(fields.length)] });
    }
    case HandshakeType.server_hello: {
      const hello = parseServerHello(body);
      const fields = [
        {},
        {},
        {},
        { legacyVersion: 0x0300 + random.below(6) },
        { legacySessionId: random.bytes(random.below(33)) },
        { cipherSuite: [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, random.below(65536)][random.below(6)] },
        { legacyCompressionMethod: random.below(2) },
      ];
      const extensions = otherExtensions(hello.extensions, random);
      return encodeServerHello({ ...hello, extensions, ...fields[random.below(fields.length)] });
    }
    case HandshakeType.encrypted_extensions: {
      const { extensions } = parseEncryptedExtensions(body);
      return encodeEncryptedExtensions({ extensions: otherExtensions(extensions, random) });
    }
    default:
      return null;
  }
}

/** Types that mean something, and one that does not. */
const types = [0, 1, 5, 10, 11, 13, 16, 18, 21, 22, 23, 28, 35, 41, 42, 43, 44, 45, 47, 48, 49, 50, 51, 0xff01, 0x1a1a];

function otherExtensions(extensions: readonly Extension[], random: RepeatableRandom): Extension[] {
  const list = [...extensions];
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const i = random.below(list.length + 1);
    const chosen = list[i];
    switch (random.below(6)) {
      case 0:
        list.splice(i, 1);
        break;
      case 1:
        list.splice(i, 0, { type: types[random.below(types.length)], data: random.bytes(random.below(12)) });
        break;
      case 2:
        list.splice(i, 0, { type: types[random.below(types.length)], data: new Uint8Array(0) });
        break;
      case 3:
        if (chosen) list.push(list.splice(i, 1)[0]);
        break;
      default:
        if (chosen) list[i] = { type: chosen.type, data: changed(chosen.data, random) };
    }
  }
  return list;
}
