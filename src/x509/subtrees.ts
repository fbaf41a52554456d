// The subtrees of one list of name constraints (RFC 5280 §4.2.1.10), ready to look names up in: each base is read once,
// and a name costs as many steps as it has labels, bits or RDNs, however many bases there are.

import type { GeneralName } from './general_name.ts';
import { splitMailbox } from './mailbox.ts';
import type { Name } from './name.ts';
import { isDnsName, lowerAscii } from './server_identity.ts';

/** A name as constraints see it. */
export type ConstrainedForm =
  | { readonly kind: 'dns' | 'uri'; readonly host: string }
  | { readonly kind: 'email'; readonly host: string; readonly local: string }
  | { readonly kind: 'ip'; readonly address: Uint8Array }
  | { readonly kind: 'directory'; readonly name: Name };

/** One RDN of directory bases and what follows. */
interface Branch {
  base: GeneralName | undefined;
  readonly next: Map<string, Branch>;
}

/** Addresses from `low` to `high`, as text of one character an octet. */
interface AddressRange {
  readonly low: string;
  readonly high: string;
  readonly base: GeneralName;
}

export class Subtrees {
  readonly #kinds = new Map<GeneralName['type'], GeneralName[]>();
  /** By kind: a base with which nothing can be compared. */
  readonly #odd = new Map<GeneralName['type'], GeneralName>();
  /** "dns example.com", "uri .example.com", "email local@host", ... */
  readonly #texts = new Map<string, GeneralName>();
  /** Domains whose "*" stands for an excluded host. */
  readonly #wildcards = new Map<string, GeneralName>();
  readonly #directories: Branch = { base: undefined, next: new Map() };
  readonly #ranges: Record<number, AddressRange[]> = { 4: [], 16: [] };

  constructor(bases: readonly GeneralName[]) {
    for (const base of bases) {
      const { type } = base;
      const same = this.#kinds.get(type);
      if (same === undefined) this.#kinds.set(type, [base]);
      else same.push(base);
      if (!this.#add(base) && !this.#odd.has(type)) this.#odd.set(type, base);
    }
    for (const length of [4, 16]) this.#ranges[length] = merged(this.#ranges[length]);
  }

  /** True if names of this kind are constrained at all. */
  constrains(kind: GeneralName['type']): boolean {
    return this.#kinds.has(kind);
  }

  /** A base that makes every name of the kind undecidable, if there is one; otherwise, for messages, any of them. */
  odd(kind: GeneralName['type']): GeneralName | undefined {
    return this.#odd.get(kind);
  }

  any(kind: GeneralName['type']): GeneralName {
    return this.#kinds.get(kind)![0];
  }

  /** The base in whose subtree the name lies. */
  find(form: ConstrainedForm): GeneralName | undefined {
    switch (form.kind) {
      case 'ip':
        return this.#findAddress(form.address);
      case 'directory':
        return this.#findDirectory(form.name);
      case 'email':
        return this.#texts.get(`email ${form.local}@${form.host}`) ?? this.#findHost('email', form.host);
      default:
        return this.#findHost(form.kind, form.host);
    }
  }

  /** *.example.com stands for host.example.com as well: if that is excluded, the wildcard must not slip through. */
  findWildcard(form: ConstrainedForm): GeneralName | undefined {
    return form.kind === 'dns' && form.host.startsWith('*.') ? this.#wildcards.get(form.host.slice(2)) : undefined;
  }

  /** False for a base that is malformed or of a kind without a rule. */
  #add(base: GeneralName): boolean {
    switch (base.type) {
      case 'dns':
      case 'uri':
      case 'email':
        return this.#addText(base.type, base.value, base);
      case 'ip':
        return this.#addRange(base.value, base);
      case 'directory':
        return this.#addDirectory(base.name, base);
      default:
        return false;
    }
  }

  #addText(kind: 'dns' | 'uri' | 'email', value: string, base: GeneralName): boolean {
    if (kind === 'email' && value.includes('@')) {
      const mailbox = splitMailbox(value);
      if (mailbox !== undefined) this.#texts.set(`email ${mailbox.local}@${mailbox.host}`, base);
      return mailbox !== undefined;
    }
    const tree = lowerAscii(value);
    // A leading dot is no DNS name; OpenSSL's users write it all the same and mean "at least one label more".
    const host = tree.startsWith('.') ? tree.slice(1) : tree;
    if (tree !== '' && !isDnsName(host, { underscores: kind === 'dns' })) return false;
    this.#texts.set(`${kind} ${tree}`, base);
    const dot = host.indexOf('.');
    if (kind === 'dns' && dot >= 0) this.#wildcards.set(host.slice(dot + 1), base);
    return true;
  }

  #findHost(kind: 'dns' | 'uri' | 'email', host: string): GeneralName | undefined {
    const found = this.#texts.get(`${kind} `) ?? this.#texts.get(`${kind} ${host}`);
    if (found !== undefined) return found;
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const below = this.#texts.get(`${kind} ${host.slice(dot)}`);
      // Without the dot the subtree has the names below for DNS names only (§4.2.1.10).
      const domain = below ?? (kind === 'dns' ? this.#texts.get(`${kind} ${host.slice(dot + 1)}`) : undefined);
      if (domain !== undefined) return domain;
    }
    return undefined;
  }

  #addRange(value: Uint8Array, base: GeneralName): boolean {
    if (!isAddressRange(value)) return false;
    const length = value.length / 2;
    const low = Array.from({ length }, (_, i) => value[i] & value[length + i]);
    const high = low.map((octet, i) => octet | (~value[length + i] & 0xff));
    this.#ranges[length].push({ low: String.fromCharCode(...low), high: String.fromCharCode(...high), base });
    return true;
  }

  #findAddress(address: Uint8Array): GeneralName | undefined {
    const ranges = this.#ranges[address.length];
    const wanted = String.fromCharCode(...address);
    let from = 0;
    let to = ranges.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (ranges[middle].high < wanted) from = middle + 1;
      else to = middle;
    }
    return from < ranges.length && ranges[from].low <= wanted ? ranges[from].base : undefined;
  }

  #addDirectory(name: Name, base: GeneralName): boolean {
    // With octets that are no text it has no subtree that could be told from others.
    if (!name.readable) return false;
    let branch = this.#directories;
    for (const rdn of name.canonical) {
      let next = branch.next.get(rdn);
      if (next === undefined) branch.next.set(rdn, (next = { base: undefined, next: new Map() }));
      branch = next;
    }
    branch.base ??= base;
    return true;
  }

  #findDirectory(name: Name): GeneralName | undefined {
    let branch: Branch | undefined = this.#directories;
    for (const rdn of name.canonical) {
      if (branch.base !== undefined) return branch.base;
      branch = branch.next.get(rdn);
      if (branch === undefined) return undefined;
    }
    return branch.base;
  }
}

/** In ascending order, those inside of others left out: ranges of prefixes never overlap otherwise. */
function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : a.high > b.high ? -1 : 1));
  const kept: AddressRange[] = [];
  for (const range of sorted) {
    const last = kept[kept.length - 1];
    if (last === undefined || range.low > last.high) kept.push(range);
  }
  return kept;
}

/** True for 8 or 32 octets, an address and a mask of leading ones (RFC 4632). */
export function isAddressRange(base: Uint8Array): boolean {
  if (base.length !== 8 && base.length !== 32) return false;
  let ended = false;
  for (let i = base.length / 2; i < base.length; i++) {
    const mask = base[i];
    if ((ended && mask !== 0) || !isPrefix(mask)) return false;
    if (mask !== 0xff) ended = true;
  }
  return true;
}

function isPrefix(mask: number): boolean {
  const inverse = ~mask & 0xff;
  return (inverse & (inverse + 1)) === 0;
}
