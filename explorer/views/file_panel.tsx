// Traces, captures with their key log, and bytes that are pasted: dropped on the page or chosen.

import { inspectInput, ja3, ja4, readConnections, recognizeInput, type Trace } from 'castls/inspect';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { conversationOf } from '../model/conversation.ts';
import type { Shown } from './app.tsx';
import { deepest, type Range } from './detail.tsx';
import { FieldTree } from './field_tree.tsx';
import { HexView } from './hex_view.tsx';

interface Opened {
  readonly names: readonly string[];
  readonly capture: Uint8Array | null;
  readonly keyLog: string;
}

export function FilePanel({ onShow }: { readonly onShow: (shown: Shown) => void }) {
  const [opened, setOpened] = useState<Opened>({ names: [], capture: null, keyLog: '' });
  const [failure, setFailure] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [pasted, setPasted] = useState('');
  const latest = useRef(opened);
  latest.current = opened;

  /** What was dropped is taken one after another: each adds to what those before opened. */
  const before = useRef(Promise.resolve());
  const take = (files: readonly File[]) => {
    before.current = before.current.then(() => open(files));
  };

  const open = async (files: readonly File[]) => {
    let next = latest.current;
    try {
      for (const file of files) {
        const bytes = new Uint8Array(await file.arrayBuffer());
        next = isKeyLog(bytes)
          ? { ...next, keyLog: new TextDecoder('latin1').decode(bytes), names: [...next.names, file.name] }
          : {
              ...next,
              capture: connectionFile(bytes),
              names: [...next.names.filter(name => name === file.name), file.name],
            };
      }
      latest.current = next;
      setOpened(next);
      if (next.capture !== null) onShow(shownOf(readConnections(next.capture, next.keyLog)));
      setFailure(null);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };

  // With the panel, not a moment behind it: it says that files may be dropped.
  useLayoutEffect(() => {
    const hold = (event: DragEvent) => {
      event.preventDefault();
      setOver(event.type === 'dragover');
    };
    const drop = (event: DragEvent) => {
      hold(event);
      take([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener('dragover', hold);
    addEventListener('dragleave', hold);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', hold);
      removeEventListener('dragleave', hold);
      removeEventListener('drop', drop);
    };
  });

  return (
    <div class="open-file">
      <label class={`drop ${over ? 'over' : ''}`}>
        <strong>Drop a file here, or choose one</strong>
        <span>A trace of castls, or a capture (pcap, pcapng) and the key log that belongs to it.</span>
        <input type="file" multiple onChange={event => take([...(event.currentTarget.files ?? [])])} />
      </label>
      {opened.names.length > 0 && <p role="status">Open: {opened.names.join(', ')}</p>}
      {opened.capture === null && opened.keyLog !== '' && <p>The key log is there; the capture is still missing.</p>}
      {failure !== null && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      <p class="hint">
        Write one with <code>castls connect HOST:PORT --trace-file FILE</code>. Nothing leaves this page.
      </p>
      <label class="field" for="pasted">
        Or paste a ClientHello, records or a certificate: hex, base64 or PEM
      </label>
      <textarea
        id="pasted"
        rows={4}
        spellcheck={false}
        value={pasted}
        onInput={event => setPasted(event.currentTarget.value)}
      />
      {pasted.trim() !== '' && <Pasted text={pasted} />}
    </div>
  );
}

function isKeyLog(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  return /^(?:#[^\n]*\n|\s)*[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]+\s/i.test(`${start}\n`);
}

/** @throws TlsError for another kind of file */
function connectionFile(bytes: Uint8Array): Uint8Array {
  const { kind } = recognizeInput(bytes);
  if (kind === 'trace' || kind === 'capture') return bytes;
  throw new Error('This is no connection: paste it below to see what it says.');
}

function shownOf(traces: readonly Trace[]): Shown {
  if (traces.length === 0) throw new Error('The capture holds no TLS over TCP.');
  const conversations = traces.map((trace, index) => {
    const { peer, serverName, role } = trace.header;
    return conversationOf(peer ?? serverName ?? `${role} ${index + 1}`, trace);
  });
  return { conversations, trusted: '', serverName: null };
}

function Pasted({ text }: { readonly text: string }) {
  const [range, setRange] = useState<Range | null>(null);
  try {
    const input = recognizeInput(text);
    const { fields } = inspectInput(input);
    return (
      <div class="pasted">
        <Fingerprints bytes={input.bytes} />
        <FieldTree bytes={input.bytes} fields={fields} range={range} onPoint={setRange} onChoose={setRange} />
        <HexView
          bytes={input.bytes}
          range={range}
          onPoint={offset => setRange(offset === null ? null : deepest(fields, offset))}
          onChoose={offset => setRange(deepest(fields, offset))}
        />
      </div>
    );
  } catch (error) {
    return <p class="problem">{error instanceof Error ? error.message : String(error)}</p>;
  }
}

function Fingerprints({ bytes }: { readonly bytes: Uint8Array }) {
  try {
    return (
      <dl>
        <dt>JA3</dt>
        <dd>{ja3(bytes).hash}</dd>
        <dt>JA4</dt>
        <dd>{ja4(bytes).hash}</dd>
      </dl>
    );
  } catch {
    return null;
  }
}
