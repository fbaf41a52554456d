// Where the keys come from, as a graph: secrets as nodes, derivations as edges (RFC 9846 §7.1, RFC 5246 §6.3, RFC 7627). Which
// secrets are known, and from when on, says the conversation.

import type { Trace } from 'castls/inspect';
import type { Conversation, Protection } from './conversation.ts';

export interface KeyNode {
  readonly id: string;
  readonly label: string;
  /** What it is good for. */
  readonly about: string;
  readonly section: string;
  /** Place in a grid. */
  readonly column: number;
  readonly row: number;
  readonly kind: 'input' | 'secret' | 'traffic' | 'output';
  readonly protection?: Protection;
  /** Milliseconds from which on both sides can have it; null if this connection does not come to it. */
  readonly since: number | null;
  /** Hex, where a key log told it. */
  readonly value?: string;
  /** Records that it protected. */
  readonly records: number;
}

export interface KeyEdge {
  readonly from: string;
  readonly to: string;
  /** "HKDF-Extract", "c hs traffic". */
  readonly label: string;
}

export interface KeyGraph {
  readonly nodes: readonly KeyNode[];
  readonly edges: readonly KeyEdge[];
  readonly columns: number;
  readonly rows: number;
}

export function keyGraph(conversation: Conversation): KeyGraph {
  const { version } = conversation.facts;
  if (version === null) return { nodes: [], edges: [], columns: 0, rows: 0 };
  return version === 'TLSv1.3' ? graph13(conversation) : graph12(conversation);
}

type Draft = Omit<KeyNode, 'records' | 'since'> & { readonly since?: number | null; readonly records?: number };

function secretsOf(trace: Trace): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const note of trace.notes) {
    if (note.event !== 'secret') continue;
    const [label, , value] = note.line.split(' ');
    secrets.set(label, value);
  }
  return secrets;
}

/** When a message was complete. */
function timeOf({ steps }: Conversation, message: string, from?: 'client' | 'server'): number | null {
  const step = steps.find(
    ({ messages, from: who }) => messages.includes(message) && (from === undefined || who === from),
  );
  return step?.time ?? null;
}

function recordsUnder(
  { steps }: Conversation,
  from: 'client' | 'server',
  protection: Protection,
  generation = 0,
): number {
  return steps.filter(
    step =>
      step.from === from && step.protection === protection && (step.record?.protection?.generation ?? 0) === generation,
  ).length;
}

function graph13(conversation: Conversation): KeyGraph {
  const { facts, trace } = conversation;
  const secrets = secretsOf(trace);
  const hello = timeOf(conversation, 'ClientHello');
  const serverHello = timeOf(conversation, 'ServerHello');
  const serverFinished = timeOf(conversation, 'Finished', 'server');
  const clientFinished = timeOf(conversation, 'Finished', 'client');
  const early = secrets.has('CLIENT_EARLY_TRAFFIC_SECRET') || recordsUnder(conversation, 'client', 'early') > 0;
  const updated =
    recordsUnder(conversation, 'server', 'application', 1) + recordsUnder(conversation, 'client', 'application', 1);
  const nodes: Draft[] = [
    {
      id: 'psk',
      label: facts.resumed ? 'PSK of the ticket' : 'no PSK: zeros',
      about: facts.resumed ? 'What the last connection left for this one.' : 'There is no session to resume.',
      section: 'RFC 9846 §4.2.11',
      column: 0,
      row: 0,
      kind: 'input',
      since: hello,
    },
    {
      id: 'early',
      label: 'Early Secret',
      about: 'Binders and early data come from here.',
      section: 'RFC 9846 §7.1',
      column: 1,
      row: 0,
      kind: 'secret',
      since: hello,
    },
    {
      id: 'dhe',
      label: `(EC)DHE: ${facts.group ?? 'unknown group'}`,
      about: 'Made of one key share of each side; neither sends it.',
      section: 'RFC 9846 §7.4',
      column: 0,
      row: 1,
      kind: 'input',
      since: serverHello,
    },
    {
      id: 'handshake',
      label: 'Handshake Secret',
      about: 'From the ServerHello on all is encrypted under what comes from here.',
      section: 'RFC 9846 §7.1',
      column: 1,
      row: 1.5,
      kind: 'secret',
      since: serverHello,
    },
    traffic(
      'client hs',
      'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
      1,
      'client',
      'handshake',
      serverHello,
      'Certificate of the client, Finished',
    ),
    traffic(
      'server hs',
      'SERVER_HANDSHAKE_TRAFFIC_SECRET',
      2,
      'server',
      'handshake',
      serverHello,
      'EncryptedExtensions to Finished',
    ),
    {
      id: 'main',
      label: 'Main Secret',
      about: 'What the application keys, exporters and tickets come from.',
      section: 'RFC 9846 §7.1',
      column: 1,
      row: 4,
      kind: 'secret',
      since: serverHello,
    },
    traffic('client ap', 'CLIENT_TRAFFIC_SECRET_0', 3, 'client', 'application', serverFinished, 'Data of the client'),
    traffic(
      'server ap',
      'SERVER_TRAFFIC_SECRET_0',
      4,
      'server',
      'application',
      serverFinished,
      'Data of the server, tickets',
    ),
    {
      id: 'exporter',
      label: 'exporter_secret',
      about: 'Keying material for protocols above TLS.',
      section: 'RFC 9846 §7.5',
      column: 2,
      row: 5,
      kind: 'output',
      since: serverFinished,
      value: secrets.get('EXPORTER_SECRET'),
    },
    {
      id: 'resumption',
      label: 'resumption_secret',
      about: 'The PSKs of tickets, for the next connection.',
      section: 'RFC 9846 §4.6.1',
      column: 2,
      row: 6,
      kind: 'output',
      since: clientFinished,
    },
  ];
  function traffic(
    id: string,
    label: string,
    row: number,
    from: 'client' | 'server',
    protection: Protection,
    since: number | null,
    about: string,
  ): Draft {
    const records = recordsUnder(conversation, from, protection);
    return {
      id,
      label: label.toLowerCase(),
      about: `${about}.`,
      section: 'RFC 9846 §7.3',
      column: 2,
      row,
      kind: 'traffic',
      protection,
      since,
      value: secrets.get(label),
      records,
    };
  }
  if (early)
    nodes.push({
      ...traffic(
        'client early',
        'CLIENT_EARLY_TRAFFIC_SECRET',
        0,
        'client',
        'early',
        hello,
        'Early data: it has no forward secrecy',
      ),
    });
  if (updated > 0)
    nodes.push({
      id: 'next',
      label: 'traffic secrets 1',
      about: 'After a KeyUpdate: who learns them does not learn the ones before.',
      section: 'RFC 9846 §7.2',
      column: 3,
      row: 3.5,
      kind: 'traffic',
      protection: 'application',
      since: timeOf(conversation, 'KeyUpdate'),
      records: updated,
    });
  const edges: KeyEdge[] = [
    { from: 'psk', to: 'early', label: 'HKDF-Extract' },
    { from: 'early', to: 'handshake', label: '"derived"' },
    { from: 'dhe', to: 'handshake', label: 'HKDF-Extract' },
    { from: 'handshake', to: 'client hs', label: '"c hs traffic"' },
    { from: 'handshake', to: 'server hs', label: '"s hs traffic"' },
    { from: 'handshake', to: 'main', label: '"derived"' },
    { from: 'main', to: 'client ap', label: '"c ap traffic"' },
    { from: 'main', to: 'server ap', label: '"s ap traffic"' },
    { from: 'main', to: 'exporter', label: '"exp master"' },
    { from: 'main', to: 'resumption', label: '"res master"' },
    ...(early ? [{ from: 'early', to: 'client early', label: '"c e traffic"' }] : []),
    ...(updated > 0
      ? [
          { from: 'client ap', to: 'next', label: '"traffic upd"' },
          { from: 'server ap', to: 'next', label: '"traffic upd"' },
        ]
      : []),
  ];
  return finished(nodes, edges);
}

function graph12(conversation: Conversation): KeyGraph {
  const { facts, trace } = conversation;
  const secrets = secretsOf(trace);
  const hello = timeOf(conversation, 'ClientHello');
  const serverHello = timeOf(conversation, 'ServerHello');
  const exchange = timeOf(conversation, 'ClientKeyExchange');
  const keysAt = exchange ?? serverHello;
  const ssl3 = facts.version === 'SSLv3';
  const section = ssl3 ? 'RFC 6101 §6' : 'RFC 5246 §8.1';
  const resumed = exchange === null;
  const rsa = facts.cipherSuite?.startsWith('TLS_RSA_') ?? false;
  const nodes: Draft[] = [
    {
      id: 'randoms',
      label: 'client and server random',
      about: 'In both hellos, for everybody to see.',
      section: 'RFC 5246 §7.4.1.2',
      column: 0,
      row: 0,
      kind: 'input',
      since: serverHello ?? hello,
    },
    {
      id: 'premaster',
      label: resumed
        ? 'the session of before'
        : rsa
          ? 'premaster secret, sent under RSA'
          : `premaster: ${facts.group ?? 'DHE'}`,
      about: resumed
        ? 'Nothing new is agreed on: the master secret of before is used again.'
        : rsa
          ? 'Whoever gets the key of the server later can read all of it: no forward secrecy.'
          : 'Made of one share of each side; neither sends it.',
      section: 'RFC 5246 §8.1',
      column: 0,
      row: 1,
      kind: 'input',
      since: keysAt,
    },
    {
      id: 'master',
      label: 'master secret',
      about: 'Everything comes from here.',
      section,
      column: 1,
      row: 0.5,
      kind: 'secret',
      since: keysAt,
      value: secrets.get('CLIENT_RANDOM'),
    },
    {
      id: 'block',
      label: 'key block',
      about: 'Cut into the keys of both directions.',
      section: ssl3 ? 'RFC 6101 §6.2.2' : 'RFC 5246 §6.3',
      column: 2,
      row: 0.5,
      kind: 'secret',
      since: keysAt,
    },
    {
      id: 'client keys',
      label: 'client write keys',
      about: 'What the client sends behind its change_cipher_spec.',
      section: 'RFC 5246 §6.3',
      column: 3,
      row: 0,
      kind: 'traffic',
      protection: 'application',
      since: keysAt,
      records: recordsUnder(conversation, 'client', 'application'),
    },
    {
      id: 'server keys',
      label: 'server write keys',
      about: 'What the server sends behind its change_cipher_spec.',
      section: 'RFC 5246 §6.3',
      column: 3,
      row: 1,
      kind: 'traffic',
      protection: 'application',
      since: keysAt,
      records: recordsUnder(conversation, 'server', 'application'),
    },
    {
      id: 'finished',
      label: 'verify_data',
      about: 'In both Finished messages: proof that both saw the same handshake.',
      section: 'RFC 5246 §7.4.9',
      column: 2,
      row: 1.75,
      kind: 'output',
      since: timeOf(conversation, 'Finished'),
    },
  ];
  const edges: KeyEdge[] = [
    { from: 'premaster', to: 'master', label: ssl3 ? 'MD5 and SHA-1' : 'PRF' },
    { from: 'randoms', to: 'master', label: '' },
    { from: 'master', to: 'block', label: ssl3 ? 'MD5 and SHA-1' : '"key expansion"' },
    { from: 'block', to: 'client keys', label: '' },
    { from: 'block', to: 'server keys', label: '' },
    { from: 'master', to: 'finished', label: ssl3 ? '' : '"... finished"' },
  ];
  return finished(nodes, edges);
}

function finished(drafts: readonly Draft[], edges: readonly KeyEdge[]): KeyGraph {
  const nodes = drafts.map(draft => ({ since: null, records: 0, ...draft }));
  return {
    nodes,
    edges,
    columns: Math.max(...nodes.map(({ column }) => column)) + 1,
    rows: Math.max(...nodes.map(({ row }) => row)) + 1,
  };
}
