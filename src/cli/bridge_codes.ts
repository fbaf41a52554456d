// What a bridge says with the close code of a WebSocket (RFC 6455 §7.4.2: 4000 to 4999 are for private use), like the status
// codes of HTTP. src/adapters/web/web_socket_streams.ts makes errors of them.

export const closeCodes = {
  ended: 1000,
  /** The client broke the protocol. */
  protocol: 1002,
  /** The bridge itself ends. */
  restart: 1012,
  token: 4401,
  origin: 4403,
  target: 4404,
  time: 4408,
  bytes: 4413,
  busy: 4429,
  broken: 4500,
  unreachable: 4502,
  unanswered: 4504,
} as const;
