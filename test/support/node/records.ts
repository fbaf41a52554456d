// Record protection over node:crypto: TLS 1.3 AEAD, TLS 1.2 AEAD and CBC. Slow and obvious, an oracle for the WASM core.

import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type { HashName } from '../../../src/crypto/hash.ts';
import type {
  CipherSuite12,
  CipherSuite13,
  OpenedRecords,
  RecordFailure,
  RecordProtection,
} from '../../../src/crypto/record_protection.ts';
import { hkdfExpand, hkdfLabel, nodeKeyDerivation } from './hash.ts';
import { type Ledger, NodeSecret } from './secret.ts';

type AeadName = 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-ccm' | 'aes-256-ccm' | 'chacha20-poly1305';

interface Aead {
  readonly cipher: AeadName;
  readonly keyLength: number;
  readonly tagLength: number;
  /** Records one key may protect (RFC 9846 §5.5). */
  readonly limit: number;
}

const gcm = (bits: 128 | 256): Aead => ({
  cipher: `aes-${bits}-gcm`,
  keyLength: bits / 8,
  tagLength: 16,
  limit: 2 ** 24.5,
});
const ccm = (bits: 128 | 256, tagLength: 8 | 16): Aead => ({
  cipher: `aes-${bits}-ccm`,
  keyLength: bits / 8,
  tagLength,
  limit: 2 ** 23,
});
const chacha: Aead = { cipher: 'chacha20-poly1305', keyLength: 32, tagLength: 16, limit: Number.MAX_SAFE_INTEGER };

function seal(aead: Aead, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const options = { authTagLength: aead.tagLength };
  const cipher = createCipheriv(aead.cipher as CipherGCMTypes, key, nonce, options);
  cipher.setAAD(aad, { plaintextLength: plaintext.length } as never);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([body, cipher.getAuthTag()]));
}

function open(aead: Aead, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): Uint8Array | null {
  if (data.length < aead.tagLength) return null;
  const body = data.subarray(0, data.length - aead.tagLength);
  const decipher = createDecipheriv(aead.cipher as CipherGCMTypes, key, nonce, { authTagLength: aead.tagLength });
  try {
    decipher.setAuthTag(data.subarray(body.length));
    decipher.setAAD(aad, { plaintextLength: body.length } as never);
    return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch {
    return null;
  }
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function xorNonce(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = Uint8Array.from(iv);
  uint64(sequence).forEach((byte, i) => {
    nonce[4 + i] ^= byte;
  });
  return nonce;
}

type Opened = { type: number; content: Uint8Array } | RecordFailure;

/** What the three kinds of protection share: cutting, joining, counting. */
abstract class NodeRecords implements RecordProtection {
  abstract readonly overhead: number;
  sequence = 0;
  readonly #limit: number;
  readonly #ledger: Ledger;
  protected disposed = false;
  protected abstract readonly maxCiphertext: number;

  constructor(ledger: Ledger, limit: number) {
    this.#ledger = ledger;
    this.#limit = limit;
    ledger.add(this);
  }

  protected abstract sealOne(sequence: number, type: number, content: Uint8Array, padding: number): Uint8Array;
  protected abstract openOne(sequence: number, header: Uint8Array, body: Uint8Array, maxPlaintext: number): Opened;

  get remaining(): number {
    return Math.max(0, Math.floor(this.#limit) - this.sequence);
  }

  sealNext(type: number, content: Uint8Array, maxFragment: number, padding = 0): Uint8Array {
    this.#alive();
    if (Math.max(1, Math.ceil(content.length / maxFragment)) > this.remaining) {
      throw new TlsError('ERR_SEQUENCE_EXHAUSTED', 'the limit of this key is reached');
    }
    const records: Uint8Array[] = [];
    let at = 0;
    do {
      records.push(this.sealOne(this.sequence++, type, content.subarray(at, at + maxFragment), padding));
      at += maxFragment;
    } while (at < content.length);
    return new Uint8Array(Buffer.concat(records));
  }

  dangerousSealAt(sequence: number, type: number, content: Uint8Array): Uint8Array {
    this.#alive();
    return this.sealOne(sequence, type, content, 0);
  }

  openNext(records: Uint8Array, maxPlaintext: number): OpenedRecords {
    this.#alive();
    const parts: Uint8Array[] = [];
    const types: number[] = [];
    let consumed = 0;
    let failure: RecordFailure | null = null;
    while (records.length - consumed >= 5) {
      const length = (records[consumed + 3] << 8) | records[consumed + 4];
      if (length > this.maxCiphertext) {
        failure = 'ERR_RECORD_OVERFLOW';
        break;
      }
      if (records.length - consumed < 5 + length) break;
      if (this.remaining === 0) {
        failure = 'ERR_SEQUENCE_EXHAUSTED';
        break;
      }
      const header = records.subarray(consumed, consumed + 5);
      const body = records.subarray(consumed + 5, consumed + 5 + length);
      const opened = this.openOne(this.sequence, header, body, maxPlaintext);
      if (typeof opened === 'string') {
        failure = opened;
        break;
      }
      this.sequence++;
      consumed += 5 + length;
      parts.push(opened.content);
      types.push(opened.type);
      if (opened.type !== 23) break;
    }
    const plaintext = new Uint8Array(Buffer.concat(parts));
    return { plaintext, types, lengths: parts.map(p => p.length), consumed, failure };
  }

  openAt(sequence: number, record: Uint8Array, maxPlaintext: number): OpenedRecords {
    this.#alive();
    const opened = this.openOne(sequence, record.subarray(0, 5), record.subarray(5), maxPlaintext);
    if (typeof opened === 'string') {
      return { plaintext: new Uint8Array(0), types: [], lengths: [], consumed: 0, failure: opened };
    }
    const { type, content } = opened;
    return { plaintext: content, types: [type], lengths: [content.length], consumed: record.length, failure: null };
  }

  dispose(): void {
    this.disposed = true;
    this.#ledger.alive.delete(this);
  }

  #alive(): void {
    if (this.disposed) throw new TlsError('ERR_STALE_HANDLE', 'the record protection was disposed of');
  }
}

const empty = (type: number, length: number): boolean => length === 0 && type !== 23;

class NodeRecords13 extends NodeRecords {
  readonly overhead: number;
  protected readonly maxCiphertext = 16384 + 256;
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;

  constructor(ledger: Ledger, aead: Aead, key: Uint8Array, iv: Uint8Array) {
    super(ledger, aead.limit);
    this.overhead = 6 + aead.tagLength;
    this.#aead = aead;
    this.#key = key;
    this.#iv = iv;
  }

  protected sealOne(sequence: number, type: number, content: Uint8Array, padding: number): Uint8Array {
    const inner = new Uint8Array(content.length + 1 + padding);
    inner.set(content);
    inner[content.length] = type;
    const length = inner.length + this.#aead.tagLength;
    const header = Uint8Array.of(23, 3, 3, length >> 8, length & 255);
    const sealed = seal(this.#aead, this.#key, xorNonce(this.#iv, sequence), header, inner);
    return new Uint8Array(Buffer.concat([header, sealed]));
  }

  protected openOne(sequence: number, header: Uint8Array, body: Uint8Array, maxPlaintext: number): Opened {
    if (header[0] !== 23) return 'ERR_UNEXPECTED_MESSAGE';
    const inner = open(this.#aead, this.#key, xorNonce(this.#iv, sequence), header, body);
    if (inner === null) return 'ERR_DECRYPTION_FAILED';
    if (inner.length > maxPlaintext + 1) return 'ERR_RECORD_OVERFLOW';
    let end = inner.length - 1;
    while (end >= 0 && inner[end] === 0) end--;
    if (end < 0 || empty(inner[end], end)) return 'ERR_UNEXPECTED_MESSAGE';
    return { type: inner[end], content: inner.slice(0, end) };
  }
}

class NodeRecords12 extends NodeRecords {
  readonly overhead: number;
  protected readonly maxCiphertext = 16384 + 2048;
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;

  constructor(ledger: Ledger, aead: Aead, key: Uint8Array, iv: Uint8Array) {
    super(ledger, aead.limit);
    this.overhead = 5 + 8 + aead.tagLength;
    this.#aead = aead;
    this.#key = key;
    this.#iv = iv;
  }

  #explicit(): boolean {
    return this.#aead.cipher !== 'chacha20-poly1305';
  }

  #aad(sequence: number, header: Uint8Array, length: number): Uint8Array {
    return Uint8Array.of(...uint64(sequence), header[0], header[1], header[2], length >> 8, length & 255);
  }

  protected sealOne(sequence: number, type: number, content: Uint8Array): Uint8Array {
    const explicit = this.#explicit() ? uint64(sequence) : new Uint8Array(0);
    const nonce = this.#explicit() ? Uint8Array.of(...this.#iv, ...explicit) : xorNonce(this.#iv, sequence);
    const length = explicit.length + content.length + this.#aead.tagLength;
    const header = Uint8Array.of(type, 3, 3, length >> 8, length & 255);
    const sealed = seal(this.#aead, this.#key, nonce, this.#aad(sequence, header, content.length), content);
    return new Uint8Array(Buffer.concat([header, explicit, sealed]));
  }

  protected openOne(sequence: number, header: Uint8Array, body: Uint8Array, maxPlaintext: number): Opened {
    const skip = this.#explicit() ? 8 : 0;
    const length = body.length - skip - this.#aead.tagLength;
    if (length < 0) return 'ERR_DECRYPTION_FAILED';
    const nonce = skip ? Uint8Array.of(...this.#iv, ...body.subarray(0, 8)) : xorNonce(this.#iv, sequence);
    const content = open(this.#aead, this.#key, nonce, this.#aad(sequence, header, length), body.subarray(skip));
    if (content === null) return 'ERR_DECRYPTION_FAILED';
    if (content.length > maxPlaintext) return 'ERR_RECORD_OVERFLOW';
    if (empty(header[0], content.length)) return 'ERR_UNEXPECTED_MESSAGE';
    return { type: header[0], content };
  }
}

interface Cbc {
  readonly keyLength: 16 | 32;
  readonly macHash: HashName;
  readonly macLength: number;
}

class NodeRecordsCbc extends NodeRecords {
  readonly overhead: number;
  protected readonly maxCiphertext = 16384 + 2048;
  readonly #cbc: Cbc;
  readonly #macKey: Uint8Array;
  readonly #key: Uint8Array;
  readonly #encryptThenMac: boolean;

  constructor(ledger: Ledger, cbc: Cbc, macKey: Uint8Array, key: Uint8Array, encryptThenMac: boolean) {
    super(ledger, Number.MAX_SAFE_INTEGER);
    this.overhead = 5 + 16 + 16 + cbc.macLength;
    this.#cbc = cbc;
    this.#macKey = macKey;
    this.#key = key;
    this.#encryptThenMac = encryptThenMac;
  }

  #mac(sequence: number, header: Uint8Array, data: Uint8Array): Uint8Array {
    const prefix = Uint8Array.of(...uint64(sequence), header[0], 3, 3, data.length >> 8, data.length & 255);
    return new Uint8Array(createHmac(this.#cbc.macHash, this.#macKey).update(prefix).update(data).digest());
  }

  protected sealOne(sequence: number, type: number, content: Uint8Array): Uint8Array {
    const header = Uint8Array.of(type, 3, 3, 0, 0);
    const iv = randomBytes(16);
    const cipher = createCipheriv(`aes-${this.#cbc.keyLength * 8}-cbc`, this.#key, iv);
    let body: Uint8Array;
    // Node pads as PKCS#7: n bytes of n; TLS pads n + 1 bytes of n. Hence the padding is written here.
    cipher.setAutoPadding(false);
    const inner = this.#encryptThenMac ? content : Buffer.concat([content, this.#mac(sequence, header, content)]);
    const pad = 16 - (inner.length % 16);
    const padded = Buffer.concat([inner, Buffer.alloc(pad, pad - 1)]);
    body = Buffer.concat([iv, cipher.update(padded), cipher.final()]);
    if (this.#encryptThenMac) body = Buffer.concat([body, this.#mac(sequence, header, body)]);
    header[3] = body.length >> 8;
    header[4] = body.length & 255;
    return new Uint8Array(Buffer.concat([header, body]));
  }

  protected openOne(sequence: number, header: Uint8Array, sealed: Uint8Array, maxPlaintext: number): Opened {
    const bad = 'ERR_DECRYPTION_FAILED';
    const mac = this.#cbc.macLength;
    let body = sealed;
    if (this.#encryptThenMac) {
      if (sealed.length < 32 + mac) return bad;
      body = sealed.subarray(0, sealed.length - mac);
      if (!timingSafeEqual(this.#mac(sequence, header, body), sealed.subarray(body.length))) return bad;
    }
    if (body.length < 32 || body.length % 16 !== 0) return bad;
    const decipher = createDecipheriv(`aes-${this.#cbc.keyLength * 8}-cbc`, this.#key, body.subarray(0, 16));
    decipher.setAutoPadding(false);
    const padded = Buffer.concat([decipher.update(body.subarray(16)), decipher.final()]);
    const pad = padded[padded.length - 1] + 1;
    if (pad > padded.length || padded.subarray(padded.length - pad).some(byte => byte !== pad - 1)) return bad;
    let content: Uint8Array = padded.subarray(0, padded.length - pad);
    if (!this.#encryptThenMac) {
      if (content.length < mac) return bad;
      const expected = content.subarray(content.length - mac);
      content = content.subarray(0, content.length - mac);
      if (!timingSafeEqual(this.#mac(sequence, header, content), expected)) return bad;
    }
    if (content.length > maxPlaintext) return 'ERR_RECORD_OVERFLOW';
    if (empty(header[0], content.length)) return 'ERR_UNEXPECTED_MESSAGE';
    return { type: header[0], content: Uint8Array.from(content) };
  }
}

export function nodeSuites13(ledger: Ledger): CipherSuite13[] {
  const suite = (id: number, name: string, aead: Aead, hash: HashName): CipherSuite13 => ({
    id,
    name,
    keyDerivation: nodeKeyDerivation(ledger, hash),
    keyLength: aead.keyLength,
    protect(trafficSecret) {
      const secret = NodeSecret.bytesOf(trafficSecret, ledger);
      const none = new Uint8Array(0);
      const key = hkdfExpand(hash, secret, hkdfLabel('key', none, aead.keyLength), aead.keyLength);
      const iv = hkdfExpand(hash, secret, hkdfLabel('iv', none, 12), 12);
      return new NodeRecords13(ledger, aead, key, iv);
    },
  });
  return [
    suite(0x1301, 'TLS_AES_128_GCM_SHA256', gcm(128), 'sha256'),
    suite(0x1302, 'TLS_AES_256_GCM_SHA384', gcm(256), 'sha384'),
    suite(0x1303, 'TLS_CHACHA20_POLY1305_SHA256', chacha, 'sha256'),
    suite(0x1304, 'TLS_AES_128_CCM_SHA256', ccm(128, 16), 'sha256'),
    suite(0x1305, 'TLS_AES_128_CCM_8_SHA256', ccm(128, 8), 'sha256'),
  ];
}

type Family12 = Pick<CipherSuite12, 'keyExchange' | 'authentication'>;

export function nodeSuites12(ledger: Ledger): CipherSuite12[] {
  const aeadSuite = (id: number, name: string, aead: Aead, hash: HashName, family: Family12): CipherSuite12 => {
    const ivLength = aead === chacha ? 12 : 4;
    return {
      id,
      name,
      ...family,
      mode: 'aead',
      keyDerivation: nodeKeyDerivation(ledger, hash),
      keyLength: aead.keyLength,
      keyBlockLength: 2 * (aead.keyLength + ivLength),
      protect(keyBlock, writer) {
        const block = NodeSecret.bytesOf(keyBlock, ledger);
        const side = writer === 'client' ? 0 : 1;
        const key = block.slice(side * aead.keyLength, (side + 1) * aead.keyLength);
        const ivs = block.subarray(2 * aead.keyLength);
        return new NodeRecords12(ledger, aead, key, ivs.slice(side * ivLength, (side + 1) * ivLength));
      },
    };
  };
  const cbcSuite = (id: number, name: string, cbc: Cbc, hash: HashName, family: Family12): CipherSuite12 => ({
    id,
    name,
    ...family,
    mode: 'cbc',
    keyDerivation: nodeKeyDerivation(ledger, hash),
    keyLength: cbc.keyLength,
    keyBlockLength: 2 * (cbc.macLength + cbc.keyLength),
    protect(keyBlock, writer, encryptThenMac) {
      const block = NodeSecret.bytesOf(keyBlock, ledger);
      const side = writer === 'client' ? 0 : 1;
      const macKey = block.slice(side * cbc.macLength, (side + 1) * cbc.macLength);
      const keys = block.subarray(2 * cbc.macLength);
      const key = keys.slice(side * cbc.keyLength, (side + 1) * cbc.keyLength);
      return new NodeRecordsCbc(ledger, cbc, macKey, key, encryptThenMac);
    },
  });
  const ecdsa: Family12 = { keyExchange: 'ecdhe', authentication: 'ecdsa' };
  const ecdheRsa: Family12 = { keyExchange: 'ecdhe', authentication: 'rsa' };
  const dheRsa: Family12 = { keyExchange: 'dhe', authentication: 'rsa' };
  const rsa: Family12 = { keyExchange: 'rsa', authentication: 'rsa' };
  const cbc = (keyLength: 16 | 32, macHash: HashName, macLength: number): Cbc => ({ keyLength, macHash, macLength });
  return [
    aeadSuite(0xc02b, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', gcm(128), 'sha256', ecdsa),
    aeadSuite(0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', gcm(128), 'sha256', ecdheRsa),
    aeadSuite(0xc02c, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', gcm(256), 'sha384', ecdsa),
    aeadSuite(0xc030, 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', gcm(256), 'sha384', ecdheRsa),
    aeadSuite(0xcca9, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', chacha, 'sha256', ecdsa),
    aeadSuite(0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', chacha, 'sha256', ecdheRsa),
    aeadSuite(0xc0ac, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM', ccm(128, 16), 'sha256', ecdsa),
    aeadSuite(0xc0ae, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', ccm(128, 8), 'sha256', ecdsa),
    aeadSuite(0x009e, 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', gcm(128), 'sha256', dheRsa),
    aeadSuite(0x009c, 'TLS_RSA_WITH_AES_128_GCM_SHA256', gcm(128), 'sha256', rsa),
    cbcSuite(0xc023, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', cbc(16, 'sha256', 32), 'sha256', ecdsa),
    cbcSuite(0xc009, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', cbc(16, 'sha1', 20), 'sha256', ecdsa),
    cbcSuite(0xc013, 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', cbc(16, 'sha1', 20), 'sha256', ecdheRsa),
    cbcSuite(0xc024, 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384', cbc(32, 'sha384', 48), 'sha384', ecdsa),
    cbcSuite(0x002f, 'TLS_RSA_WITH_AES_128_CBC_SHA', cbc(16, 'sha1', 20), 'sha256', rsa),
  ];
}
