// AES: Wycheproof and ACVP for GCM, CCM and CBC, Wycheproof's GMAC and the composite of CBC and HMAC (RFC 7518 §5.2).
// The core's general kernels run here, with every key, nonce and tag length of SP 800-38C and 38D; TLS and the AEADs of
// src/wasm/aead.ts use nonces of 12 bytes and tags of 16 or 8, and no 192-bit key.

import type { HashName } from '../../../src/crypto/hash.ts';
import { aesCbcDecrypt, aesCbcEncrypt } from '../../../src/wasm/aead.ts';
import { wasmKeyDerivation } from '../../../src/wasm/key_derivation.ts';
import { type AesCall, type AesMode, kernelCbc, kernelOpen, kernelSeal } from '../../support/aes_kernels.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { caseSuite, listIn, Skip, unhex, unlessRefused } from '../cases.ts';
import type { Report, Suite, WycheproofTest } from '../report.ts';

const core = testCore();
const none = new Uint8Array(0);
const LENGTHS = 'the tag decides, with nonces and tags of the lengths that SP 800-38C and 38D allow';

interface AeadTest extends WycheproofTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

/** What the kernels' callers have to keep to: SP 800-38D §5.2.1.1; SP 800-38C appendix A.1. */
function lengthsAllowed(mode: AesMode, nonce: number, tag: number): boolean {
  if (mode === 'gcm') return nonce > 0 && tag >= 4 && tag <= 16;
  return nonce >= 7 && nonce <= 13 && tag >= 4 && tag <= 16 && tag % 2 === 0;
}

/** Additional data and data of a case, and the ciphertext; GMAC is GCM over additional data alone (SP 800-38D §3). */
function aeadSuite(files: RegExp, mode: AesMode, macOnly = false): Suite {
  return caseSuite({
    files,
    judge(test: AeadTest, report) {
      const [key, nonce, message, tag] = [test.key, test.iv, test.msg, test.tag].map(unhex);
      const call = macOnly
        ? { key, nonce, aad: message, data: none }
        : { key, nonce, aad: unhex(test.aad), data: message };
      judgeAead(report, mode, call, test, macOnly ? none : unhex(test.ct), tag);
    },
  });
}

function judgeAead(
  report: Report,
  mode: AesMode,
  call: AesCall,
  test: WycheproofTest,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): void {
  if (!lengthsAllowed(mode, call.nonce.length, tag.length)) {
    report.wycheproof(test, false, LENGTHS);
    return;
  }
  const [valid, opened] = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
  report.wycheproof(test, valid && hex(opened) === hex(call.data), LENGTHS);
  if (test.result !== 'valid') return;
  const sealed = kernelSeal(core, mode, call, tag.length);
  const right = hex(sealed[0]) === hex(ciphertext) && hex(sealed[1]) === hex(tag);
  report.check(`${test.tcId} sealed`, right, 'wrong ciphertext or tag');
}

const cbc = caseSuite({
  files: /wycheproof\/aes_cbc_pkcs5_test\.json$/,
  judge(test: AeadTest, report) {
    const [iv, message, ciphertext] = [test.iv, test.msg, test.ct].map(unhex);
    const key = core.importSecret(unhex(test.key));
    try {
      const opened = unlessRefused(() => aesCbcDecrypt(core, key, iv, ciphertext));
      const accepted = opened !== null && hex(opened) === test.msg;
      report.wycheproof(test, accepted, 'the padding must be exact (RFC 5652 §6.3)');
      if (test.result !== 'valid') return;
      report.check(`${test.tcId} sealed`, hex(aesCbcEncrypt(core, key, iv, message)) === test.ct, 'wrong ciphertext');
    } finally {
      key.dispose();
    }
  },
});

const composites: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

/** MAC key, then encryption key; the tag is the first half of HMAC(aad | iv | ciphertext | bits of aad). */
const composite = caseSuite<HashName>({
  files: /wycheproof\/a(128|192|256)cbc_hs(256|384|512)_test\.json$/,
  open(_group, _file, name) {
    const hash = composites.find(h => h === `sha${/hs(\d+)_/.exec(name)?.[1]}`);
    return hash ?? new Skip(`no hash belongs to ${name}`);
  },
  judge(test: AeadTest, report, hash) {
    const [key, iv, aad, ciphertext] = [test.key, test.iv, test.aad, test.ct].map(unhex);
    const half = key.length / 2;
    const lengthBlock = new Uint8Array(8);
    new DataView(lengthBlock.buffer).setBigUint64(0, BigInt(8 * aad.length));
    const macKey = core.importSecret(key.subarray(0, half));
    const cipherKey = core.importSecret(key.subarray(half));
    try {
      const input = Uint8Array.of(...aad, ...iv, ...ciphertext, ...lengthBlock);
      const mac = wasmKeyDerivation(core, hash).hmac(macKey, input).subarray(0, half);
      const open = () => aesCbcDecrypt(core, cipherKey, iv, ciphertext);
      const opened = hex(mac) === test.tag ? unlessRefused(open) : null;
      report.wycheproof(test, opened !== null && hex(opened) === test.msg, 'the whole tag decides (RFC 7518 §5.2.2.2)');
    } finally {
      macKey.dispose();
      cipherKey.dispose();
    }
  },
});

function acvpAeadSuite(files: RegExp, mode: AesMode): Suite {
  return caseSuite({
    files,
    judge(test, report, _shared, group) {
      const tagLength = group.tagLen / 8;
      // CCM's ciphertext ends with the tag (SP 800-38C §6.1), GCM's tag stands by itself.
      const all = unhex((test.ct + (test.tag ?? '')).toLowerCase());
      const tag = all.slice(all.length - tagLength);
      const ciphertext = all.slice(0, all.length - tagLength);
      const call = { key: unhex(test.key), nonce: unhex(test.iv), aad: unhex(test.aad ?? '') };
      const [valid, opened] = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
      if (test.testPassed === false) {
        report.check(test.tcId, !valid, 'a wrong tag was accepted');
        return;
      }
      const plaintext = unhex(test.pt ?? '');
      const sealed = kernelSeal(core, mode, { ...call, data: plaintext }, tagLength);
      const right = valid && hex(opened) === hex(plaintext) && hex(sealed[0]) + hex(sealed[1]) === hex(all);
      report.check(test.tcId, right, `${group.direction}: wrong text or tag`);
    },
  });
}

const acvpCbc = caseSuite({
  files: /acvp\/ACVP-AES-CBC-1\.0\.json$/,
  judge(test, report, _shared, group) {
    const [key, nonce] = [unhex(test.key), unhex(test.iv)];
    if (group.testType === 'MCT') {
      const steps = listIn(test, 'resultsArray');
      const results = monteCarlo(group.direction, key, nonce, unhex(test.pt ?? test.ct), steps.length);
      for (const [i, expected] of steps.entries()) {
        const wanted = group.direction === 'encrypt' ? expected.ct : expected.pt;
        report.check(`${test.tcId} step ${i}`, hex(results[i]) === hex(unhex(wanted)), 'wrong block');
      }
      return;
    }
    const [plaintext, ciphertext] = [unhex(test.pt), unhex(test.ct)];
    const sealed = kernelCbc(core, 'encrypt', { key, nonce, data: plaintext });
    const opened = kernelCbc(core, 'decrypt', { key, nonce, data: ciphertext });
    const right = hex(sealed) === hex(ciphertext) && hex(opened) === hex(plaintext);
    report.check(test.tcId, right, `${group.direction}: wrong text`);
  },
});

/** The Monte Carlo test of ACVP AES-CBC: a thousand blocks a step, each fed with the output before the last. */
function monteCarlo(
  direction: 'encrypt' | 'decrypt',
  key: Uint8Array,
  iv: Uint8Array,
  input: Uint8Array,
  steps: number,
): Uint8Array[] {
  const results: Uint8Array[] = [];
  for (let step = 0; step < steps; step++) {
    let before = iv;
    let output: Uint8Array = none;
    let chain = iv;
    for (let j = 0; j < 1000; j++) {
      const next = kernelCbc(core, direction, { key, nonce: chain, data: input });
      if (j > 0) before = output;
      // Encryption chains its output, decryption its input.
      chain = direction === 'encrypt' ? next : input;
      output = next;
      input = before;
    }
    results.push(output);
    const tail = Uint8Array.of(...before, ...output).subarray(32 - key.length);
    for (const [i, b] of tail.entries()) key[i] ^= b;
    iv = output;
  }
  return results;
}

export const aesSuites: readonly Suite[] = [
  aeadSuite(/wycheproof\/aes_gcm_test\.json$/, 'gcm'),
  aeadSuite(/wycheproof\/aes_ccm_test\.json$/, 'ccm'),
  aeadSuite(/wycheproof\/aes_gmac_test\.json$/, 'gcm', true),
  cbc,
  composite,
  acvpAeadSuite(/acvp\/ACVP-AES-GCM-1\.0\.json$/, 'gcm'),
  acvpAeadSuite(/acvp\/ACVP-AES-CCM-1\.0\.json$/, 'ccm'),
  acvpCbc,
];
