// The page: where a connection comes from on one side, what is seen of it on the other.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Address, readAddress, type Source, type View, views, writeAddress } from '../model/address.ts';
import { type Conversation, conversationOf } from '../model/conversation.ts';
import { runInPage } from '../model/in_page.ts';
import { CertificatesView } from './certificates.tsx';
import { ChoicesForm } from './choices_form.tsx';
import { CompareView } from './compare.tsx';
import { FilePanel } from './file_panel.tsx';
import { KeysView } from './keys.tsx';
import { LivePanel } from './live_panel.tsx';
import { MeasuresView } from './measures.tsx';
import { MessagesView } from './messages.tsx';
import { Outcome } from './outcome.tsx';
import { Tabs } from './tabs.tsx';
import { ThemeButton } from './theme.tsx';

/** Connections that belong together, whoever made them. */
export interface Shown {
  readonly conversations: readonly Conversation[];
  /** PEM; empty where it is not known whom the client trusts. */
  readonly trusted: string;
  readonly serverName: string | null;
}

const sources: readonly { readonly value: Source; readonly label: string }[] = [
  { value: 'page', label: 'In this page' },
  { value: 'live', label: 'Live' },
  { value: 'file', label: 'From a file' },
];

export function App() {
  const [address, setAddress] = useState<Address>(() => readAddress(location.hash));
  const [shown, setShown] = useState<Shown | null>(null);
  const [selected, setSelected] = useState(0);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = useRef(0);
  // On a phone the connection comes first, and what it is made of behind a fold.
  const wide = useMemo(() => matchMedia('(min-width: 60rem)').matches, []);

  const change = useCallback((part: Partial<Address>) => setAddress(before => ({ ...before, ...part })), []);

  useEffect(() => {
    const follow = () => setAddress(readAddress(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  useEffect(() => {
    const hash = writeAddress(address);
    if (hash !== location.hash)
      history.replaceState(null, '', hash === '#' ? location.pathname + location.search : hash);
  }, [address]);

  const show = useCallback((next: Shown) => {
    setShown(next);
    setSelected(next.conversations.length - 1);
    setFailure(null);
    setBusy(false);
  }, []);

  const { source, choices } = address;
  useEffect(() => {
    if (source !== 'page') {
      setShown(null);
      setFailure(null);
      return;
    }
    const mine = ++run.current;
    setBusy(true);
    runInPage(choices)
      .then(({ connections, trusted, serverName }) => {
        if (mine !== run.current) return;
        const conversations = connections.map(({ title, trace }) => conversationOf(title, trace));
        show({ conversations, trusted, serverName });
      })
      .catch(error => {
        if (mine !== run.current) return;
        setBusy(false);
        setShown(null);
        setFailure(error instanceof Error ? error.message : String(error));
      });
  }, [source, choices, show]);

  const conversation = shown?.conversations[Math.min(selected, shown.conversations.length - 1)] ?? null;

  return (
    <>
      <a class="skip" href="#main">
        Skip to the connection
      </a>
      <header class="top">
        <h1>
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <path d="M4 6h4v4h4V6h8v4h4V6h4v20H20v-6a4 4 0 0 0-8 0v6H4z" />
          </svg>
          castls <span>explorer</span>
        </h1>
        <p class="tagline">A TLS connection, byte by byte, in a page that runs both sides of it.</p>
        <ThemeButton />
      </header>
      <div class="layout">
        <aside class="panel sources" aria-label="Where the connection comes from">
          <details class="fold" open={wide}>
            <summary>Where the connection comes from</summary>
            <Tabs
              name="source"
              label="Source"
              tabs={sources}
              value={source}
              onChange={value => change({ source: value, step: null })}
            />
            <div id="panel-source" role="tabpanel" aria-labelledby={`tab-source-${source}`}>
              {source === 'page' && (
                <ChoicesForm choices={choices} prefix="a" onChange={next => change({ choices: next, step: null })} />
              )}
              {source === 'live' && <LivePanel onShow={show} />}
              {source === 'file' && <FilePanel onShow={show} />}
            </div>
          </details>
        </aside>
        <main id="main" tabIndex={-1} aria-busy={busy}>
          {failure !== null && (
            <p class="outcome bad" role="alert">
              {failure}
            </p>
          )}
          {conversation === null && failure === null && (
            <p class="empty" role="status">
              {source === 'page'
                ? 'Making certificates and connecting ...'
                : 'No connection yet: choose one on the left.'}
            </p>
          )}
          {conversation !== null && shown !== null && (
            <Connection
              conversation={conversation}
              shown={shown}
              selected={selected}
              onSelect={index => {
                setSelected(index);
                change({ step: null });
              }}
              address={address}
              onChange={change}
            />
          )}
        </main>
      </div>
    </>
  );
}

interface ConnectionProps {
  readonly conversation: Conversation;
  readonly shown: Shown;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
  readonly address: Address;
  readonly onChange: (part: Partial<Address>) => void;
}

function Connection({ conversation, shown, selected, onSelect, address, onChange }: ConnectionProps) {
  const { view } = address;
  const several = shown.conversations.length > 1;
  const picker = useMemo(
    () =>
      several && (
        <label class="picker">
          Connection
          <select value={selected} onChange={event => onSelect(Number(event.currentTarget.value))}>
            {shown.conversations.map(({ title, facts }, index) => (
              <option key={`${index} ${title}`} value={index}>
                {`${index + 1}. ${title}${facts.version === null ? '' : ` (${facts.version})`}`}
              </option>
            ))}
          </select>
        </label>
      ),
    [several, selected, shown, onSelect],
  );
  return (
    <>
      {picker}
      <Outcome conversation={conversation} />
      <Tabs name="view" label="View" tabs={views} value={view} onChange={(value: View) => onChange({ view: value })} />
      <div id="panel-view" class="view" role="tabpanel" aria-labelledby={`tab-view-${view}`}>
        {view === 'messages' && (
          <MessagesView conversation={conversation} step={address.step} onStep={step => onChange({ step })} />
        )}
        {view === 'keys' && (
          <KeysView conversation={conversation} step={address.step} onStep={step => onChange({ step })} />
        )}
        {view === 'certificates' && (
          <CertificatesView conversation={conversation} trusted={shown.trusted} serverName={shown.serverName} />
        )}
        {view === 'measures' && <MeasuresView conversation={conversation} />}
        {view === 'compare' && (
          <CompareView conversation={conversation} others={shown.conversations} address={address} onChange={onChange} />
        )}
      </div>
    </>
  );
}
