// What a hostile peer does to records: to their bytes on the way, and, with the keys known, to what they hold before they
// are sealed. Everything comes from one seed.

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { concatAll } from './pair.ts';
import type { RepeatableRandom } from './random.ts';

/** The content of one record, before protection. */
export interface Fragment {
  readonly type: number;
  readonly content: Uint8Array;
}

/** Sees, and may change, what a connection is about to seal. */
export type Seal = (fragment: Fragment) => readonly Fragment[];

/** The provider with record protections that ask `seal` about everything they seal. */
export function tapped<Provider extends CryptoProvider>(provider: Provider, seal: Seal): Provider {
  return {
    ...provider,
    cipherSuites13: provider.cipherSuites13.map(suite => ({
      ...suite,
      protect: (secret: Parameters<typeof suite.protect>[0]) => tap(suite.protect(secret), seal),
    })),
    cipherSuites12: provider.cipherSuites12.map(suite => ({
      ...suite,
      protect: (...keys: Parameters<typeof suite.protect>) => tap(suite.protect(...keys), seal),
    })),
  };
}

function tap(inner: RecordProtection, seal: Seal): RecordProtection {
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'sealNext') {
        return (type: number, content: Uint8Array, maxFragment: number, padding?: number) =>
          concatAll(seal({ type, content }).map(f => inner.sealNext(f.type, f.content, maxFragment, padding)));
      }
      const value = target[name as keyof RecordProtection];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const handshake = (type: number, body: Uint8Array): Uint8Array =>
  Uint8Array.of(type, body.length >> 16, (body.length >> 8) & 255, body.length & 255, ...body);

/** Types of handshake messages, some of them unknown. */
const messageTypes = [0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24, 25, 67, 254];

/** Records nobody asked for. */
function intruders(random: RepeatableRandom): Fragment[] {
  const type = messageTypes[random.below(messageTypes.length)];
  const message = handshake(type, random.bytes(random.below(60)));
  const choices: (() => Fragment[])[] = [
    () => [{ type: 22, content: message }],
    () => [{ type: 22, content: message.subarray(0, random.below(message.length) + 1) }],
    () => [{ type: 22, content: handshake(type, new Uint8Array(0)) }],
    () => [{ type: 22, content: handshake(24, Uint8Array.of(random.below(3))) }],
    () => Array.from({ length: random.below(40) }, () => ({ type: 22, content: handshake(24, Uint8Array.of(1)) })),
    () => [{ type: 20, content: Uint8Array.of(1) }],
    () => [{ type: 20, content: random.bytes(random.below(3)) }],
    () => [{ type: 21, content: Uint8Array.of(1 + random.below(2), random.below(122)) }],
    () => Array.from({ length: random.below(8) }, () => ({ type: 21, content: Uint8Array.of(1, 90) })),
    () => [{ type: 21, content: random.bytes(random.below(4)) }],
    () => [{ type: 23, content: random.bytes(random.below(300)) }],
    () => Array.from({ length: random.below(50) }, () => ({ type: 23, content: new Uint8Array(0) })),
    () => [{ type: random.below(256), content: random.bytes(random.below(20)) }],
  ];
  return choices[random.below(choices.length)]();
}

/** One change to a piece of bytes. */
export function changed(bytes: Uint8Array, random: RepeatableRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(20);
  switch (random.below(6)) {
    case 0:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << random.below(8)) : byte));
    case 1:
      return bytes.map((byte, i) => (i === at ? [0, 1, 127, 128, 254, 255][random.below(6)] : byte));
    case 2:
      return concatAll([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return concatAll([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 4:
      return concatAll([bytes.subarray(0, at), random.bytes(length), bytes.subarray(at)]);
    default:
      return bytes.subarray(0, at);
  }
}

/** A handshake message with another body, whose length field is true. */
function otherBody(message: Uint8Array, random: RepeatableRandom): Uint8Array {
  return handshake(message[0], changed(message.subarray(4), random).subarray(0, 0xffff));
}

/**
 * Does something to one fragment in `rarity`: changes, drops, doubles, delays, cuts it, or sends something before it.
 * @param mendLengths where the content is one handshake message, keep its length field true most of the time
 */
export function mischief(random: RepeatableRandom, rarity: number): Seal {
  let held: Fragment | null = null;
  return fragment => {
    if (random.below(rarity) > 0) return [fragment];
    const { type, content } = fragment;
    switch (random.below(10)) {
      case 0:
        return [{ type, content: changed(content, random) }];
      case 1:
      case 2:
        if (type !== 22 || content.length < 4) return [{ type, content: changed(content, random) }];
        return [{ type, content: otherBody(content, random) }];
      case 3:
        return [{ type: [20, 21, 22, 23, 24][random.below(5)], content }];
      case 4:
        return [];
      case 5:
        return [fragment, fragment];
      case 6: {
        const before = held === null ? [] : [held];
        held = { type, content: content.slice() };
        return before;
      }
      case 7: {
        const at = random.below(content.length + 1);
        return [
          { type, content: content.subarray(0, at) },
          { type, content: content.subarray(at) },
        ];
      }
      case 8:
        return [fragment, ...intruders(random)];
      default:
        return [...intruders(random), fragment];
    }
  };
}

/** The records of a flight, and whatever is left at the end. */
export function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 <= bytes.length ? at + 5 + ((bytes[at + 3] << 8) | bytes[at + 4]) : bytes.length;
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return records;
}

/** Puts fragments in place of the plaintext ones of a flight, each handshake message by itself; the rest stays. */
export function plaintextChanged(bytes: Uint8Array, seal: Seal): Uint8Array {
  const out: Uint8Array[] = [];
  for (const record of recordsOf(bytes)) {
    const isPlain = record[0] === 22 && [1, 2, 11, 12, 13, 14, 15, 16, 22].includes(record[5]);
    if (!isPlain && record[0] !== 20) {
      out.push(record);
      continue;
    }
    for (const content of record[0] === 22 ? messagesOf(record.subarray(5)) : [record.subarray(5)]) {
      for (const fragment of seal({ type: record[0], content })) {
        for (let at = 0; at === 0 || at < fragment.content.length; at += 16384) {
          const part = fragment.content.subarray(at, at + 16384);
          out.push(Uint8Array.of(fragment.type, record[1], record[2], part.length >> 8, part.length & 255), part);
        }
      }
    }
  }
  return concatAll(out);
}

function messagesOf(content: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const end = at + 4 + ((content[at + 1] << 16) | (content[at + 2] << 8) | content[at + 3]);
    messages.push(content.subarray(at, end));
    at = end;
  }
  return messages;
}
