// Key logs (RFC 9850): lines of "LABEL client_random secret". They open the records of connections, and are as secret as these.

/** The labels that open records. */
export type SecretLabel =
  | 'CLIENT_RANDOM'
  | 'CLIENT_EARLY_TRAFFIC_SECRET'
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0';

/** A line, or what stands in its place in a file, cannot be longer. */
const MAX_LINE = 1024;

/** Secrets of any number of connections, by label and client random. */
export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();
  readonly lines: string[] = [];

  /** @param text lines; what is no secret, comments above all, is passed over */
  constructor(text = '') {
    for (const line of text.split(/\r?\n/)) this.add(line);
  }

  get size(): number {
    return this.#secrets.size;
  }

  /** @returns false for what is no line of a key log */
  add(line: string): boolean {
    const match = line.length <= MAX_LINE && /^([A-Z0-9_]+) ([0-9a-fA-F]{64}) ((?:[0-9a-fA-F]{2})+)\s*$/.exec(line);
    if (!match) return false;
    this.#secrets.set(`${match[1]} ${match[2].toLowerCase()}`, fromHex(match[3]));
    this.lines.push(line.trimEnd());
    return true;
  }

  /** @param clientRandom in lower-case hex */
  find(label: string, clientRandom: string): Uint8Array | undefined {
    return this.#secrets.get(`${label} ${clientRandom}`);
  }

  /** The lines of one connection. @param clientRandom in lower-case hex */
  linesOf(clientRandom: string): string[] {
    return this.lines.filter(line => line.split(' ')[1]?.toLowerCase() === clientRandom);
  }
}

export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
