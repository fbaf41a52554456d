// Two connections side by side: what they have in common and where they differ.

import { useEffect, useState } from 'preact/hooks';
import type { Address } from '../model/address.ts';
import type { Choices } from '../model/choices.ts';
import { type Conversation, conversationOf, outcomeOf } from '../model/conversation.ts';
import { runInPage } from '../model/in_page.ts';
import { ChoicesForm } from './choices_form.tsx';
import { protections } from './messages.tsx';

interface CompareProps {
  readonly conversation: Conversation;
  /** Of the same choices: a full handshake before a resumed one. */
  readonly others: readonly Conversation[];
  readonly address: Address;
  readonly onChange: (part: Partial<Address>) => void;
}

export function CompareView({ conversation, others, address, onChange }: CompareProps) {
  const [other, setOther] = useState<Conversation | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [before, setBefore] = useState<number | null>(null);
  const choices = address.other;
  useEffect(() => {
    if (before !== null && others[before] !== undefined) {
      setOther(others[before]);
      return;
    }
    let current = true;
    setFailure(null);
    runInPage(choices)
      .then(({ connections }) => {
        const last = connections.at(-1);
        if (current && last !== undefined) setOther(conversationOf(last.title, last.trace));
      })
      .catch(error => {
        if (current) setFailure(error instanceof Error ? error.message : String(error));
      });
    return () => {
      current = false;
    };
  }, [choices, before, others]);
  return (
    <div class="compare">
      <details class="other" open>
        <summary>Compare with</summary>
        {others.length > 1 && (
          <label class="picker">
            Connection
            <select
              value={before ?? ''}
              onChange={event => setBefore(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
            >
              <option value="">one with these choices:</option>
              {others.map(({ title }, index) => (
                <option key={`${index} ${title}`} value={index}>
                  {`${index + 1}. ${title}`}
                </option>
              ))}
            </select>
          </label>
        )}
        {before === null && (
          <ChoicesForm choices={choices} prefix="b" onChange={(next: Choices) => onChange({ other: next })} />
        )}
      </details>
      {failure !== null && (
        <p class="outcome bad" role="alert">
          {failure}
        </p>
      )}
      {other !== null && <Differences a={conversation} b={other} />}
    </div>
  );
}

function Differences({ a, b }: { readonly a: Conversation; readonly b: Conversation }) {
  const rows = factRows(a, b);
  return (
    <>
      <div class="scroll">
        <table class="differences">
          <caption class="sr">Facts of both connections</caption>
          <thead>
            <tr>
              <td />
              <th scope="col">This connection</th>
              <th scope="col">The other one</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, left, right]) => (
              <tr key={name} class={left === right ? 'same' : 'differs'}>
                <th scope="row">{name}</th>
                <td>{left}</td>
                <td>{right}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="side-by-side">
        <Flow title="This connection" conversation={a} against={b} />
        <Flow title="The other one" conversation={b} against={a} />
      </div>
    </>
  );
}

function factRows(a: Conversation, b: Conversation): (readonly [string, string, string])[] {
  const row = (name: string, of: (conversation: Conversation) => string) => [name, of(a), of(b)] as const;
  const orNone = (value: string | null) => value ?? 'none';
  return [
    row('Outcome', conversation => outcomeOf(conversation).text),
    row('Version', ({ facts }) => orNone(facts.version)),
    row('Cipher suite', ({ facts }) => orNone(facts.cipherSuite)),
    row('Key exchange', ({ facts }) => orNone(facts.group)),
    row('Signature', ({ facts }) => orNone(facts.signatureAlgorithm)),
    row('Session', ({ facts }) => (facts.resumed ? 'resumed' : 'new')),
    row('Flights of the handshake', ({ facts }) => `${facts.flights}`),
    row('Handshake', ({ facts }) =>
      facts.handshakeMilliseconds === null ? 'not finished' : `${facts.handshakeMilliseconds.toFixed(1)} ms`,
    ),
    row('Bytes of the client', ({ facts }) => facts.bytes.client.toLocaleString('en')),
    row('Bytes of the server', ({ facts }) => facts.bytes.server.toLocaleString('en')),
    row('Records', ({ facts }) => `${facts.records}`),
    row('Messages in the clear', conversation => `${messagesUnder(conversation, true)}`),
    row('Encrypted messages', conversation => `${messagesUnder(conversation, false)}`),
  ];
}

function messagesUnder({ steps }: Conversation, clear: boolean): number {
  return steps
    .filter(({ protection }) => (protection === 'clear') === clear)
    .reduce((sum, { messages }) => sum + messages.length, 0);
}

interface FlowProps {
  readonly title: string;
  readonly conversation: Conversation;
  readonly against: Conversation;
}

/** Messages in their order; those that the other connection does not have, or has under other keys, stand out. */
function Flow({ title, conversation, against }: FlowProps) {
  const known = new Set(
    against.steps.flatMap(step => step.messages.map(name => `${step.from} ${name} ${step.protection}`)),
  );
  const lines = conversation.steps.flatMap(step =>
    step.messages.length > 0
      ? step.messages.map(name => ({ name, step }))
      : step.kind === 'alert' || step.kind === 'data'
        ? [{ name: step.title, step }]
        : [],
  );
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ol class="flow">
        {lines.map(({ name, step }, index) => {
          const only = step.messages.length > 0 && !known.has(`${step.from} ${name} ${step.protection}`);
          return (
            <li key={`${index} ${name}`} class={`from-${step.from} ${only ? 'only' : ''}`}>
              <span class={`swatch protected-${step.protection}`} aria-hidden="true" />
              <span>{name}</span>
              <small>
                {step.from}, {protections[step.protection]}, {step.time.toFixed(1)} ms{only ? ', only here' : ''}
              </small>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
