// AES: Wycheproof and ACVP for GCM, CCM and CBC, Wycheproof's GMAC and the composite of CBC and HMAC (RFC 7518 §5.2).
// The core's general kernels run here, with every key, nonce and tag length of SP 800-38C and 38D; TLS and the AEADs of
// src/wasm/aead.ts use nonces of 12 bytes and tags of 16 or 8, and no 192-bit key.

import { aesCbcDecrypt, aesCbcEncrypt } from '../../../src/wasm/aead.ts';
import { wasmKeyDerivation } from '../../../src/wasm/key_derivation.ts';
import { type AesCall, type AesMode, kernelCbc, kernelOpen, kernelSeal } from '../../support/aes_kernels.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Report, Suite, WycheproofTest } from '../report.ts';

const core = testCore();
const none = new Uint8Array(0);

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

const aead: Suite = {
  files: /wycheproof\/aes_(gcm|ccm)_test\.json$/,
  run(path, report) {
    const mode = path.includes('gcm') ? 'gcm' : 'ccm';
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests as AeadTest[]) {
        const call = { key: unhex(test.key), nonce: unhex(test.iv), aad: unhex(test.aad), data: unhex(test.msg) };
        judgeAead(report, mode, call, test, unhex(test.ct), unhex(test.tag));
      }
    }
  },
};

const gmac: Suite = {
  files: /wycheproof\/aes_gmac_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests as AeadTest[]) {
        const call = { key: unhex(test.key), nonce: unhex(test.iv), aad: unhex(test.msg), data: none };
        judgeAead(report, 'gcm', call, test, none, unhex(test.tag));
      }
    }
  },
};

function judgeAead(
  report: Report,
  mode: AesMode,
  call: AesCall,
  test: WycheproofTest,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): void {
  if (!lengthsAllowed(mode, call.nonce.length, tag.length)) {
    report.wycheproof(test, false);
    return;
  }
  const [valid, opened] = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
  report.wycheproof(test, valid && hex(opened) === hex(call.data));
  if (test.result !== 'valid') return;
  const sealed = kernelSeal(core, mode, call, tag.length);
  const right = hex(sealed[0]) === hex(ciphertext) && hex(sealed[1]) === hex(tag);
  report.check(`${test.tcId} sealed`, right, 'wrong ciphertext or tag');
}

const cbc: Suite = {
  files: /wycheproof\/aes_cbc_pkcs5_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests as AeadTest[]) {
        const key = core.importSecret(unhex(test.key));
        const opened = attempt(() => aesCbcDecrypt(core, key, unhex(test.iv), unhex(test.ct)));
        report.wycheproof(test, opened !== null && hex(opened) === test.msg);
        if (test.result === 'valid') {
          const sealed = aesCbcEncrypt(core, key, unhex(test.iv), unhex(test.msg));
          report.check(`${test.tcId} sealed`, hex(sealed) === test.ct, 'wrong ciphertext');
        }
        key.dispose();
      }
    }
  },
};

/** MAC key, then encryption key; the tag is the first half of HMAC(aad | iv | ciphertext | bits of aad). */
const composite: Suite = {
  files: /wycheproof\/a(128|192|256)cbc_hs(256|384|512)_test\.json$/,
  run(path, report) {
    const bits = Number(/hs(\d+)_/.exec(path)?.[1]);
    const hash = `sha${bits}` as 'sha256';
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests as AeadTest[]) {
        const [key, iv, aad, ciphertext] = [test.key, test.iv, test.aad, test.ct].map(unhex);
        const half = key.length / 2;
        const lengthBlock = new Uint8Array(8);
        new DataView(lengthBlock.buffer).setBigUint64(0, BigInt(8 * aad.length));
        const macKey = core.importSecret(key.subarray(0, half));
        const input = Uint8Array.of(...aad, ...iv, ...ciphertext, ...lengthBlock);
        const mac = wasmKeyDerivation(core, hash).hmac(macKey, input).subarray(0, half);
        const cipherKey = core.importSecret(key.subarray(half));
        const opened = hex(mac) === test.tag ? attempt(() => aesCbcDecrypt(core, cipherKey, iv, ciphertext)) : null;
        report.wycheproof(test, opened !== null && hex(opened) === test.msg);
        macKey.dispose();
        cipherKey.dispose();
      }
    }
  },
};

const acvpAead: Suite = {
  files: /acvp\/ACVP-AES-(GCM|CCM)-1\.0\.json$/,
  run(path, report) {
    const mode = path.includes('GCM') ? 'gcm' : 'ccm';
    for (const group of readJson(path).testGroups) {
      const tagLength = group.tagLen / 8;
      for (const test of group.tests) {
        // CCM's ciphertext ends with the tag (SP 800-38C §6.1), GCM's tag stands by itself.
        const all = unhex((test.ct + (test.tag ?? '')).toLowerCase());
        const tag = all.slice(all.length - tagLength);
        const ciphertext = all.slice(0, all.length - tagLength);
        const call = { key: unhex(test.key), nonce: unhex(test.iv), aad: unhex(test.aad ?? '') };
        const [valid, opened] = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
        if (test.testPassed === false) {
          report.check(test.tcId, !valid, 'a wrong tag was accepted');
          continue;
        }
        const plaintext = unhex(test.pt ?? '');
        const sealed = kernelSeal(core, mode, { ...call, data: plaintext }, tagLength);
        const right = valid && hex(opened) === hex(plaintext) && hex(sealed[0]) + hex(sealed[1]) === hex(all);
        report.check(test.tcId, right, `${group.direction}: wrong text or tag`);
      }
    }
  },
};

const acvpCbc: Suite = {
  files: /acvp\/ACVP-AES-CBC-1\.0\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const [key, nonce] = [unhex(test.key), unhex(test.iv)];
        if (group.testType === 'MCT') {
          const results = monteCarlo(group.direction, key, nonce, unhex(test.pt ?? test.ct), test.resultsArray.length);
          for (const [i, expected] of test.resultsArray.entries()) {
            const wanted = (group.direction === 'encrypt' ? expected.ct : expected.pt).toLowerCase();
            report.check(`${test.tcId} step ${i}`, hex(results[i]) === wanted, 'wrong block');
          }
          continue;
        }
        const sealed = kernelCbc(core, 'encrypt', { key, nonce, data: unhex(test.pt) });
        const opened = kernelCbc(core, 'decrypt', { key, nonce, data: unhex(test.ct) });
        const right = hex(sealed) === test.ct.toLowerCase() && hex(opened) === test.pt.toLowerCase();
        report.check(test.tcId, right, `${group.direction}: wrong text`);
      }
    }
  },
};

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

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}

export const aesSuites: readonly Suite[] = [aead, gmac, cbc, composite, acvpAead, acvpCbc];
