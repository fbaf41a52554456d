// The stranger of the cost table: connections of castls brought into a state, and records that follow no rule but those of
// the encryption, made without castls.

import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';

const fixture = name => readFileSync(join(root, 'test/fixtures', name), 'utf8');
export const ca = fixture('ca.crt');
export const pair = name => ({ cert: fixture(`${name}.crt`), key: fixture(`${name}.key`) });

const number = (value, length) => {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
};
export const u8 = value => number(value, 1);
export const u16 = value => number(value, 2);
/** A vector with a length of so many bytes before it. */
export const vector = (prefix, ...content) => {
  const body = Buffer.concat(content.map(part => Buffer.from(part)));
  return Buffer.concat([number(body.length, prefix), body]);
};
export const extension = (type, ...content) => Buffer.concat([u16(type), vector(2, ...content)]);
export const message = (type, ...content) => Buffer.concat([u8(type), vector(3, ...content)]);

/** As many items as fit into `bytes`. */
export function fill(bytes, item) {
  const items = [];
  for (let at = 0, i = 0; ; i++) {
    const next = item(i);
    at += next.length;
    if (at > bytes) return Buffer.concat(items);
    items.push(next);
  }
}

/** Records of a content in the clear. */
export function plain(type, content, version = 0x0303) {
  const records = [];
  for (let at = 0; at < content.length || at === 0; at += 16_384) {
    const part = content.subarray(at, at + 16_384);
    records.push(u8(type), u16(version), vector(2, part));
  }
  return Buffer.concat(records);
}

function expand(secret, label, length) {
  const info = Buffer.concat([u16(length), vector(1, Buffer.from(`tls13 ${label}`)), u8(0), u8(1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/** Seals records of TLS_AES_128_GCM_SHA256 from a traffic secret on (RFC 9846 §5.2, §7.3). */
export class Sealer {
  constructor(secret) {
    this.use(secret);
  }

  use(secret) {
    this.secret = secret;
    this.key = expand(secret, 'key', 16);
    this.iv = expand(secret, 'iv', 12);
    this.sequence = 0;
  }

  /** The next generation of the secret. */
  update() {
    this.use(expand(this.secret, 'traffic upd', 32));
  }

  seal(type, content) {
    const records = [];
    for (let at = 0; at < content.length || at === 0; at += 16_384) {
      const inner = Buffer.concat([content.subarray(at, at + 16_384), u8(type)]);
      const header = Buffer.concat([u8(23), u16(0x0303), u16(inner.length + 16)]);
      const nonce = Buffer.from(this.iv);
      nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.sequence++) >>> 0, 8);
      const cipher = createCipheriv('aes-128-gcm', this.key, nonce).setAAD(header);
      records.push(header, cipher.update(inner), cipher.final(), cipher.getAuthTag());
    }
    return Buffer.concat(records);
  }
}

/** Seals records of TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 behind the Finished of its side (RFC 5246 §6.3, RFC 5288 §3). */
export class Sealer12 {
  /** @param side who seals */
  constructor(side, master, clientRandom, serverRandom) {
    const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom]);
    const block = [];
    for (let a = seed, i = 0; i < 2; i++) {
      a = createHmac('sha256', master).update(a).digest();
      block.push(createHmac('sha256', master).update(a).update(seed).digest());
    }
    const keys = Buffer.concat(block);
    const at = side === 'client' ? 0 : 1;
    this.key = keys.subarray(16 * at, 16 * at + 16);
    this.salt = keys.subarray(32 + 4 * at, 36 + 4 * at);
    this.sequence = 1;
  }

  seal(type, content) {
    const sequence = Buffer.alloc(8);
    sequence.writeUInt32BE(this.sequence++, 4);
    const header = Buffer.concat([u8(type), u16(0x0303)]);
    const cipher = createCipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, sequence]));
    cipher.setAAD(Buffer.concat([sequence, header, u16(content.length)]));
    const sealed = Buffer.concat([sequence, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    return Buffer.concat([header, vector(2, sealed)]);
  }
}

export const TLS13 = { minVersion: 'TLSv1.3', cipherSuites: ['TLS_AES_128_GCM_SHA256'] };
export const TLS12 = { maxVersion: 'TLSv1.2' };

/** Both ends of a connection in memory, and who could read it. */
export function ends(castls, { client = {}, server = {}, version = TLS13, target = {} } = {}) {
  const log = [];
  const keyLog = line => log.push(line);
  const verifier = castls.peerVerifier({ ca });
  const clientConfig = castls.clientConfig({ verifier, keyLog, ...version, ...client });
  const serverConfig = castls.serverConfig({
    credentials: [castls.credential(pair('server_p256'))],
    keyLog,
    ...version,
    ...server,
  });
  return {
    client: new castls.Connection(clientConfig.settings({ serverName: 'example.test', ...target }), clientConfig),
    server: new castls.Connection(serverConfig.settings(), serverConfig),
    sealer: label => new Sealer(Buffer.from(log.find(line => line.startsWith(`${label} `)).split(' ')[2], 'hex')),
    log,
  };
}

/** What one end has to say, in one piece. */
export const output = connection => Buffer.concat(connection.takeOutput());

/** Moves bytes until both are silent. */
export function pump({ client, server }) {
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      const bytes = output(from);
      if (bytes.length === 0) continue;
      moved = true;
      to.receive(bytes);
    }
    for (const end of [client, server]) while (end.nextEvent() !== null);
  }
}

/** The records of one content type. */
export function recordsOf(bytes, type) {
  const records = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 5 + bytes.readUInt16BE(at + 3);
    if (bytes[at] === type) records.push(bytes.subarray(at, at + length));
    at += length;
  }
  return records;
}

/** The handshake messages of plaintext records. */
export function messagesOf(bytes) {
  const content = Buffer.concat(recordsOf(bytes, 22).map(record => record.subarray(5)));
  const messages = [];
  for (let at = 0; at < content.length; ) {
    const length = 4 + content.readUIntBE(at + 1, 3);
    messages.push(content.subarray(at, at + length));
    at += length;
  }
  return messages;
}
