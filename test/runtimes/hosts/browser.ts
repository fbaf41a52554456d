// The list in a page: castls/browser for the clients, through castls bridge.

import { connect } from 'castls/browser';
import type { Host } from '../list/host.ts';
import { report, type Setting } from './report.ts';
import { clientOf } from './streams_client.ts';

const started = performance.now();

interface PageSetting extends Setting {
  readonly bridge: string;
  readonly token: string;
}

/** Called by the driver. */
async function run(setting: PageSetting): Promise<Record<string, unknown>> {
  const { bridge, token } = setting;
  const host: Pick<Host, 'name' | 'connect'> = {
    name: navigator.userAgent.replace(/.*(Firefox|Chrome)\/([\d.]+).*/, '$1 $2'),
    connect: async ({ port, serverName = 'localhost', ...tls }) => {
      const streams = connect({ bridge, token, hostname: 'localhost', port, serverName, ...tls });
      return clientOf(streams, streams.opened);
    },
  };
  return report(setting, host, started);
}

(globalThis as unknown as { runList: typeof run }).runList = run;
