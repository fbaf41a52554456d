// Random sources that do not what they say.

import type { RandomSource } from '../../src/crypto/secret.ts';
import { hostRandom } from './core.ts';

/** Each with the words by which its refusal is known. */
export const lyingSources: Readonly<Record<string, { readonly source: RandomSource; readonly words: RegExp }>> = {
  'an async one that fills late': {
    source: (async (target: Uint8Array) => {
      await null;
      hostRandom(target);
    }) as unknown as RandomSource,
    words: /promise/,
  },
  'an async one that rejects': {
    source: (async () => {
      throw new Error('late');
    }) as unknown as RandomSource,
    words: /promise/,
  },
  'a thenable': {
    source: ((target: Uint8Array) => {
      hostRandom(target);
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested
      return { then: () => {} };
    }) as unknown as RandomSource,
    words: /promise/,
  },
  'one that returns its bytes': {
    source: (() => crypto.getRandomValues(new Uint8Array(32))) as unknown as RandomSource,
    words: /fills its argument/,
  },
  'one that does nothing': { source: () => {}, words: /all the same/ },
  'one of the byte 0x42': { source: target => void target.fill(0x42), words: /all the same/ },
  'one that takes the buffer away': {
    source: target => {
      hostRandom(target);
      structuredClone(target.buffer, { transfer: [target.buffer as ArrayBuffer] });
    },
    words: /took the buffer away/,
  },
  'one that throws': {
    source: () => {
      throw new Error('the entropy device is gone');
    },
    words: /the entropy device is gone/,
  },
  'one that throws no error': {
    source: () => {
      throw 'no entropy yet';
    },
    words: /no entropy yet/,
  },
};
