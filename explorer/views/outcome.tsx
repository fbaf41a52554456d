// What the connection came to, in a sentence, and its facts.

import { type Conversation, outcomeOf } from '../model/conversation.ts';

export function Outcome({ conversation }: { readonly conversation: Conversation }) {
  const { good, text, look } = outcomeOf(conversation);
  const { facts } = conversation;
  const milliseconds = facts.handshakeMilliseconds;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Version', facts.version],
    ['Key exchange', facts.group],
    ['Signature', facts.signatureAlgorithm],
    ['ALPN', facts.alpn],
    ['Session', facts.established ? (facts.resumed ? 'resumed' : 'new') : null],
    ['Early data', facts.earlyData === 'none' ? null : facts.earlyData],
    ['Flights', `${facts.flights}${facts.retried ? ', with a HelloRetryRequest' : ''}`],
    ['Handshake', milliseconds === null ? null : `${milliseconds.toFixed(1)} ms`],
    ['Sent by the client', `${facts.bytes.client.toLocaleString('en')} bytes`],
    ['Sent by the server', `${facts.bytes.server.toLocaleString('en')} bytes`],
  ];
  return (
    <section class={`outcome ${good ? 'good' : 'bad'}`} aria-label="Outcome">
      <p>
        <span class="mark" aria-hidden="true">
          {good ? '✓' : '✕'}
        </span>
        <strong>{text}</strong>
      </p>
      {look !== '' && <p class="look">{look}</p>}
      <dl>
        {rows.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
