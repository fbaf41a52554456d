// Small helpers over public byte strings.

/** No bytes. The buffer has one, so that whoever asks whether it is detached (arguments.ts) knows at once. */
export const nothing: Uint8Array = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ new ArrayBuffer(1), 0, 0);

/** A copy, which `slice` is not: that of a Buffer, as Node.js reads files and sockets into, shares its bytes. */
export const copyOfBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** `whole` with what `change` makes of the byte strings in it, however deep. */
export function withBytes<T extends object>(whole: T, change: (bytes: Uint8Array) => Uint8Array): T {
  const changed = (part: unknown): unknown => {
    if (part instanceof Uint8Array) return change(part);
    return typeof part === 'object' && part !== null ? withBytes(part, change) : part;
  };
  return Object.fromEntries(Object.entries(whole).map(([name, part]) => [name, changed(part)])) as T;
}

/** All of `parts`, one behind the other, in a buffer of its own. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** True if both hold the same bytes. Variable time: for public values only. */
export function equalVartime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lower-case hex, as key logs write it. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Bytes of a text, one a character; characters over U+00FF lose their upper bits. */
export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A text of bytes, one character each: values that are no text survive both ways. */
export function fromLatin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
