// What the threads and processes of one program say to each other: questions to the one that keeps things, and its answers.
// Bytes are base64, because the channel of node:cluster carries JSON.

/** Marks the messages of castls among those of the application. */
const MARK = 'castls fleet';

export type Operation = 'ping' | 'keys' | 'replaceKeys' | 'set' | 'get' | 'take' | 'claim';

export interface Question {
  readonly mark: typeof MARK;
  readonly fleet: string;
  /** Who asks, and which question of it this is. */
  readonly from: string;
  readonly number: number;
  readonly operation: Operation;
  readonly given: readonly (string | number)[];
}

export interface Answer {
  readonly mark: typeof MARK;
  readonly fleet: string;
  readonly to: string;
  readonly number: number;
  /** Undefined where it failed. */
  readonly answer: unknown;
  readonly failed: boolean;
}

/** There are other ticket keys. */
export interface News {
  readonly mark: typeof MARK;
  readonly fleet: string;
  readonly news: 'keys';
}

export type Message = Question | Answer | News;

/** The message of this fleet in what came; null if it is something else, the application's for instance. */
export function messageOf(given: unknown, fleet: string): Message | null {
  if (typeof given !== 'object' || given === null) return null;
  const message = given as Partial<Message>;
  return message.mark === MARK && message.fleet === fleet ? (given as Message) : null;
}

export function question(
  fleet: string,
  from: string,
  number: number,
  operation: Operation,
  given: readonly (string | number)[],
): Question {
  return { mark: MARK, fleet, from, number, operation, given };
}

export function answerTo({ fleet, from, number }: Question, answer: unknown, failed: boolean): Answer {
  return { mark: MARK, fleet, to: from, number, answer, failed };
}

export function news(fleet: string): News {
  return { mark: MARK, fleet, news: 'keys' };
}

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A copy of its own, which the caller may wipe. */
export const fromBase64 = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), 'base64'));
