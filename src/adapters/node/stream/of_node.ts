// Modules of Node.js that most connections never need, loaded when something of them is asked for: node:tls alone costs a
// start 2 to 7 ms. By require, which has no namespace to fill: an import reads every export, node:tls' list of roots among them.

import type * as Crypto from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Tls from 'node:tls';
import type * as Zlib from 'node:zlib';

/** What of node:tls castls stands on, as it was before castls/register replaced it. */
export interface NodeTls extends Pick<typeof Tls, 'checkServerIdentity' | 'createSecureContext' | 'TLSSocket'> {
  readonly rootCertificates: readonly string[];
  /** Since Node.js 22.15. */
  readonly getCACertificates: ((type: string) => string[]) | undefined;
}

let tls: NodeTls | undefined;

/** castls/register calls it before it replaces anything. */
export function nodeTls(): NodeTls {
  return (tls ??= taken(load('node:tls')));
}

export function nodeCrypto(): typeof Crypto {
  return load('node:crypto');
}

export function nodeZlib(): typeof Zlib {
  return load('node:zlib');
}

function taken(module: typeof Tls): NodeTls {
  const { checkServerIdentity, createSecureContext, TLSSocket } = module;
  const { getCACertificates } = module as unknown as NodeTls;
  const roots = Object.getOwnPropertyDescriptor(module, 'rootCertificates');
  return {
    checkServerIdentity,
    createSecureContext,
    TLSSocket,
    getCACertificates,
    get rootCertificates() {
      return (roots?.get?.call(module) ?? roots?.value ?? []) as readonly string[];
    },
  };
}

/** Any absolute path will do to require what is built in. process.getBuiltinModule: since Node.js 20.16, and what bundlers leave alone. */
function load<T>(name: string): T {
  const { getBuiltinModule } = process as unknown as { getBuiltinModule?: (name: string) => T | undefined };
  return getBuiltinModule?.(name) ?? createRequire('/')(name);
}
