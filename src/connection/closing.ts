// How the two directions of a connection end (RFC 9846 §6.1): what was said, what came, and what follows from it. Sends
// nothing. In every version a close_notify ends the direction of whoever sends it and nothing else: RFC 5246 §7.2.1 wants
// it answered at once and pending data discarded, which loses what was asked for; OpenSSL and others do not, either.

import { TlsError } from '../base/errors.ts';
import { alertName } from '../registry/alerts.ts';

/**
 * What the end of the transport means: nothing new, an end that the peer did not announce, or data that was cut off.
 */
export type EndOfInput = 'nothing' | 'unannounced' | 'truncated';

export class Closing {
  /** Nothing more is read: the peer's direction ended, or all is over. */
  readClosed = false;
  /** Our close_notify was sent, or all is over. */
  writeClosed = false;
  /** The transport ended. */
  inputEnded = false;
  /** The peer's close_notify came. */
  closeNotify = false;
  readonly #allowTruncation: boolean;

  /** @param allowTruncation an end without close_notify is an end all the same */
  constructor(allowTruncation: boolean) {
    this.#allowTruncation = allowTruncation;
  }

  /** @throws ERR_ALERT_RECEIVED for a fatal alert, ERR_CONNECTION_CLOSED for a close_notify during the handshake */
  alertReceived(effect: 'closes' | 'fatal', description: number, established: boolean): void {
    if (effect === 'fatal') {
      throw new TlsError('ERR_ALERT_RECEIVED', `the peer sent the alert ${alertName(description)}`, {
        alert: description,
      });
    }
    if (!established) throw new TlsError('ERR_CONNECTION_CLOSED', 'the peer closed during the handshake');
    this.readClosed = true;
    this.closeNotify = true;
  }

  /**
   * Without close_notify a reader cannot tell whether all came. Whoever was told that we send no more may leave without
   * a word, as many servers do; but not in the middle of a record.
   */
  endOfInput(established: boolean, insideRecord: boolean): EndOfInput {
    if (this.readClosed) return 'nothing';
    if (!established || !(this.#allowTruncation || (this.writeClosed && !insideRecord))) return 'truncated';
    this.readClosed = true;
    return 'unannounced';
  }

  over(): void {
    this.readClosed = true;
    this.writeClosed = true;
  }
}

/** @param established the handshake was over */
export function truncated(established: boolean): TlsError {
  const when = established ? 'without close_notify' : 'during the handshake';
  return new TlsError('ERR_TRUNCATED', `the transport ended ${when}`);
}
