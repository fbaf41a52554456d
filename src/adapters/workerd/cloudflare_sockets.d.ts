// The module of the host, as far as it is used: @cloudflare/workers-types has all of it.
declare module 'cloudflare:sockets' {
  export function connect(address: object, options: object): unknown;
}
