// Wycheproof's primality cases, on the test that castls' key generation makes (assembly/rsa_private/prime.ts). That one
// judges candidates it made itself: 3 modulo 4, of whole bytes with the top bit set. A general test beside it, here, would
// say nothing about castls; what is no candidate is skipped.

import type { RsaPrivateExports } from '../../../build/generated/abi.ts';
import { rsaPrivateFamily } from '../../../src/wasm/rsa_family.ts';
import { hostRandom, testCore } from '../../support/core.ts';
import { caseSuite, unhex } from '../cases.ts';

const core = testCore();

// The shortest number that the rounds are made for: their random bases have no weight among those of key generation.
const SHORTEST = 8;
// A round errs for at most a quarter of all bases. For numbers made to be near that (Carmichael numbers of three primes) five
// rounds, which FIPS 186-5 table B.1 asks for where candidates are random, would fail once in a thousand runs.
const ROUNDS = 40;

/** Why castls never asks whether this number is prime, or null. */
function notACandidate(value: Uint8Array): string | null {
  const last = value[value.length - 1] ?? 0;
  if ((last & 1) === 0) return 'an even number: candidates are odd by construction';
  if ((last & 3) !== 3) return '1 modulo 4: candidates are 3 modulo 4, where Miller-Rabin is one power';
  if (value.length < SHORTEST) return 'less than 64 bits: candidates are halves of RSA keys';
  return value[0] < 0x80 ? 'the top bit of the first byte is not set: candidates have both top bits set' : null;
}

export const primalitySuite = caseSuite({
  files: /wycheproof\/primality_test\.json$/,
  judge(test, report) {
    const bytes = unhex(String(test.value).length % 2 === 1 ? `0${test.value}` : test.value);
    // Two's complement, as in DER: the first bit is the sign.
    if (bytes.length > 0 && bytes[0] >= 0x80) {
      report.wycheproof(test, false, 'a negative number: candidates have no sign');
      return;
    }
    const value = bytes.subarray(
      Math.max(
        0,
        bytes.findIndex(byte => byte !== 0),
      ),
    );
    const reason = notACandidate(value);
    if (reason !== null) report.skip(reason);
    else report.wycheproof(test, isPrime(value), 'FIPS 186-5 §B.3.1, with random bases');
  },
});

function isPrime(value: Uint8Array): boolean {
  const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
  abi.primeSetUp();
  const candidate = core.importSecret(value);
  try {
    if (abi.primeScreen(candidate.pointer(), value.length) === 0) return false;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new Uint8Array(value.length);
      hostRandom(random);
      core.bytes.set(random, core.exchange);
      if (abi.primeRound(candidate.pointer(), value.length, core.exchange) === 0) return false;
    }
    return true;
  } finally {
    candidate.dispose();
  }
}
