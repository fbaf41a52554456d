// Why a certificate is believed, or not: the chain, every check with its rule, and what castls says of all of it.

import { inspectCertificate } from 'castls/inspect';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type CheckedCertificate, type CheckedChain, checkChain } from '../model/certificate_checks.ts';
import type { Conversation } from '../model/conversation.ts';
import { deepest, type Range, Section } from './detail.tsx';
import { FieldTree } from './field_tree.tsx';
import { HexView } from './hex_view.tsx';

interface CertificatesProps {
  readonly conversation: Conversation;
  readonly trusted: string;
  readonly serverName: string | null;
}

export function CertificatesView({ conversation, trusted, serverName }: CertificatesProps) {
  const { certificates, resumed, serverName: asked } = conversation.facts;
  if (certificates.server.length === 0 && certificates.client.length === 0)
    return (
      <p class="empty">
        {resumed
          ? 'No certificate was shown: who the server is follows from the session that is resumed.'
          : 'No certificate could be read in this connection.'}
      </p>
    );
  return (
    <div class="certificates">
      <Chain title="Of the server" chain={certificates.server} trusted={trusted} serverName={serverName ?? asked} />
      <Chain title="Of the client" chain={certificates.client} trusted={trusted} serverName={null} />
    </div>
  );
}

interface ChainProps {
  readonly title: string;
  readonly chain: readonly Uint8Array[];
  readonly trusted: string;
  readonly serverName: string | null;
}

function Chain({ title, chain, trusted, serverName }: ChainProps) {
  const [checked, setChecked] = useState<CheckedChain | null>(null);
  useEffect(() => {
    let current = true;
    setChecked(null);
    if (chain.length === 0) return;
    checkChain({ chain, trusted, serverName, time: Date.now() }).then(result => {
      if (current) setChecked(result);
    });
    return () => {
      current = false;
    };
  }, [chain, trusted, serverName]);
  if (chain.length === 0) return null;
  return (
    <section class="chain" aria-label={title}>
      <h2>{title}</h2>
      {checked === null ? (
        <p role="status">Checking ...</p>
      ) : (
        <>
          <p class={`verdict ${checked.verdict.trusted ? 'good' : 'bad'}`}>
            <span class="mark" aria-hidden="true">
              {checked.verdict.trusted ? '✓' : '✕'}
            </span>
            {checked.verdict.text} {checked.verdict.rule !== '' && <Section section={checked.verdict.rule} />}
          </p>
          <ol>
            {checked.certificates.map((certificate, index) => (
              <li key={certificate.fingerprint}>
                <Card certificate={certificate} open={index === 0} />
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function Card({ certificate, open }: { readonly certificate: CheckedCertificate; readonly open: boolean }) {
  const { role, subject, issuer, names, key, validFrom, validTo, serial, fingerprint, checks, der } = certificate;
  const [shown, setShown] = useState(false);
  const facts = [
    ['Issued by', issuer],
    ['Names', names.join(', ')],
    ['Key', key],
    ['Valid', `${validFrom} to ${validTo} UTC`],
    ['Serial number', serial],
    ['SHA-256', fingerprint],
  ] as const;
  return (
    <article class="card">
      <h3>
        <span class="role">{role}</span> {subject}
      </h3>
      <ul class="checks">
        {checks.map(({ what, passed, why, rule }) => (
          <li key={what} class={passed === null ? 'open' : passed ? 'good' : 'bad'}>
            <span class="mark" aria-hidden="true">
              {passed === null ? '?' : passed ? '✓' : '✕'}
            </span>
            <span class="sr">{passed === null ? 'not looked at:' : passed ? 'passed:' : 'failed:'}</span>
            <strong>{what}</strong> <span class="why">{why}</span> <Section section={rule} />
          </li>
        ))}
      </ul>
      <details open={open}>
        <summary>What it says</summary>
        <dl>
          {facts.map(
            ([name, value]) =>
              value !== '' && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </details>
      <details onToggle={event => setShown(event.currentTarget.open)}>
        <summary>Every field ({der.length.toLocaleString('en')} bytes)</summary>
        {shown && <CertificateFields der={der} />}
      </details>
    </article>
  );
}

function CertificateFields({ der }: { readonly der: Uint8Array }) {
  const { fields } = useMemo(() => inspectCertificate(der), [der]);
  const [pointed, setPointed] = useState<Range | null>(null);
  const [chosen, setChosen] = useState<Range | null>(null);
  const range = pointed ?? chosen;
  return (
    <div class="fields">
      <FieldTree bytes={der} fields={fields} range={range} onPoint={setPointed} onChoose={setChosen} />
      <HexView
        bytes={der}
        range={range}
        onPoint={offset => setPointed(offset === null ? null : deepest(fields, offset))}
        onChoose={offset => setChosen(deepest(fields, offset))}
      />
    </div>
  );
}
