// All subjects of the trace check, a file per family of functions.

import type { Subject } from '../subject.ts';
import { recordSubjects } from './record.ts';

export const subjects: readonly Subject[] = [...recordSubjects];
