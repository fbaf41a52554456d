// Handshake messages out of record contents: one message over many records, many in one (RFC 9846 §5.1). A message that
// lies whole in one content is a view of it. The length is checked when the header is seen, not when all is there.

import { TlsError } from '../base/errors.ts';
import { HANDSHAKE_HEADER_LENGTH, type HandshakeMessage, handshakeMessage } from '../wire/handshake_message.ts';

const none = new Uint8Array(0);

/** Says how long messages may be. */
export interface MessageCaps {
  /**
   * Most bytes of the body of a message of this type; asked once a message, when its header is there. What it throws for a type
   * that may not come now comes out of `next`, before the length is judged or a body kept.
   */
  cap(type: number): number;
}

export class HandshakeAssembler {
  readonly #caps: MessageCaps;
  /** Bytes of the present content that are not read yet. */
  #content: Uint8Array = none;
  /** A message that began in earlier contents: its buffer, how much is there, its length once the header is. */
  #partial: Uint8Array | null = null;
  #filled = 0;
  #length: number | null = null;

  constructor(caps: MessageCaps) {
    this.#caps = caps;
  }

  /** True if no byte of a message waits. */
  get empty(): boolean {
    return this.#partial === null && this.#content.length === 0;
  }

  /** Takes a content, of which `next` has read all earlier ones. Owned by the assembler and the messages from now on. */
  push(content: Uint8Array): void {
    this.#content = content;
  }

  /** The next complete message, or null. @throws ERR_MESSAGE_TOO_LARGE over the cap */
  next(): HandshakeMessage | null {
    if (this.#partial === null && this.#content.length >= HANDSHAKE_HEADER_LENGTH) {
      const length = this.#messageLength(this.#content);
      if (length <= this.#content.length) return this.#take(length);
      this.#partial = new Uint8Array(startingRoom(length));
      this.#length = length;
    }
    if (this.#content.length === 0) return null;
    this.#partial ??= new Uint8Array(HANDSHAKE_HEADER_LENGTH);
    return this.#fill();
  }

  clear(): void {
    this.#content = none;
    this.#partial = null;
    this.#filled = 0;
    this.#length = null;
  }

  #take(length: number): HandshakeMessage {
    const raw = this.#content.subarray(0, length);
    this.#skip(length);
    return handshakeMessage(raw);
  }

  /** Copies content into the partial message, first its header, then the rest. */
  #fill(): HandshakeMessage | null {
    if (this.#filled < HANDSHAKE_HEADER_LENGTH) {
      this.#copy(HANDSHAKE_HEADER_LENGTH);
      if (this.#filled < HANDSHAKE_HEADER_LENGTH) return null;
    }
    this.#length ??= this.#messageLength(this.#partial as Uint8Array);
    const length = this.#length;
    this.#copy(length);
    if (this.#filled < length) return null;
    const raw = (this.#partial as Uint8Array).subarray(0, length);
    this.#partial = null;
    this.#filled = 0;
    this.#length = null;
    return handshakeMessage(raw);
  }

  /** Copies until the partial message has `length` bytes or the content ends; room grows with what really came. */
  #copy(length: number): void {
    const take = Math.min(length - this.#filled, this.#content.length);
    const needed = this.#filled + take;
    let partial = this.#partial as Uint8Array;
    if (needed > partial.length) {
      const grown = new Uint8Array(Math.min(length, Math.max(needed, 2 * partial.length)));
      grown.set(partial.subarray(0, this.#filled));
      this.#partial = partial = grown;
    }
    partial.set(this.#content.subarray(0, take), this.#filled);
    this.#filled = needed;
    this.#skip(take);
  }

  /** Even an empty view would keep the buffer of the content alive, for as long as the connection idles. */
  #skip(length: number): void {
    this.#content = length === this.#content.length ? none : this.#content.subarray(length);
  }

  /** Length of the message whose header stands at the start, header included. */
  #messageLength(bytes: Uint8Array): number {
    const length = (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
    const cap = this.#caps.cap(bytes[0]);
    if (length > cap) {
      throw new TlsError('ERR_MESSAGE_TOO_LARGE', `handshake message ${bytes[0]} of ${length} bytes, at most ${cap}`);
    }
    return HANDSHAKE_HEADER_LENGTH + length;
  }
}

/** A peer that announces a large message gets room for what it sends, not for what it says. */
function startingRoom(length: number): number {
  return Math.min(length, 4096);
}
