// What node:http2 knows of a socket that is not one of the host's: it wraps such a stream in an internal class of net.Socket
// and asks that for `encrypted`, `alpnProtocol`, addresses and certificates. Here the wrapper asks the socket inside.

import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { nodeTls } from './of_node.ts';

/** Properties and methods of the socket inside. */
const properties = ['encrypted', 'authorized', 'authorizationError', 'alpnProtocol', 'servername'];
const addresses = ['remoteAddress', 'remoteFamily', 'remotePort', 'localAddress', 'localFamily', 'localPort'];
const methods = [
  'getPeerCertificate',
  'getPeerX509Certificate',
  'getCertificate',
  'getCipher',
  'getProtocol',
  'getSession',
];

let done = false;

/** Once in a process, when a first connection may speak "h2". @param isOurs which streams the wrapper asks */
export function showThroughWrappers(isOurs: (stream: unknown) => boolean): void {
  if (done) return;
  done = true;
  const wrapper = wrapperPrototype();
  if (wrapper === null) return;
  for (const name of [...properties, ...addresses, ...methods]) {
    const inherited = Object.getOwnPropertyDescriptor(Socket.prototype, name);
    Object.defineProperty(wrapper, name, {
      configurable: true,
      get(this: { readonly stream?: Record<string, unknown> }) {
        const { stream } = this;
        if (!isOurs(stream)) return inherited?.get?.call(this) ?? inherited?.value;
        const value = stream?.[name];
        return typeof value === 'function' ? value.bind(stream) : value;
      },
      set(value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      },
    });
  }
  waitForHandshakes(wrapper, isOurs);
}

/** A session asks for `secureConnecting` and waits for "connect" then, as what was negotiated is not known before. */
function waitForHandshakes(wrapper: object, isOurs: (stream: unknown) => boolean): void {
  const waiting = new WeakSet<Duplex>();
  Object.defineProperty(wrapper, 'secureConnecting', {
    configurable: true,
    get(this: Duplex & { readonly stream?: Duplex & { readonly secureConnecting?: boolean } }) {
      const { stream } = this;
      if (!isOurs(stream) || !stream?.secureConnecting) return false;
      if (!waiting.has(this)) stream.once('secureConnect', () => this.emit('connect'));
      waiting.add(this);
      return true;
    },
  });
}

let found: object | null | undefined;

/** The prototype of the internal class; null on a host that has none. */
function wrapperPrototype(): object | null {
  if (found === undefined) found = probed();
  return found;
}

function probed(): object | null {
  const idle = new Duplex({ read() {}, write: (_chunk, _encoding, written) => written() });
  const { createSecureContext, TLSSocket } = nodeTls();
  const probe = new TLSSocket(idle, { secureContext: createSecureContext() });
  const { _handle: handle } = probe as unknown as { readonly _handle?: { readonly _parentWrap?: object } | null };
  const wrapper = handle?._parentWrap;
  const prototype = wrapper === undefined ? null : Object.getPrototypeOf(wrapper);
  probe.on('error', () => {});
  probe.destroy();
  return prototype === null || prototype === Socket.prototype || prototype === Duplex.prototype ? null : prototype;
}

/** What stands for the handle of a TLS socket over `stream`: packages take the internal class from it (http2-wrapper, got). */
export function handleOver(
  stream: Duplex,
  waiting: () => number,
): { readonly _parentWrap: object | undefined; readonly writeQueueSize: number } {
  return {
    get writeQueueSize() {
      return waiting();
    },
    get _parentWrap() {
      const prototype = wrapperPrototype();
      return prototype === null ? undefined : Object.create(prototype, { stream: { value: stream } });
    },
  };
}
