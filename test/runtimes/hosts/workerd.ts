// The list on workerd: castls/workerd for the clients. A request brings the setting, its answer is what came out. The clock of
// workerd stands still during work, so whoever asks takes the time.

import type { ConnectionInfo } from 'castls';
import { connect } from 'castls/workerd';
import type { Host } from '../list/host.ts';
import { runList } from '../list/index.ts';
import type { Setting } from './report.ts';
import { clientOf } from './streams_client.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    const { servers, fixtures, only }: Setting = await request.json();
    const host: Host = {
      name: 'workerd',
      servers,
      fixtures,
      connect: async ({ port, serverName = 'localhost', ...tls }) => {
        const socket = connect({ hostname: '127.0.0.1', port }, { ...tls, serverName });
        return clientOf(
          socket,
          socket.opened.then(({ info }) => info as ConnectionInfo),
        );
      },
    };
    return Response.json({ name: 'workerd', outcomes: await runList(host, only) });
  },
};
