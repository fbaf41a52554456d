// All vector suites. The first whose pattern matches a file reads it.

import type { Suite } from '../report.ts';
import { aesSuites } from './aes.ts';
import { chacha20Poly1305Suite, xchacha20Poly1305Suite } from './chacha20_poly1305.ts';
import { ecdhSuites } from './ecdh.ts';
import { ecdsaSuites } from './ecdsa.ts';
import { eddsaSuites } from './eddsa.ts';
import { hashSuite, shakeSuite } from './hash.ts';
import { hpkeSuites } from './hpke.ts';
import { macKdfSuites } from './mac_kdf.ts';
import { mlDsaSuites } from './mldsa.ts';
import { mlKemSuites } from './mlkem.ts';
import { primalitySuite } from './primality.ts';
import { rfc8448Suite } from './rfc8448.ts';
import { rsaSuites } from './rsa.ts';
import { limboSuite } from './x509_limbo.ts';
import { pkitsSuite } from './x509_pkits.ts';
import { xdhSuites } from './xdh.ts';

export const suites: readonly Suite[] = [
  chacha20Poly1305Suite,
  xchacha20Poly1305Suite,
  hashSuite,
  shakeSuite,
  ...aesSuites,
  ...macKdfSuites,
  rfc8448Suite,
  ...ecdhSuites,
  ...ecdsaSuites,
  ...xdhSuites,
  ...eddsaSuites,
  ...hpkeSuites,
  ...mlKemSuites,
  ...mlDsaSuites,
  ...rsaSuites,
  primalitySuite,
  limboSuite,
  pkitsSuite,
];
