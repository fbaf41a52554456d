// Taint check of the core with long inputs: the trace check, which runs each subject 32 times and more, has no time for them.

import { test } from 'uvu';
import { checkTaint } from './check_taint.ts';
import { longSubjects } from './long_subjects.ts';

checkTaint(longSubjects);

test.run();
