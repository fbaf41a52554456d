// Constant-time trace check of the mlkem binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('mlkem');
