// What a CA may name (RFC 5280 §4.2.1.10), written so that what is not mentioned is not free.

import { TlsError } from '../../base/errors.ts';
import { listOf, oneOf, readOptions, rule } from '../../base/options.ts';
import type { NameConstraints } from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import { nameSubtree } from './general_name.ts';

/** Name constraints. Subtrees also as text, see `nameSubtree`. */
export interface Confinement {
  readonly permitted?: readonly (string | GeneralName)[];
  readonly excluded?: readonly (string | GeneralName)[];
  /**
   * What becomes of the other kinds among DNS names, IP addresses, mailboxes and URIs as soon as one of the four is
   * permitted: a constraint binds its own kind alone, so a CA that may name "example.com" could still name every address and
   * every mailbox. Default "exclude": nothing of them is allowed. "free" leaves them open.
   */
  readonly otherKinds?: 'exclude' | 'free';
}

const subtree = rule<string | GeneralName>(
  'a subtree as text or a GeneralName',
  value => typeof value === 'string' || (typeof value === 'object' && value !== null && 'type' in value),
);
const table = { permitted: listOf(subtree), excluded: listOf(subtree), otherKinds: oneOf('exclude', 'free') } as const;

/** A host that nobody has (RFC 6761 §6.4). */
const NOBODY = 'invalid';

const kinds = ['dns', 'ip', 'email', 'uri'] as const;

/** @throws ERR_INVALID_ARGUMENT */
export function subtreesOf(given: Confinement): NameConstraints {
  const { permitted = [], excluded = [], otherKinds = 'exclude' } = readOptions('name constraints', table, given);
  const allowed = permitted.map(nameSubtree);
  const forbidden = excluded.map(nameSubtree);
  if (allowed.length + forbidden.length === 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'name constraints without any subtree (RFC 5280 §4.2.1.10)');
  }
  const has = (list: readonly GeneralName[], kind: string) => list.some(({ type }) => type === kind);
  if (otherKinds === 'free' || !kinds.some(kind => has(allowed, kind)))
    return { permitted: allowed, excluded: forbidden };
  for (const kind of kinds) {
    if (has(allowed, kind) || has(forbidden, kind)) continue;
    close(kind, allowed, forbidden);
  }
  return { permitted: allowed, excluded: forbidden };
}

/**
 * Adds what leaves nothing of a kind. All DNS names and all addresses have a subtree (CABF BR §7.1.2.5.2); for mailboxes
 * and URIs RFC 5280 has none and verifiers do not agree on the empty one, so that only a host which nobody has is allowed.
 */
function close(kind: (typeof kinds)[number], permitted: GeneralName[], excluded: GeneralName[]): void {
  if (kind === 'dns') excluded.push({ type: 'dns', value: '' });
  else if (kind === 'ip') {
    excluded.push({ type: 'ip', value: new Uint8Array(8) }, { type: 'ip', value: new Uint8Array(32) });
  } else permitted.push({ type: kind, value: NOBODY });
}
