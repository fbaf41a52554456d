// Constant-time trace check of the ec binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('ec');
