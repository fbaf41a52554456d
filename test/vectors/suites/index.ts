// All vector suites. The first whose pattern matches a file reads it.

import type { Suite } from '../report.ts';

export const suites: readonly Suite[] = [];
