// A connection to a real server, by way of castls bridge.

import { useEffect, useState } from 'preact/hooks';
import { conversationOf } from '../model/conversation.ts';
import { type LiveOffer, type LiveTarget, liveOffer, runLive } from '../model/live.ts';
import type { Shown } from './app.tsx';
import { Check, Select } from './choices_form.tsx';

const unset: LiveTarget = {
  bridge: '',
  token: '',
  host: '127.0.0.1',
  port: 443,
  serverName: '',
  ca: '',
  dangerousNoVerify: false,
  version: 'any',
  request: 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
};

export function LivePanel({ onShow }: { readonly onShow: (shown: Shown) => void }) {
  const [offer, setOffer] = useState<LiveOffer | null>(null);
  const [target, setTarget] = useState<LiveTarget>(unset);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    liveOffer().then(found => {
      if (!current || found === null) return;
      setOffer(found);
      const [server] = found.servers;
      setTarget(before => ({ ...before, bridge: found.bridge, token: found.token, ca: found.ca, ...server }));
    });
    return () => {
      current = false;
    };
  }, []);
  const set = (part: Partial<LiveTarget>) => setTarget(before => ({ ...before, ...part }));
  const go = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const trace = await runLive(target);
      if (trace.records.length === 0) {
        const closed = trace.notes.find(note => note.event === 'closed');
        setFailure(closed?.event === 'closed' ? (closed.error?.message ?? 'Nothing was sent.') : 'Nothing was sent.');
      }
      onShow({
        conversations: [conversationOf(`${target.host}:${target.port}`, trace)],
        trusted: target.ca,
        serverName: target.serverName || target.host,
      });
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  const field = (
    name: 'bridge' | 'token' | 'host' | 'serverName',
    label: string,
    type: 'text' | 'password' = 'text',
  ) => (
    <p class="field">
      <label for={`live-${name}`}>{label}</label>
      <input
        id={`live-${name}`}
        {...(type === 'password' ? { type } : { type })}
        autocomplete="off"
        spellcheck={false}
        value={target[name]}
        onInput={event => set({ [name]: event.currentTarget.value })}
      />
    </p>
  );
  return (
    <form class="choices" onSubmit={event => void go(event)}>
      {offer !== null && (
        <Select
          id="live-server"
          label="Server"
          options={[
            ...offer.servers.map(({ name }, index) => ({ value: `${index}`, label: name })),
            { value: 'other', label: 'another one' },
          ]}
          value={`${serverIndex(offer, target)}`}
          onChange={value => {
            const server = offer.servers[Number(value)];
            set(server === undefined ? { host: '', serverName: '' } : { ...server, ca: offer.ca });
          }}
        />
      )}
      <fieldset>
        <legend>Where to</legend>
        {field('host', 'Host')}
        <p class="field">
          <label for="live-port">Port</label>
          <input
            id="live-port"
            type="number"
            min={1}
            max={65535}
            value={target.port}
            onInput={event => set({ port: Number(event.currentTarget.value) })}
          />
        </p>
        {field('serverName', 'Name to ask for and to verify')}
        <Select
          id="live-version"
          label="Version"
          options={[
            { value: 'any', label: 'TLS 1.3 or 1.2' },
            { value: '1.3', label: 'TLS 1.3' },
            { value: '1.2', label: 'TLS 1.2' },
          ]}
          value={target.version}
          onChange={version => set({ version: version as LiveTarget['version'] })}
        />
      </fieldset>
      <fieldset>
        <legend>Whom to trust</legend>
        <p class="field">
          <label for="live-ca">Certificates of CAs, PEM</label>
          <textarea
            id="live-ca"
            rows={4}
            spellcheck={false}
            value={target.ca}
            onInput={event => set({ ca: event.currentTarget.value })}
          />
        </p>
        <Check
          id="live-any"
          label="Go on with anybody"
          hint="dangerous: to look at a server, not to tell it anything"
          checked={target.dangerousNoVerify}
          onChange={dangerousNoVerify => set({ dangerousNoVerify })}
        />
      </fieldset>
      <fieldset>
        <legend>The bridge</legend>
        {field('bridge', 'Address, such as ws://127.0.0.1:8100/')}
        {field('token', 'Token', 'password')}
        {offer === null && (
          <p class="hint">
            Start one: <code>castls bridge --port 8100 --allow HOST:PORT --origin {location.origin}</code>
          </p>
        )}
      </fieldset>
      <button type="submit" disabled={busy || target.bridge === '' || target.host === ''}>
        {busy ? 'Connecting ...' : 'Connect'}
      </button>
      {failure !== null && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}

function serverIndex({ servers }: LiveOffer, { host, port }: LiveTarget): number | 'other' {
  const index = servers.findIndex(server => server.host === host && server.port === port);
  return index < 0 ? 'other' : index;
}
