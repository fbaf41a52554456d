// What a worker is told where workerd lacks something: randomness outside a request, a clock that goes on while code runs, a
// network. A request names the attempt.

// @ts-expect-error a module of workerd
import { env } from 'cloudflare:workers';
import { clientConfig, credential, peerVerifier, serverConfig } from 'castls';
import { connect, overWebSocket } from 'castls/workerd';

const told = async (attempt: () => unknown): Promise<string> => {
  try {
    await attempt();
    return 'nothing was refused';
  } catch (error) {
    const { code, name, message } = error as { code?: string } & Error;
    return `${code ?? name}: ${message}`;
  }
};

const { CA, CERT, KEY, PORT } = env as Record<string, string>;
/** Of the time when the worker starts, in no request. */
const atStart = {
  'an RSA key outside a request': told(() => credential({ cert: CERT, key: KEY })),
};

const trusting = () => ({ verifier: peerVerifier({ ca: CA }) });

const attempts: Record<string, () => unknown> = {
  maxBlockMs: () => connect(`localhost:${PORT}`, { ca: CA, maxBlockMs: 5 }),
  'maxBlockMs in a config': () =>
    connect(`localhost:${PORT}`, { config: clientConfig({ ...trusting(), maxBlockMs: 5 }) }),
  'maxBlockMs over a WebSocket': () => {
    const { WebSocketPair } = globalThis as unknown as {
      WebSocketPair: new () => { 1: Parameters<typeof overWebSocket>[0] };
    };
    const credentials = [credential({ cert: CERT, key: KEY })];
    return overWebSocket(new WebSocketPair()[1], { config: serverConfig({ credentials, maxBlockMs: 5 }) });
  },
  connect: () => connect({ hostname: '127.0.0.1', port: Number(PORT) }, { ca: CA, serverName: 'localhost' }).opened,
};

export default {
  async fetch(request: Request): Promise<Response> {
    const name = await request.text();
    return new Response(await (atStart[name as keyof typeof atStart] ?? told(attempts[name])));
  },
};
