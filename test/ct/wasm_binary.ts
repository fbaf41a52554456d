// Reading and writing the WASM binary format, as far as the instrumentation needs it.

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

/** The module's sections in file order, custom ones left out. */
export function sections(binary: Uint8Array): Section[] {
  const reader = new Decoder(binary);
  reader.take(8);
  const found: Section[] = [];
  while (reader.at < binary.length) {
    const id = reader.byte();
    const content = reader.take(reader.u());
    if (id !== 0) found.push({ id, content });
  }
  return found;
}

export class Decoder {
  at = 0;
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  byte(): number {
    return this.data[this.at++];
  }

  /** Unsigned LEB128 of up to 32 bits. */
  u(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = this.byte();
      value += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) return value;
    }
  }

  /** Steps over a LEB128 number of either sign. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }

  skipName(): void {
    this.take(this.u());
  }

  limits(): void {
    const flags = this.byte();
    this.u();
    if ((flags & 1) !== 0) this.u();
  }
}

export class Encoder {
  readonly #bytes: number[] = [];

  bytes(...values: number[]): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  raw(values: Uint8Array): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  u(value: number): this {
    do {
      const low = value % 128;
      value = Math.floor(value / 128);
      this.#bytes.push(value > 0 ? low | 0x80 : low);
    } while (value > 0);
    return this;
  }

  /** Signed LEB128. */
  s64(value: bigint): this {
    for (;;) {
      const low = Number(value & 0x7fn);
      value >>= 7n;
      if ((value === 0n && low < 0x40) || (value === -1n && low >= 0x40)) return this.bytes(low);
      this.#bytes.push(low | 0x80);
    }
  }

  name(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    return this.u(utf8.length).raw(utf8);
  }

  sized(content: Uint8Array): this {
    return this.u(content.length).raw(content);
  }

  section(id: number, content: Uint8Array): this {
    return this.bytes(id).sized(content);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }
}
