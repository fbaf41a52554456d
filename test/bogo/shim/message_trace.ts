// What OpenSSL's message callback would tell, read off the wire by castls/inspect with the connection's own key log: a line for
// each handshake message, ChangeCipherSpec and alert.

import { defaultProvider } from '../../../src/index.ts';
import { ConnectionDecoder, type DecodedRecord, type Sender } from '../../../src/inspect/decoder.ts';
import { ContentType } from '../../../src/registry/content_types.ts';
import { defaultCore } from '../../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../../src/wasm/older_cryptography.ts';
import { encodeClientHello } from '../../../src/wire/client_hello.ts';

export class MessageTrace {
  readonly #own: Sender;
  readonly #decoder = new ConnectionDecoder({
    provider: defaultProvider(),
    older: wasmOlderCryptography(defaultCore()),
  });
  /** Bytes of messages that are not whole yet. */
  readonly #partial: Record<Sender, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  #text = '';
  /** Null before the first byte. */
  #sslv2: boolean | null = null;
  /** What came of such a hello; null behind it. */
  #hello: Buffer | null = Buffer.alloc(0);
  /** What came before the secrets behind such a hello. */
  readonly #held: { readonly from: Sender; readonly bytes: Uint8Array }[] = [];
  /** Messages to pass over. */
  #hidden = 0;

  constructor(own: Sender) {
    this.#own = own;
  }

  /** A line of the key log. */
  secret(line: string): void {
    this.#decoder.secret(line);
    if (this.#sslv2 === true) this.#standIn(line);
  }

  sent(bytes: Uint8Array): void {
    this.#push(this.#own, bytes);
  }

  received(bytes: Uint8Array): void {
    if (this.#own === 'server' && this.#first(bytes)) return;
    this.#push(this.#own === 'client' ? 'server' : 'client', bytes);
  }

  /** True for the bytes of a ClientHello of SSL 2.0's form, which has two bytes of length with the highest bit set. */
  #first(bytes: Uint8Array): boolean {
    this.#sslv2 ??= (bytes[0] & 0x80) !== 0;
    if (!this.#sslv2 || this.#hello === null) return false;
    this.#hello = Buffer.concat([this.#hello, bytes]);
    const { length } = this.#hello;
    if (length >= 2 && length >= 2 + (this.#hello.readUInt16BE(0) & 0x7fff)) {
      this.#text = 'read v2clienthello\n';
      this.#hello = null;
    }
    return true;
  }

  /** What the decoder needs of a hello that it cannot read: the random that names its secrets. */
  #standIn(line: string): void {
    const [, random] = line.split(' ');
    const hello = encodeClientHello({
      legacyVersion: 0x0303,
      random: new Uint8Array(Buffer.from(random, 'hex')),
      legacySessionId: new Uint8Array(0),
      cipherSuites: [0x002f],
      legacyCompressionMethods: [0],
      extensions: [],
    });
    this.#hidden = 1;
    this.#decoder.push('client', Buffer.concat([Uint8Array.of(22, 3, 1, 0, hello.length), hello]), 0);
    for (const { from, bytes } of this.#held.splice(0)) this.#decoder.push(from, bytes, 0);
    this.#sslv2 = false;
  }

  #push(from: Sender, bytes: Uint8Array): void {
    if (this.#sslv2) this.#held.push({ from, bytes });
    else this.#decoder.push(from, bytes, 0);
  }

  /** All lines so far. */
  text(): string {
    for (const record of this.#decoder.take(true)) this.#note(record);
    return this.#text;
  }

  #note({ from, type, innerType, content, bytes }: DecodedRecord): void {
    const verb = from === this.#own ? 'write' : 'read';
    const inside = content ?? bytes?.subarray(5) ?? new Uint8Array(0);
    switch (innerType ?? type) {
      case ContentType.change_cipher_spec:
        this.#text += `${verb} ccs\n`;
        break;
      case ContentType.alert:
        this.#text += `${verb} alert ${inside[0]} ${inside[1]}\n`;
        break;
      case ContentType.handshake: {
        let waiting = Buffer.concat([this.#partial[from], inside]);
        while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUIntBE(1, 3)) {
          if (this.#hidden > 0) this.#hidden--;
          else this.#text += `${verb} hs ${waiting[0]}\n`;
          waiting = waiting.subarray(4 + waiting.readUIntBE(1, 3));
        }
        this.#partial[from] = waiting;
      }
    }
  }
}
