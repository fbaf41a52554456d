// RC2 as RFC 2268 writes it, encryption: the twin of assembly/legacy/rc2.ts, which decrypts.

// §2: PITABLE
const PI = Uint8Array.from(
  (
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad'
  ).match(/../g)!,
  octet => Number.parseInt(octet, 16),
);

/** K[0] to K[63]. */
function expand(key: Uint8Array, effectiveBits: number): Uint16Array {
  const l = new Uint8Array(128);
  l.set(key);
  for (let i = key.length; i < 128; i++) l[i] = PI[(l[i - 1] + l[i - key.length]) & 255];
  const t8 = Math.ceil(effectiveBits / 8);
  const tm = 255 >> (8 * t8 - effectiveBits);
  l[128 - t8] = PI[l[128 - t8] & tm];
  for (let i = 127 - t8; i >= 0; i--) l[i] = PI[l[i + 1] ^ l[i + t8]];
  return Uint16Array.from({ length: 64 }, (_, i) => l[2 * i] | (l[2 * i + 1] << 8));
}

const s = [1, 2, 3, 5];

export function rc2Encrypt(key: Uint8Array, effectiveBits: number, block: Uint8Array): Uint8Array {
  const k = expand(key, effectiveBits);
  const r = Uint16Array.from({ length: 4 }, (_, i) => block[2 * i] | (block[2 * i + 1] << 8));
  const at = (i: number) => r[(i + 4) % 4];
  let j = 0;
  const mix = () => {
    for (let i = 0; i < 4; i++) {
      r[i] += k[j++] + (at(i - 1) & at(i - 2)) + (~at(i - 1) & at(i - 3));
      r[i] = (r[i] << s[i]) | (r[i] >> (16 - s[i]));
    }
  };
  const mash = () => {
    for (let i = 0; i < 4; i++) r[i] += k[at(i - 1) & 63];
  };
  for (let round = 0; round < 16; round++) {
    if (round === 5 || round === 11) mash();
    mix();
  }
  return new Uint8Array(r.buffer.slice(0));
}
