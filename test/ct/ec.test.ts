// Constant-time trace check of the ec binary.

import { checkFamily } from './check_family.ts';

checkFamily('ec');
