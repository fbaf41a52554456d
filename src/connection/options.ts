// What the driver of a Connection says beside the settings of the config.

export interface ConnectionOptions {
  /** Milliseconds until a handshake that is not over fails. */
  readonly handshakeTimeout: number;
  /** Called when a job that answered later made progress: there may be output and events. Never from inside a call. */
  readonly onProgress?: () => void;
  /**
   * The end of the transport without close_notify is an end that says so (`closeNotify: false`), not ERR_TRUNCATED: for
   * protocols that see by themselves whether all came. Default false.
   */
  readonly allowTruncation?: boolean;
}
