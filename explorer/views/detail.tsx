// One record: its fields beside its bytes, as it went over the wire and as it was inside. What is pointed at on one side is
// marked on the other.

import { explainAlert, type Field } from 'castls/inspect';
import { useMemo, useState } from 'preact/hooks';
import type { Step } from '../model/conversation.ts';
import { FieldTree } from './field_tree.tsx';
import { HexView } from './hex_view.tsx';
import { protections } from './messages.tsx';
import { Tabs } from './tabs.tsx';

export interface Range {
  readonly offset: number;
  readonly length: number;
}

type Side = 'inside' | 'wire';

export function Detail({ step }: { readonly step: Step }) {
  const { inside, wire, record, title, problem, from, protection, kind } = step;
  const encrypted = record !== null && (record.protection !== null || record.innerType === null);
  // In the clear the record shows all there is, unless a message came in parts.
  const whole = inside !== null && inside.fields.length > 0;
  const [side, setSide] = useState<Side>(whole ? 'inside' : 'wire');
  const sides: { value: Side; label: string }[] = [
    ...(whole ? [{ value: 'inside' as const, label: encrypted ? 'Inside, decrypted' : 'Messages' }] : []),
    ...(wire === null ? [] : [{ value: 'wire' as const, label: 'On the wire' }]),
  ];
  const shown = side === 'inside' && whole ? inside : wire;
  return (
    <section class="detail" aria-label={`Record: ${title}`}>
      <h2>{title}</h2>
      <p class="about">
        {from === null
          ? 'What a side says of itself.'
          : `${from === 'client' ? 'Client to server' : 'Server to client'}, ${protections[protection]}`}
        {record?.protection != null &&
          `, record ${record.protection.sequence} under them${record.protection.generation > 0 ? `, after ${record.protection.generation} KeyUpdate` : ''}`}
        {from !== null && '.'}
      </p>
      {problem !== null && kind !== 'closed' && (
        <p class="problem" role="note">
          {problem}
        </p>
      )}
      {kind === 'closed' && problem !== null && <p class="problem">{problem}</p>}
      {kind === 'established' && <p>{step.detail}</p>}
      <AlertNote step={step} />
      {sides.length > 1 && <Tabs name="side" label="Bytes" tabs={sides} value={side} onChange={setSide} />}
      {record !== null && (
        <div id="panel-side" {...(sides.length > 1 ? { role: 'tabpanel', 'aria-labelledby': `tab-side-${side}` } : {})}>
          {shown === null ? (
            <p class="empty">
              {inside === null
                ? 'The bytes are not in this trace: application data is left out unless secrets were asked for.'
                : 'There is nothing to decode here.'}
            </p>
          ) : (
            <Fields key={side} bytes={shown.bytes} fields={shown.fields} />
          )}
          {side === 'wire' && inside !== null && kind === 'data' && <Data bytes={inside.bytes} />}
        </div>
      )}
    </section>
  );
}

function AlertNote({ step: { kind, inside } }: { readonly step: Step }) {
  const explained = kind === 'alert' && inside !== null ? explainAlert(inside.bytes[1]) : undefined;
  if (explained === undefined) return null;
  return (
    <p class="alert-note">
      {explained.means} {explained.look} <Section section={explained.section} />
    </p>
  );
}

function Fields({ bytes, fields }: { readonly bytes: Uint8Array; readonly fields: readonly Field[] }) {
  const [pointed, setPointed] = useState<Range | null>(null);
  const [chosen, setChosen] = useState<Range | null>(null);
  const range = pointed ?? chosen;
  return (
    <div class="fields">
      <FieldTree bytes={bytes} fields={fields} range={range} onPoint={setPointed} onChoose={setChosen} />
      <HexView
        bytes={bytes}
        range={range}
        onPoint={offset => setPointed(offset === null ? null : deepest(fields, offset))}
        onChoose={offset => setChosen(deepest(fields, offset))}
      />
    </div>
  );
}

/** The innermost field at an offset. */
export function deepest(fields: readonly Field[], offset: number): Range | null {
  const found = fields.find(field => offset >= field.offset && offset < field.offset + field.length);
  if (found === undefined) return null;
  return deepest(found.children ?? [], offset) ?? found;
}

function Data({ bytes }: { readonly bytes: Uint8Array }) {
  const text = useMemo(() => new TextDecoder().decode(bytes.subarray(0, 2000)), [bytes]);
  return (
    <details class="data" open>
      <summary>What was inside, as text ({bytes.length.toLocaleString('en')} bytes)</summary>
      <pre tabIndex={0} role="region" aria-label="Application data">
        {text}
      </pre>
    </details>
  );
}

/** "RFC 9846 §4.1.2" as a link to it. */
export function Section({ section, same = false }: { readonly section: string; readonly same?: boolean }) {
  const match = /^RFC (\d+)(?: §([\w.]+))?/.exec(section);
  const name = same ? 'section same' : 'section';
  if (match === null) return <span class={name}>{section}</span>;
  const anchor = match[2] === undefined ? '' : `#${/^[A-Z]/.test(match[2]) ? 'appendix' : 'section'}-${match[2]}`;
  return (
    <a
      class={name}
      tabIndex={same ? -1 : undefined}
      href={`https://www.rfc-editor.org/rfc/rfc${match[1]}${anchor}`}
      rel="noreferrer"
      target="_blank"
    >
      {section}
    </a>
  );
}
