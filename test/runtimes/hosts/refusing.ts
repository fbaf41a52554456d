// A server of castls/deno or castls/bun for clients that it refuses. Argument: certificate and key as JSON. Prints its port.

interface Runtime {
  readonly Deno?: { readonly args: string[] };
  readonly process: { readonly argv: string[] };
}
const { Deno, process } = globalThis as unknown as Runtime;
const { cert, key } = JSON.parse((Deno?.args ?? process.argv.slice(2))[0]);
const common = { hostname: '127.0.0.1', port: 0 } as const;

if (Deno !== undefined) {
  const { listenTls } = await import('castls/deno');
  const listener = listenTls({ ...common, cert, key });
  console.log((listener.addr as { port: number }).port);
  for await (const conn of listener) conn.handshake().catch(() => {});
} else {
  const { listen } = await import('castls/bun');
  console.log(listen({ ...common, tls: { cert, key }, socket: {} }).port);
}
