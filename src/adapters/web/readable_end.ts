// The readable side of startTls: a byte stream that hands over all that came before it ends or fails.

/** Bytes that wait for a reader before the peer is held back. */
const HIGH_WATER = 64 * 1024;

export class ReadableEnd {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableByteStreamController;
  #open = true;
  #failure: { readonly error: unknown } | null = null;

  /** @param onPull somebody wants data @param onCancel nobody does any more */
  constructor(onPull: () => void, onCancel: () => void) {
    this.stream = new ReadableStream(
      {
        type: 'bytes',
        start: controller => {
          this.#controller = controller;
        },
        pull: () => {
          this.#failWhenRead();
          onPull();
        },
        cancel: () => {
          this.#open = false;
          onCancel();
        },
      },
      { highWaterMark: HIGH_WATER },
    );
  }

  /** False when nothing is given to it any more: it ended, failed or was cancelled. */
  get open(): boolean {
    return this.#open;
  }

  get wantsMore(): boolean {
    return (this.#controller.desiredSize ?? 0) > 0;
  }

  /** @param data not empty; the stream's from now on */
  push(data: Uint8Array): void {
    if (!this.#open) return;
    // A byte stream takes the whole buffer away from everybody else.
    this.#controller.enqueue((data.byteLength === data.buffer.byteLength ? data : data.slice()) as never);
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#controller.close();
    // A read into the caller's buffer that waits is answered by hand.
    this.#controller.byobRequest?.respond(0);
  }

  /** Fails when what came before is read; `at once` drops it. */
  fail(error: unknown, atOnce: boolean): void {
    if (!this.#open) return;
    this.#open = false;
    this.#failure = { error };
    if (atOnce) this.#controller.error(error);
    else this.#failWhenRead();
  }

  #failWhenRead(): void {
    if (this.#failure !== null && (this.#controller.desiredSize ?? HIGH_WATER) >= HIGH_WATER)
      this.#controller.error(this.#failure.error);
  }
}
