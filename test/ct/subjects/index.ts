// All subjects of the trace check, a file per family of functions.

import type { Subject } from '../subject.ts';
import { aesSubjects } from './aes.ts';
import { chacha20Poly1305Subjects } from './chacha20_poly1305.ts';
import { curve448Subjects } from './curve448.ts';
import { curve25519Subjects } from './curve25519.ts';
import { ffdhSubjects } from './ffdh.ts';
import { keyDerivationSubjects } from './key_derivation.ts';
import { legacySubjects } from './legacy.ts';
import { mlDsaSubjects } from './mldsa.ts';
import { mlKemSubjects } from './mlkem.ts';
import { nistCurveSubjects } from './nist_curves.ts';
import { olderSubjects } from './older.ts';
import { recordSubjects } from './record.ts';
import { recordCbcSubjects } from './record_cbc.ts';
import { rsaSubjects } from './rsa.ts';

export const subjects: readonly Subject[] = [
  ...aesSubjects,
  ...chacha20Poly1305Subjects,
  ...keyDerivationSubjects,
  ...curve25519Subjects,
  ...curve448Subjects,
  ...nistCurveSubjects,
  ...mlKemSubjects,
  ...mlDsaSubjects,
  ...recordSubjects,
  ...recordCbcSubjects,
  ...rsaSubjects,
  ...ffdhSubjects,
  ...legacySubjects,
  ...olderSubjects,
];
