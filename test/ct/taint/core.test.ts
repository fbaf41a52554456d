// Taint check of the core binary.

import { test } from 'uvu';
import { subjects } from '../subjects/index.ts';
import { checkTaint } from './check_taint.ts';

checkTaint(subjects.filter(({ family }) => family === 'core'));

test.run();
