// Wycheproof ChaCha20-Poly1305.

import { aeadOpen, aeadSeal } from '../../../src/wasm/aead.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Suite } from '../report.ts';

const core = testCore();

export const chacha20Poly1305Suite: Suite = {
  files: /^wycheproof\/chacha20_poly1305_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const [nonce, aad, plaintext] = [unhex(test.iv), unhex(test.aad), unhex(test.msg)];
        const sealed = unhex(test.ct + test.tag);
        const key = core.importSecret(unhex(test.key));
        let accepted = false;
        try {
          accepted = hex(aeadOpen(core, 'chacha20-poly1305', key, nonce, aad, sealed)) === test.msg;
        } catch {
          // Refused: a wrong tag, or a nonce of another length.
        }
        report.wycheproof(test, accepted);
        if (test.result === 'valid') {
          const own = aeadSeal(core, 'chacha20-poly1305', key, nonce, aad, plaintext);
          report.check(`${test.tcId} sealed`, hex(own) === hex(sealed), 'wrong ciphertext or tag');
        }
        key.dispose();
      }
    }
  },
};

export const xchacha20Poly1305Suite: Suite = {
  files: /^wycheproof\/xchacha20_poly1305_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const _ of group.tests) report.skip('no TLS cipher suite uses XChaCha20, so the core does not have it');
    }
  },
};
