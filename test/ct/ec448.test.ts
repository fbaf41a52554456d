// Constant-time trace check of the ec448 binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('ec448');
