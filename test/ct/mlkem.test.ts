// Constant-time trace check of the mlkem binary.

import { checkFamily } from './check_family.ts';

checkFamily('mlkem');
