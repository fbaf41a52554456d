// All vector suites. The first whose pattern matches a file reads it.

import type { Suite } from '../report.ts';
import { ecdhSuites } from './ecdh.ts';
import { ecdsaSuites } from './ecdsa.ts';
import { limboSuite } from './x509_limbo.ts';

export const suites: readonly Suite[] = [...ecdhSuites, ...ecdsaSuites, limboSuite];
