// Wycheproof ChaCha20-Poly1305.

import { aeadOpen, aeadSeal } from '../../../src/wasm/aead.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { caseSuite, Skip, unhex, unlessRefused } from '../cases.ts';

const core = testCore();

export const chacha20Poly1305Suite = caseSuite({
  files: /^wycheproof\/chacha20_poly1305_test\.json$/,
  judge(test, report) {
    const [nonce, aad, plaintext] = [test.iv, test.aad, test.msg].map(unhex);
    const sealed = unhex(test.ct + test.tag);
    const key = core.importSecret(unhex(test.key));
    try {
      // Refused: a wrong tag, or a nonce of another length.
      const opened = unlessRefused(() => aeadOpen(core, 'chacha20-poly1305', key, nonce, aad, sealed));
      const accepted = opened !== null && hex(opened) === test.msg;
      report.wycheproof(test, accepted, 'nonces have 12 bytes and the tag decides (RFC 8439 §2.8)');
      if (test.result !== 'valid') return;
      const own = aeadSeal(core, 'chacha20-poly1305', key, nonce, aad, plaintext);
      report.check(`${test.tcId} sealed`, hex(own) === hex(sealed), 'wrong ciphertext or tag');
    } finally {
      key.dispose();
    }
  },
});

export const xchacha20Poly1305Suite = caseSuite({
  files: /^wycheproof\/xchacha20_poly1305_test\.json$/,
  open: () => new Skip('no TLS cipher suite uses XChaCha20, so the core does not have it'),
  judge() {},
});
