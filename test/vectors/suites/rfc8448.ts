// The TLS 1.3 traces of RFC 8448 below the handshake: every secret and key that they derive, every record that they
// protect. The key exchange, the messages and whole records: rfc8448_handshake.ts.

import { aeadOpen, aeadSeal } from '../../../src/wasm/aead.ts';
import { wasmKeyDerivation } from '../../../src/wasm/key_derivation.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { attempted, listIn, readVectors, unhex } from '../cases.ts';
import type { Report, Suite } from '../report.ts';
import { checkHandshakeTrace } from './rfc8448_handshake.ts';

const core = testCore();
// All traces negotiate TLS_AES_128_GCM_SHA256.
const derivation = wasmKeyDerivation(core, 'sha256');
const AEAD = 'aes-128-gcm';
const HEADER = 5;
const TAG = 16;

interface Item {
  readonly actor: string;
  readonly step: string;
  readonly label: string;
  readonly hex: string;
}

interface Step {
  readonly actor: string;
  readonly name: string;
  readonly values: ReadonlyMap<string, Uint8Array>;
}

interface WriteKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  sequence: number;
}

export const rfc8448Suite: Suite = {
  files: /^rfc\/rfc8448\.json$/,
  async run(path, report) {
    for (const { section, items } of listIn(readVectors(path))) {
      await attempted(report, `§${section}`, async () => {
        const steps = stepsOf(listIn(items));
        await checkHandshakeTrace(section, steps, report);
        checkSecrets(section, steps, report);
      });
    }
  },
};

/** Every secret and key that the steps derive, every record that they protect. */
function checkSecrets(section: string, steps: readonly Step[], report: Report): void {
  const writers = new Map<string, WriteKeys>();
  for (const step of steps) {
    const id = `§${section} ${step.actor}: ${step.name}`;
    checkExtract(id, step.values, report);
    for (const prefix of ['', 'key ', 'iv ']) checkExpand(id, prefix, step.values, report);
    checkBinder(id, step.values, report);
    noteKeys(step, writers);
    checkRecord(id, step, writers, report);
  }
}

/** Items of one step stand behind each other. */
function stepsOf(items: readonly Item[]): Step[] {
  const steps: (Step & { values: Map<string, Uint8Array> })[] = [];
  for (const item of items) {
    const last = steps.at(-1);
    const goesOn = last?.actor === item.actor && last.name === item.step && !last.values.has(item.label);
    if (goesOn) last.values.set(item.label, unhex(item.hex));
    else steps.push({ actor: item.actor, name: item.step, values: new Map([[item.label, unhex(item.hex)]]) });
  }
  return steps;
}

// RFC 9846 §7.1: no salt stands for zeros, and so does an IKM of zeros.
function checkExtract(id: string, values: Step['values'], report: Report): void {
  const [material, expected] = [values.get('IKM'), values.get('secret')];
  if (material === undefined || expected === undefined) return;
  const salt = core.importSecret(values.get('salt') ?? new Uint8Array(0));
  const secret = core.importSecret(material);
  const extracted = derivation.extract(salt, secret);
  report.check(id, hex(core.dangerousReveal(extracted)) === hex(expected), 'wrong secret');
  if (material.every(byte => byte === 0)) {
    const fromNothing = derivation.extract(values.has('salt') ? salt : null, null);
    report.check(id, hex(core.dangerousReveal(fromNothing)) === hex(expected), 'wrong secret from no input');
    fromNothing.dispose();
  }
  for (const handle of [salt, secret, extracted]) handle.dispose();
}

/** HKDF-Expand with the HkdfLabel as it is printed, and HKDF-Expand-Label with its fields. */
function checkExpand(id: string, prefix: string, values: Step['values'], report: Report): void {
  const [key, info, expected] = [values.get('PRK'), values.get(`${prefix}info`), values.get(`${prefix}expanded`)];
  if (key === undefined || info === undefined || expected === undefined) return;
  const secret = core.importSecret(key);
  const labelEnd = 3 + info[2];
  const label = new TextDecoder().decode(info.subarray(3, labelEnd)).replace(/^tls13 /, '');
  const context = info.subarray(labelEnd + 1);
  for (const expanded of [
    derivation.expand(secret, info, expected.length),
    derivation.expandLabel(secret, label, context, expected.length),
  ]) {
    report.check(`${id} ${prefix}`, hex(core.dangerousReveal(expanded)) === hex(expected), 'wrong expansion');
    expanded.dispose();
  }
  secret.dispose();
}

// RFC 9846 §4.2.11.2: the finished computation over the truncated ClientHello.
function checkBinder(id: string, values: Step['values'], report: Report): void {
  const [key, hash, expected] = [values.get('expanded'), values.get('binder hash'), values.get('finished')];
  if (key === undefined || hash === undefined || expected === undefined) return;
  const secret = core.importSecret(key);
  report.check(id, derivation.verifyHmac(secret, hash, expected), 'wrong binder');
  secret.dispose();
}

/** The keys that one side writes with, whichever side derives them. */
function noteKeys({ actor, name, values }: Step, writers: Map<string, WriteKeys>): void {
  const [key, iv] = [values.get('key expanded'), values.get('iv expanded')];
  if (key === undefined || iv === undefined) return;
  const writer = name.includes(' read ') ? (actor === 'client' ? 'server' : 'client') : actor;
  if (hex(writers.get(writer)?.key ?? new Uint8Array(0)) !== hex(key)) writers.set(writer, { key, iv, sequence: 0 });
}

function checkRecord(id: string, { actor, values }: Step, writers: Map<string, WriteKeys>, report: Report): void {
  const [payload, record] = [values.get('payload'), values.get('complete record')];
  // application_data(23) outside is what protected records show (RFC 9846 §5.2).
  if (payload === undefined || record === undefined || record[0] !== 23) return;
  const keys = writers.get(actor);
  if (keys === undefined) {
    report.fail(id, 'a protected record before any keys');
    return;
  }
  const key = core.importSecret(keys.key);
  const nonce = keys.iv.map((byte, i) => (i === 11 ? byte ^ keys.sequence : byte));
  const [header, sealed] = [record.subarray(0, HEADER), record.subarray(HEADER)];
  keys.sequence++;
  try {
    const inner = aeadOpen(core, AEAD, key, nonce, header, sealed);
    report.check(id, hex(inner.subarray(0, payload.length)) === hex(payload), 'another payload');
    report.check(id, hex(aeadSeal(core, AEAD, key, nonce, header, inner)) === hex(sealed), 'sealed otherwise');
    report.check(id, inner.length === sealed.length - TAG && inner[payload.length] >= 21, 'no inner content type');
  } catch (error) {
    report.fail(id, String(error));
  } finally {
    key.dispose();
  }
}
