// How the two directions of a connection end (RFC 9846 §6.1, RFC 5246 §7.2.1): what was said and what came, and what
// follows from it. Sends nothing.

/** What the end of the transport means. */
export type EndOfInput = 'truncated' | 'over' | 'closes';

export class Closing {
  /** Nothing more is read: the peer's close_notify came, or all is over. */
  readClosed = false;
  /** Our close_notify was sent, or all is over. */
  writeClosed = false;
  /** The transport ended. */
  inputEnded = false;

  /** RFC 9846 §6.1: without close_notify a reader cannot tell whether all came. */
  endOfInput(): EndOfInput {
    if (!this.readClosed) return 'truncated';
    return this.writeClosed ? 'over' : 'closes';
  }

  over(): void {
    this.readClosed = true;
    this.writeClosed = true;
  }
}
