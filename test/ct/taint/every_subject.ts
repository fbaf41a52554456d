// All that the tracer runs: the subjects of the trace check, long inputs, branches that are refusals.

import type { Subject } from '../subject.ts';
import { subjects } from '../subjects/index.ts';
import { edgeSubjects } from './edge_subjects.ts';
import { longSubjects } from './long_subjects.ts';

export const everySubject: readonly Subject[] = [...subjects, ...longSubjects, ...edgeSubjects];
