// Finds the entries of a CRL by serial number: a hash table of offsets, some sixteen bytes for each entry, because
// a list of a million entries should neither be walked for every certificate nor become a million objects.

import { DerReader, tags } from '../asn1/der.ts';

/** Where an entry stands, and in an indirect list the one at or before it that names its issuer. */
export interface EntryPlace {
  readonly at: number;
  readonly issuerAt: number | undefined;
}

export class CrlIndex {
  readonly #der: Uint8Array;
  readonly #end: number;
  readonly #mask: number;
  /** Whoever wrote the list does not know where its serial numbers fall. */
  readonly #seed = Math.floor(Math.random() * 0x100000000);
  /** The last entry of each chain, by number from one; zero ends it. */
  readonly #heads: Uint32Array;
  /** By number of the entry: the one before it in its chain, its offset, the number of the one that names its issuer. */
  readonly #before: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #issuers: Uint32Array | undefined;

  /**
   * @param der the list @param start, end of its entries, which were checked @param size their number
   * @param namesIssuer for an indirect list: true if the entry, read up to its date, names an issuer
   */
  constructor(
    der: Uint8Array,
    start: number,
    end: number,
    size: number,
    namesIssuer: ((der: DerReader, at: number) => boolean) | undefined,
  ) {
    this.#der = der;
    this.#end = end;
    const capacity = 2 ** Math.ceil(Math.log2(size + 1));
    this.#mask = capacity - 1;
    this.#heads = new Uint32Array(capacity);
    this.#before = new Uint32Array(size + 1);
    this.#offsets = new Uint32Array(size + 1);
    if (namesIssuer !== undefined) this.#issuers = new Uint32Array(size + 1);
    const reader = new DerReader(der, start, end);
    let issuer = 0;
    for (let number = 1; !reader.done; number++) {
      const { at } = reader;
      const outer = reader.enter(tags.SEQUENCE);
      const chain = this.#chainOf(reader.integer());
      if (namesIssuer?.(reader, at)) issuer = number;
      this.#offsets[number] = at;
      this.#before[number] = this.#heads[chain];
      this.#heads[chain] = number;
      if (this.#issuers !== undefined) this.#issuers[number] = issuer;
      reader.at = reader.end;
      reader.leave(outer);
    }
  }

  /** All entries with this serial number, the last first. */
  *entries(serialNumber: Uint8Array): Generator<EntryPlace, void, undefined> {
    for (let number = this.#heads[this.#chainOf(serialNumber)]; number !== 0; number = this.#before[number]) {
      const at = this.#offsets[number];
      if (!this.#isAt(at, serialNumber)) continue;
      const issuer = this.#issuers?.[number] ?? 0;
      yield { at, issuerAt: issuer === 0 ? undefined : this.#offsets[issuer] };
    }
  }

  #isAt(at: number, serialNumber: Uint8Array): boolean {
    const reader = new DerReader(this.#der, at, this.#end);
    reader.enter(tags.SEQUENCE);
    const own = reader.integer();
    if (own.length !== serialNumber.length) return false;
    for (let i = 0; i < own.length; i++) if (own[i] !== serialNumber[i]) return false;
    return true;
  }

  #chainOf(serialNumber: Uint8Array): number {
    let hash = this.#seed ^ 0x811c9dc5;
    for (const octet of serialNumber) hash = Math.imul(hash ^ octet, 0x01000193);
    hash ^= hash >>> 15;
    return Math.imul(hash, 0x2c1b3c6d) & this.#mask;
  }
}
