// The directory of a small CA: ca.crt, ca.key, index.json (what was issued, what was revoked, the number of the last list),
// issued/ with every certificate by its serial number, templates/. One process writes at a time; files are replaced whole.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Certificate,
  formatPem,
  generalNameText,
  type PrivateKey,
  parseCertificate,
  type SigningIssuer,
  samePublicKey,
  TlsError,
} from '../x509.ts';
import { readInput, writeSecret } from './files.ts';
import { readKey } from './objects.ts';

/** What was issued. Times are those of RFC 3339. */
export interface IssuedEntry {
  readonly serialNumber: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuedAt: string;
  readonly revoked?: { readonly at: string; readonly reason: string };
  /** Serial number of the certificate that took its place. */
  readonly renewedBy?: string;
}

interface Index {
  readonly version: 1;
  /** Number of the last CRL; 0 before the first. */
  readonly crlNumber: number;
  readonly issued: readonly IssuedEntry[];
}

const INDEX_VERSION = 1;

export class CaStore {
  readonly directory: string;
  readonly certificate: Certificate;
  #index: Index;

  constructor(directory: string, certificate: Certificate, index: Index) {
    this.directory = directory;
    this.certificate = certificate;
    this.#index = index;
  }

  /** Makes a directory with everything in it. @throws ERR_INVALID_ARGUMENT if there is a CA already */
  static create(directory: string, certificate: Certificate, writeKey: (file: string) => void): CaStore {
    if (existsSync(join(directory, 'ca.crt')) || existsSync(join(directory, 'index.json'))) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${directory} holds a CA already`);
    }
    for (const each of ['', 'issued', 'templates']) mkdirSync(join(directory, each), { recursive: true });
    writeKey(join(directory, 'ca.key'));
    writeFileSync(join(directory, 'ca.crt'), formatPem('CERTIFICATE', certificate.der));
    const store = new CaStore(directory, certificate, { version: INDEX_VERSION, crlNumber: 0, issued: [] });
    store.#save();
    return store;
  }

  /** @throws ERR_INVALID_ARGUMENT if there is no CA */
  static open(directory: string): CaStore {
    const file = join(directory, 'index.json');
    if (!existsSync(file))
      throw new TlsError('ERR_INVALID_ARGUMENT', `${directory} holds no CA: "castls ca init" makes one`);
    let index: Index;
    try {
      index = JSON.parse(readFileSync(file, 'utf8'));
    } catch (cause) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is no JSON: ${(cause as Error).message}`, { cause });
    }
    if (index?.version !== INDEX_VERSION || !Array.isArray(index.issued)) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is not the index of a CA of this version`);
    }
    return new CaStore(directory, parseCertificate(readInput(join(directory, 'ca.crt'))), index);
  }

  /** Runs `work` while nobody else writes to the directory. @throws ERR_INVALID_STATE if somebody does */
  static async writing<T>(directory: string, work: (store: CaStore) => Promise<T>): Promise<T> {
    const lock = join(directory, '.lock');
    let file: number;
    try {
      file = openSync(lock, 'wx');
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'EEXIST') {
        throw new TlsError('ERR_INVALID_ARGUMENT', `${directory} cannot be written to: ${(cause as Error).message}`, {
          cause,
        });
      }
      throw new TlsError('ERR_INVALID_STATE', `another command writes to ${directory}; if none does, remove ${lock}`);
    }
    try {
      closeSync(file);
      return await work(CaStore.open(directory));
    } finally {
      rmSync(lock, { force: true });
    }
  }

  get issued(): readonly IssuedEntry[] {
    return this.#index.issued;
  }

  get crlNumber(): number {
    return this.#index.crlNumber;
  }

  /** The CA with its key, which `dispose` gives back. */
  async issuer(passphrase: string | undefined): Promise<{ issuer: SigningIssuer; dispose(): void }> {
    const key: PrivateKey = await readKey(join(this.directory, 'ca.key'), { passphrase });
    if (!samePublicKey(key.publicKey, this.certificate.publicKey)) {
      key.dispose();
      throw new TlsError('ERR_INVALID_STATE', `ca.key in ${this.directory} is not the key of ca.crt`);
    }
    return { issuer: { certificate: this.certificate, key }, dispose: () => key.dispose() };
  }

  /** Keeps a certificate and its entry; the certificate is there before the entry is. */
  add(certificate: Certificate, renews?: string): IssuedEntry {
    const entry = entryOf(certificate);
    writeFileSync(this.fileOf(entry), formatPem('CERTIFICATE', certificate.der));
    const issued = this.issued.map(each =>
      each.serialNumber === renews ? { ...each, renewedBy: entry.serialNumber } : each,
    );
    this.#index = { ...this.#index, issued: [...issued, entry] };
    this.#save();
    return entry;
  }

  /** @throws ERR_INVALID_ARGUMENT if it is revoked already */
  revoke(entry: IssuedEntry, reason: string): void {
    if (entry.revoked !== undefined) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${entry.serialNumber} was revoked at ${entry.revoked.at} already`);
    }
    const revoked = { at: now(), reason };
    const issued = this.issued.map(each => (each === entry ? { ...each, revoked } : each));
    this.#index = { ...this.#index, issued };
    this.#save();
  }

  /** The number of the next list, which is taken with that. */
  takeCrlNumber(): number {
    this.#index = { ...this.#index, crlNumber: this.#index.crlNumber + 1 };
    this.#save();
    return this.#index.crlNumber;
  }

  fileOf(entry: IssuedEntry): string {
    return join(this.directory, 'issued', `${entry.serialNumber}.crt`);
  }

  /** The entry of a serial number in hex, a certificate file, or a name. @throws ERR_INVALID_ARGUMENT for none or several */
  find(what: string): IssuedEntry {
    const serial = existsSync(what)
      ? serialOf(parseCertificate(readInput(what)))
      : what.replace(/:/g, '').toLowerCase();
    const exact = this.issued.find(each => each.serialNumber === serial);
    if (exact !== undefined) return exact;
    const live = this.issued.filter(
      each =>
        each.revoked === undefined &&
        (each.names.some(name => name.replace(/^\w+:/, '') === what) || each.subject === what),
    );
    if (live.length === 1) return live[0];
    const many = live.length === 0 ? 'nothing' : `${live.length} certificates`;
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `the index has ${many} for ${what}: give a file, or a serial number of "castls ca list"`,
    );
  }

  #save(): void {
    const file = join(this.directory, 'index.json');
    // Names of servers are nobody else's business.
    writeSecret(`${file}.new`, Buffer.from(`${JSON.stringify(this.#index, null, 1)}\n`));
    renameSync(`${file}.new`, file);
  }
}

export function serialOf(certificate: Certificate): string {
  return Buffer.from(certificate.serialNumber).toString('hex');
}

function now(): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
}

function entryOf(certificate: Certificate): IssuedEntry {
  return {
    serialNumber: serialOf(certificate),
    subject: certificate.subject.toString(),
    names: (certificate.subjectAltName ?? []).map(generalNameText),
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    issuedAt: now(),
  };
}
