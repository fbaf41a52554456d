// What a page is told where it lacks something: a policy that lets it compile, randomness, a bridge that lets it in and stays.

import { clientConfig, peerVerifier, startTls } from 'castls';
import { connect } from 'castls/browser';

interface Needs {
  readonly ca: string;
  readonly bridge: string;
  readonly token: string;
  readonly port: number;
}

type Tls = ReturnType<typeof connect>;
let opened: Tls | undefined;

const globals = globalThis as unknown as Record<string, unknown>;
const remove = (name: string): void => {
  Object.defineProperty(globalThis, name, { configurable: true, value: undefined });
};

const through = ({ ca, bridge, token, port }: Needs): Tls => {
  opened = connect({ bridge, token, hostname: 'localhost', port, ca });
  return opened;
};

async function handshake({ ca }: Needs): Promise<unknown> {
  const [up, down] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  const config = clientConfig({ verifier: peerVerifier({ ca }) });
  return startTls({ readable: down.readable, writable: up.writable }, { config, serverName: 'localhost' }).opened;
}

const attempts: Record<string, (needs: Needs) => unknown> = {
  handshake,
  connect: needs => through(needs).opened,
  'without crypto': needs => {
    remove('crypto');
    return handshake(needs);
  },
  'without WebSocket': needs => {
    remove('WebSocket');
    return through(needs).opened;
  },
  'without bridge': ({ ca, port }) =>
    connect({ hostname: 'localhost', port, ca } as Parameters<typeof connect>[0]).opened,
  /** After "connect": the echo of a word, and then whatever comes. */
  'read on': async () => {
    const reader = opened?.readable.getReader();
    await reader?.read();
  },
};

/** Called by the driver: what an attempt is told. */
globals.lacking = async (attempt: string, needs: Needs): Promise<string> => {
  try {
    await attempts[attempt](needs);
    return 'nothing was refused';
  } catch (error) {
    const { code, name, message } = error as { code?: string } & Error;
    return `${code ?? name}: ${message}`;
  }
};
