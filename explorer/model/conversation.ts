// A trace as the page shows it: steps on a time line, each a record with what was in it, or something that a side said.

import {
  type DecodedRecord,
  explainAlert,
  type Field,
  firstProblem,
  HandshakeInspector,
  inspectContent,
  inspectRecords,
  messageName,
  nameOf,
  type Sender,
  type Trace,
  type TraceNote,
} from 'castls/inspect';

/** How what went over the wire was protected. */
export type Protection = 'clear' | 'early' | 'handshake' | 'application' | 'unknown';

export interface Step {
  readonly index: number;
  readonly time: number;
  readonly from: Sender | null;
  /** "ServerHello", "application data", "alert: unknown_ca", or a sentence. */
  readonly title: string;
  readonly detail: string;
  readonly record: DecodedRecord | null;
  readonly protection: Protection;
  /** Names of handshake messages that are complete with this record. */
  readonly messages: readonly string[];
  readonly kind: 'handshake' | 'alert' | 'data' | 'change_cipher_spec' | 'note' | 'closed' | 'established';
  /** What was inside, with the bytes its fields lie over. */
  readonly inside: { readonly bytes: Uint8Array; readonly fields: readonly Field[] } | null;
  readonly wire: { readonly bytes: Uint8Array; readonly fields: readonly Field[] } | null;
  readonly problem: string | null;
}

export interface Conversation {
  readonly title: string;
  readonly trace: Trace;
  readonly steps: readonly Step[];
  readonly facts: Facts;
}

/** What the connection came to. */
export interface Facts {
  readonly version: string | null;
  readonly cipherSuite: string | null;
  readonly group: string | null;
  readonly signatureAlgorithm: string | null;
  readonly alpn: string | null;
  readonly serverName: string | null;
  readonly resumed: boolean;
  readonly retried: boolean;
  readonly earlyData: string;
  /** DER, the end entity first; of whoever showed them. */
  readonly certificates: Readonly<Record<Sender, readonly Uint8Array[]>>;
  readonly established: boolean;
  readonly failure: { readonly code: string; readonly message: string; readonly from: Sender | undefined } | null;
  readonly alert: { readonly description: number; readonly name: string; readonly from: Sender } | null;
  readonly bytes: Readonly<Record<Sender, number>>;
  readonly records: number;
  readonly flights: number;
  readonly handshakeMilliseconds: number | null;
}

/** Records that are shown, and bytes of a message that wait for its rest: files may have any number. */
const MAX_SHOWN = 3000;
const MAX_PARTIAL = 256 * 1024;

export function conversationOf(title: string, given: Trace): Conversation {
  const building = new Building();
  const trace = shortened(given);
  const ordered = [
    ...trace.records.map(record => ({ t: record.time, record, note: null })),
    ...trace.notes.filter(({ event }) => event !== 'secret').map(note => ({ t: note.t, record: null, note })),
  ].sort((a, b) => a.t - b.t);
  const steps = ordered.map(({ record, note }, index) =>
    record === null ? building.note(note as TraceNote, index) : building.record(record, index),
  );
  return { title, trace, steps, facts: factsOf(trace, steps, building) };
}

function shortened(trace: Trace): Trace {
  const { records, notes } = trace;
  const more = records.length - MAX_SHOWN;
  if (more <= 0) return trace;
  const shown = records.slice(0, MAX_SHOWN);
  const text = `${more} more records are not shown.`;
  return { ...trace, records: shown, notes: [...notes, { t: shown[MAX_SHOWN - 1].time, event: 'note', text }] };
}

class Building {
  readonly inspector = new HandshakeInspector();
  readonly certificates: Record<Sender, Uint8Array[]> = { client: [], server: [] };
  readonly #partial: Record<Sender, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };

  record(record: DecodedRecord, index: number): Step {
    const { from, type, protection, innerType, content, contentLength, failure, bytes, length } = record;
    const kind = kindOf(innerType ?? type);
    const found = content === null || kind === 'data' ? null : this.#inside(from, innerType ?? type, content);
    const messages = found?.messages ?? [];
    const protectedBy: Protection =
      protection === null ? (failure === undefined ? 'clear' : 'unknown') : protection.epoch;
    const step: Step = {
      index,
      time: record.time,
      from,
      kind,
      title: titleOf(record, kind, messages),
      detail: detailOf(length, contentLength),
      record,
      protection: protectedBy,
      messages,
      inside: found ?? (content === null ? null : { bytes: content, fields: [] }),
      wire: bytes === null ? null : { bytes, fields: inspectWire(bytes, protection !== null || failure !== undefined) },
      problem: failure ?? (found === null ? null : (firstProblem(found.fields)?.message ?? null)),
    };
    return step;
  }

  note(note: TraceNote, index: number): Step {
    const base = {
      index,
      time: note.t,
      record: null,
      protection: 'clear' as const,
      messages: [],
      inside: null,
      wire: null,
    };
    if (note.event === 'established')
      return {
        ...base,
        from: null,
        kind: 'established',
        title: 'The handshake is over',
        detail: [note.info.protocol, note.info.cipher, note.info.group].filter(Boolean).join(', '),
        problem: null,
      };
    if (note.event === 'closed') {
      const who = note.from === undefined ? 'The connection' : `The ${note.from}`;
      const title = note.error === null ? `${who} is done` : `${who} gives up: ${note.error.code}`;
      return {
        ...base,
        from: null,
        kind: 'closed',
        title,
        detail: note.error?.message ?? '',
        problem: note.error?.message ?? null,
      };
    }
    const text = note.event === 'note' ? note.text : '';
    return { ...base, from: null, kind: 'note', title: text, detail: '', problem: null };
  }

  /** Handshake messages that end here are read whole, wherever they began. */
  #inside(from: Sender, type: number, content: Uint8Array) {
    if (type !== 22) return { bytes: content, fields: inspectContent(type, content).fields, messages: [] as string[] };
    const before = this.#partial[from];
    const bytes = new Uint8Array(before.length + content.length);
    bytes.set(before);
    bytes.set(content, before.length);
    const messages: string[] = [];
    let at = 0;
    while (at + 4 <= bytes.length) {
      const length = 4 + ((bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
      if (at + length > bytes.length) break;
      messages.push(this.#nameOf(bytes.subarray(at, at + length)));
      at += length;
    }
    this.#partial[from] = bytes.length - at > MAX_PARTIAL ? new Uint8Array(0) : bytes.slice(at);
    const { fields } = inspectContent(type, bytes, this.inspector);
    this.#noteCertificates(from, bytes, fields);
    return { bytes, fields, messages };
  }

  #nameOf(message: Uint8Array): string {
    const name = messageName(message[0]);
    const retry = message[0] === 2 && message[6] === 0xcf && message[7] === 0x21 && message[8] === 0xad;
    return retry ? 'HelloRetryRequest' : name;
  }

  #noteCertificates(from: Sender, bytes: Uint8Array, fields: readonly Field[]): void {
    const found = fields
      .filter(({ name }) => name === 'Certificate')
      .flatMap(message => fieldsNamed(message, 'Certificate'))
      .filter(({ section }) => section === 'RFC 5280 §4.1');
    if (found.length > 0)
      this.certificates[from] = found.map(({ offset, length }) => bytes.slice(offset, offset + length));
  }
}

/** All fields of a name, in the order of the bytes. */
export function fieldsNamed(field: Field, name: string): Field[] {
  return [
    ...(field.name === name ? [field] : []),
    ...(field.children ?? []).flatMap(child => fieldsNamed(child, name)),
  ];
}

function inspectWire(bytes: Uint8Array, encrypted: boolean): readonly Field[] {
  if (!encrypted || bytes[0] === 23) return inspectRecords(bytes).fields;
  // Before TLS 1.3 the type in the header is that of what is inside.
  const shown = bytes.slice();
  shown[0] = 23;
  const { fields } = inspectRecords(shown);
  return fields.map(field => ({
    ...field,
    children: field.children?.map((child, i) =>
      i === 0 ? { ...child, value: bytes[0], meaning: nameOf.contentType(bytes[0]) } : child,
    ),
  }));
}

function kindOf(type: number): 'handshake' | 'alert' | 'data' | 'change_cipher_spec' {
  return type === 22 ? 'handshake' : type === 21 ? 'alert' : type === 20 ? 'change_cipher_spec' : 'data';
}

function titleOf(
  { content, failure, innerType }: DecodedRecord,
  kind: Step['kind'],
  messages: readonly string[],
): string {
  if (failure !== undefined && innerType === null) return 'encrypted record';
  if (kind === 'handshake') return messages.length > 0 ? messages.join(', ') : 'part of a handshake message';
  if (kind === 'change_cipher_spec') return 'change_cipher_spec';
  if (kind === 'alert' && content?.length === 2) return `alert: ${nameOf.alert(content[1]) ?? content[1]}`;
  return kind === 'alert' ? 'alert' : 'application data';
}

function detailOf(length: number, contentLength: number | null): string {
  const wire = `${(length + 5).toLocaleString('en')} bytes`;
  return contentLength === null || contentLength === length
    ? wire
    : `${wire}, ${contentLength.toLocaleString('en')} inside`;
}

function factsOf(trace: Trace, steps: readonly Step[], { inspector, certificates }: Building): Facts {
  const told = trace.notes.find(({ event }) => event === 'established');
  const info = told?.event === 'established' ? told.info : {};
  const text = (name: string): string | null => (typeof info[name] === 'string' ? (info[name] as string) : null);
  const { version, cipherSuite } = inspector.context;
  const bytes = { client: 0, server: 0 };
  let flights = 0;
  let last: Sender | null = null;
  const finished = steps.findLast(({ messages }) => messages.includes('Finished'));
  for (const { from, length, time } of trace.records) {
    bytes[from] += length + 5;
    if (from !== last && (finished === undefined || time <= finished.time)) flights++;
    last = from;
  }
  const alerts = steps.filter(({ kind, inside }) => kind === 'alert' && inside !== null && inside.bytes[1] !== 0);
  // A warning before it is not what ended it.
  const alertStep = alerts.find(({ inside }) => inside?.bytes[0] === 2) ?? alerts[0];
  const description = alertStep?.inside?.bytes[1];
  const failed = trace.notes.find(
    note => note.event === 'closed' && note.error !== null && note.error.code !== 'ERR_ALERT_RECEIVED',
  );
  const anyFailed = failed ?? trace.notes.find(note => note.event === 'closed' && note.error !== null);
  return {
    version: text('protocol') ?? (version === undefined ? null : (nameOf.version(version) ?? null)),
    cipherSuite: text('cipher') ?? (cipherSuite === undefined ? null : (nameOf.cipherSuite(cipherSuite) ?? null)),
    group: text('group') ?? groupOf(steps),
    signatureAlgorithm: text('signatureAlgorithm') ?? meaningIn(steps, 'CertificateVerify', 'algorithm'),
    alpn: text('alpn'),
    serverName: text('serverName') ?? valueIn(steps, 'host_name'),
    resumed: info.resumed === true,
    retried: steps.some(({ messages }) => messages.includes('HelloRetryRequest')),
    earlyData: text('earlyData') ?? 'none',
    certificates,
    established: told !== undefined || (['client', 'server'] as const).every(from => hasFinished(steps, from)),
    failure:
      anyFailed?.event === 'closed' && anyFailed.error !== null ? { ...anyFailed.error, from: anyFailed.from } : null,
    alert:
      description === undefined || alertStep?.from == null
        ? null
        : { description, name: nameOf.alert(description) ?? `alert ${description}`, from: alertStep.from },
    bytes,
    records: trace.records.length,
    flights,
    handshakeMilliseconds:
      finished === undefined || trace.records.length === 0 ? null : finished.time - trace.records[0].time,
  };
}

function hasFinished(steps: readonly Step[], sender: Sender): boolean {
  return steps.some(({ messages, from }) => from === sender && messages.includes('Finished'));
}

function groupOf(steps: readonly Step[]): string | null {
  return meaningIn(steps, 'ServerHello', 'group') ?? meaningIn(steps, 'ServerKeyExchange', 'namedcurve');
}

function meaningIn(steps: readonly Step[], message: string, name: string): string | null {
  const field = steps
    .filter(({ messages }) => messages.includes(message))
    .flatMap(({ inside }) => inside?.fields ?? [])
    .filter(each => each.name === message)
    .flatMap(each => fieldsNamed(each, name))[0];
  return field?.meaning ?? null;
}

function valueIn(steps: readonly Step[], name: string): string | null {
  const field = steps.flatMap(({ inside }) => inside?.fields ?? []).flatMap(each => fieldsNamed(each, name))[0];
  return typeof field?.value === 'string' ? field.value : null;
}

/** The outcome in one sentence, and where to look. */
export function outcomeOf({ facts }: Conversation): {
  readonly good: boolean;
  readonly text: string;
  readonly look: string;
} {
  const { alert, failure, established, version, cipherSuite } = facts;
  if (alert !== null) {
    const explained = explainAlert(alert.description);
    const look = failure !== null && failure.code !== 'ERR_ALERT_RECEIVED' ? failure.message : (explained?.look ?? '');
    return { good: false, text: `The ${alert.from} ended it with ${alert.name}. ${explained?.means ?? ''}`, look };
  }
  if (failure !== null) return { good: false, text: failure.code, look: failure.message };
  if (established)
    return { good: true, text: `Established: ${[version, cipherSuite].filter(Boolean).join(', ')}`, look: '' };
  return { good: false, text: 'The handshake did not come to its end.', look: '' };
}
