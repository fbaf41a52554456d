// The TLS 1.3 traces of RFC 8448 as the handshake sees them: from the key shares and messages follow transcript, key
// schedule, Finished, binders, tickets, signatures and whole records. rfc8448.ts checks what lies below.

import type { KeyExchange } from '../../../src/crypto/key_exchange.ts';
import type { Secret } from '../../../src/crypto/secret.ts';
import { requireSchemeFitsKey } from '../../../src/handshake/authentication/signature_schemes.ts';
import { Transcript } from '../../../src/handshake/flow/transcript.ts';
import { makeBinder } from '../../../src/handshake/hello/psk13.ts';
import { KeySchedule13, ticketPsk, verifyData } from '../../../src/handshake/key_schedule/key_schedule13.ts';
import { certificateVerifyContent } from '../../../src/handshake/tls13/authentication13.ts';
import { ContentType } from '../../../src/registry/content_types.ts';
import { HandshakeType } from '../../../src/registry/handshake_types.ts';
import { p256Verifier, secp256r1Group } from '../../../src/wasm/p256.ts';
import { wasmProvider } from '../../../src/wasm/provider.ts';
import { rsaVerifier } from '../../../src/wasm/rsa.ts';
import { x25519Group } from '../../../src/wasm/x25519.ts';
import { parseCertificate13, parseCertificateVerify } from '../../../src/wire/certificate.ts';
import { isHelloRetryRequest, parseServerHello } from '../../../src/wire/server_hello.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import type { Report } from '../report.ts';

export interface TraceStep {
  readonly actor: string;
  readonly name: string;
  readonly values: ReadonlyMap<string, Uint8Array>;
}

const provider = wasmProvider(testCore());
// All traces negotiate TLS_AES_128_GCM_SHA256.
const suite = provider.cipherSuites13.find(candidate => candidate.id === 0x1301) as (typeof provider.cipherSuites13)[0];
const { keyDerivation } = suite;
const groups = { x25519: x25519Group(testCore()), 'P-256': secp256r1Group(testCore()) };
// Most certificates of the RFC have RSA keys of 1,024 bits, which the product refuses.
const verifiers = [rsaVerifier(testCore(), { dangerousMinimumBits: 1024 }), p256Verifier(testCore())];

const contentTypes: Record<string, number> = {
  'send handshake record': ContentType.handshake,
  'send alert record': ContentType.alert,
  'send application_data record': ContentType.application_data,
};

/** One trace from its first message to its last. */
export async function checkHandshakeTrace(section: string, steps: readonly TraceStep[], report: Report): Promise<void> {
  const trace = new Trace(section, report);
  for (const step of steps) await trace.take(step);
  trace.finish();
}

class Trace {
  readonly #section: string;
  readonly #report: Report;
  readonly #transcript = new Transcript();
  readonly #shares = new Map<string, { exchange: KeyExchange; share: Uint8Array }>();
  /** Traffic secrets by their bytes, with the sequence number of their next record. */
  readonly #traffic = new Map<string, { secret: Secret; sequence: number }>();
  #schedule: KeySchedule13 | null = null;
  #stage: 'early' | 'handshake' | 'main' = 'early';
  #psk: Secret | null = null;
  /** The server's public key first, then the client's. */
  #certificates: Record<string, Uint8Array> = {};
  #helloWaits = false;

  constructor(section: string, report: Report) {
    this.#section = section;
    this.#report = report;
    this.#transcript.choose(keyDerivation.hash);
  }

  async take(step: TraceStep): Promise<void> {
    const { name, values } = step;
    const id = `§${this.#section} ${step.actor}: ${name} (handshake)`;
    const keyPair = /^create an ephemeral (x25519|P-256) key pair$/.exec(name);
    const construct = /^construct an? (\w+) handshake message$/.exec(name);
    const derive = /^derive secret "tls13 ([\w ]+)"$/.exec(name);
    if (keyPair) await this.#takeKeyPair(id, step.actor, keyPair[1] as 'x25519', values);
    else if (construct) await this.#takeMessage(id, step.actor, construct[1], values.get(construct[1]) as Uint8Array);
    else if (name.startsWith('extract secret')) await this.#takeExtract(id, name, values);
    else if (derive) this.#takeDerive(id, derive[1], values);
    else if (name.startsWith('calculate finished')) this.#takeFinished(id, values);
    else if (name === 'calculate PSK binder') this.#takeBinder(id, values);
    else if (name.startsWith('generate resumption secret')) this.#takeTicket(id, values);
    else if (name.startsWith('send ')) this.#takeRecord(id, name, values);
  }

  finish(): void {
    this.#schedule?.dispose();
    this.#psk?.dispose();
    this.#transcript.dispose();
    for (const { secret } of this.#traffic.values()) secret.dispose();
    for (const { exchange } of this.#shares.values()) exchange.dispose();
  }

  #check(id: string, actual: Uint8Array, expected: Uint8Array | undefined): void {
    this.#report.check(id, expected !== undefined && hex(actual) === hex(expected), `gives ${hex(actual)}`);
  }

  async #takeKeyPair(id: string, actor: string, name: keyof typeof groups, values: TraceStep['values']): Promise<void> {
    const exchange = await groups[name].generate(target => target.set(values.get('private key') as Uint8Array));
    this.#check(id, exchange.share, values.get('public key'));
    this.#shares.set(actor, { exchange, share: exchange.share });
  }

  async #takeMessage(id: string, actor: string, name: string, message: Uint8Array): Promise<void> {
    if (name === 'NewSessionTicket') return;
    const length = 4 + ((message[1] << 16) | (message[2] << 8) | message[3]);
    // A ClientHello without its binders: the record brings them.
    this.#helloWaits = message.length < length;
    if (this.#helloWaits) return;
    if (name === 'CertificateVerify') await this.#checkSignature(id, actor as 'client', message);
    if (name === 'Certificate') {
      this.#certificates[actor] = parseCertificate13(message.subarray(4)).entries[0].data;
    }
    const retry = name === 'ServerHello' && isHelloRetryRequest(parseServerHello(message.subarray(4)));
    if (retry) this.#transcript.foldFirstHello();
    this.#transcript.add(message);
  }

  async #checkSignature(id: string, actor: 'client' | 'server', message: Uint8Array): Promise<void> {
    const { algorithm, signature } = parseCertificateVerify(message.subarray(4));
    const { publicKey } = parseCertificate(this.#certificates[actor]);
    const parameters = requireSchemeFitsKey(algorithm, publicKey, '1.3');
    const verifier = verifiers.find(candidate => candidate.handles(publicKey, parameters));
    if (verifier === undefined) return this.#report.fail(id, `no verifier for ${publicKey.type}`);
    const content = certificateVerifyContent(actor, this.#transcript.digest());
    const valid = await verifier.verify(publicKey, parameters, content, signature);
    this.#report.check(id, valid, 'the signature does not verify');
    content[content.length - 1] ^= 1;
    const forged = await verifier.verify(publicKey, parameters, content, signature);
    this.#report.check(id, !forged, 'the signature verifies another transcript');
  }

  async #takeExtract(id: string, name: string, values: TraceStep['values']): Promise<void> {
    if (name === 'extract secret "early"') {
      const material = values.get('IKM') as Uint8Array;
      this.#psk = material.some(byte => byte !== 0) ? provider.importSecret(material) : null;
      this.#schedule ??= new KeySchedule13(keyDerivation, this.#psk);
    } else if (name === 'extract secret "handshake"' && this.#stage === 'early') {
      const client = this.#shares.get('client');
      const server = this.#shares.get('server');
      if (client === undefined || server === undefined) return this.#report.fail(id, 'no key shares');
      const shared = await client.exchange.complete(server.share);
      const other = await server.exchange.complete(client.share);
      this.#check(id, provider.dangerousReveal(shared), values.get('IKM'));
      this.#check(id, provider.dangerousReveal(other), values.get('IKM'));
      this.#schedule?.enterHandshake(shared);
      this.#stage = 'handshake';
      shared.dispose();
      other.dispose();
    }
  }

  #takeDerive(id: string, label: string, values: TraceStep['values']): void {
    const transcript = this.#transcript.digest();
    this.#check(`${id} transcript`, transcript, values.get('hash'));
    const secret = this.#derive(label, transcript);
    const bytes = provider.dangerousReveal(secret);
    this.#check(id, bytes, values.get('expanded'));
    if (label.endsWith('traffic')) this.#traffic.set(hex(bytes), { secret, sequence: 0 });
    else secret.dispose();
  }

  #derive(label: string, transcript: Uint8Array): Secret {
    const schedule = this.#schedule as KeySchedule13;
    if (this.#stage === 'handshake' && !label.endsWith('hs traffic')) {
      schedule.enterMain();
      this.#stage = 'main';
    }
    const one = ({ client, server }: { client: Secret; server: Secret }): Secret => {
      const [wanted, unwanted] = label.startsWith('c ') ? [client, server] : [server, client];
      unwanted.dispose();
      return wanted;
    };
    switch (label) {
      case 'c e traffic':
        return schedule.earlyTraffic(transcript);
      case 'e exp master':
        return schedule.earlyExporter(transcript);
      case 'exp master':
        return schedule.exporter(transcript);
      case 'res master':
        return schedule.resumption(transcript);
      default:
        return one(
          label.endsWith('hs traffic')
            ? schedule.handshakeTraffic(transcript)
            : schedule.applicationTraffic(transcript),
        );
    }
  }

  #takeFinished(id: string, values: TraceStep['values']): void {
    const base = provider.importSecret(values.get('PRK') as Uint8Array);
    this.#check(id, verifyData(keyDerivation, base, this.#transcript.digest()), values.get('finished'));
    base.dispose();
  }

  #takeBinder(id: string, values: TraceStep['values']): void {
    const transcript = this.#transcript.digestWith(values.get('ClientHello prefix') as Uint8Array);
    this.#check(id, transcript, values.get('binder hash'));
    const binder = makeBinder(keyDerivation, this.#psk as Secret, 'resumption', transcript);
    this.#check(id, binder, values.get('finished'));
  }

  #takeTicket(id: string, values: TraceStep['values']): void {
    const resumption = provider.importSecret(values.get('PRK') as Uint8Array);
    const psk = ticketPsk(keyDerivation, resumption, values.get('hash') as Uint8Array);
    this.#check(id, provider.dangerousReveal(psk), values.get('expanded'));
    resumption.dispose();
    psk.dispose();
  }

  /** A record opens under one of the traffic secrets, and its content seals to the same bytes. */
  #takeRecord(id: string, name: string, values: TraceStep['values']): void {
    const payload = values.get('payload') as Uint8Array;
    const record = values.get('complete record') as Uint8Array;
    if (this.#helloWaits && payload[0] === HandshakeType.client_hello) {
      this.#helloWaits = false;
      this.#transcript.add(payload);
    }
    if (record[0] !== ContentType.application_data) return;
    for (const traffic of this.#traffic.values()) {
      const protection = suite.protect(traffic.secret);
      try {
        const opened = protection.openAt(traffic.sequence, record, 16384);
        if (opened.failure !== null) continue;
        this.#report.check(id, opened.types[0] === contentTypes[name], `content type ${opened.types[0]}`);
        this.#check(id, opened.plaintext, payload);
        this.#check(id, protection.dangerousSealAt(traffic.sequence, opened.types[0], opened.plaintext), record);
        traffic.sequence++;
        return;
      } finally {
        protection.dispose();
      }
    }
    this.#report.fail(id, 'no traffic secret opens the record');
  }
}
