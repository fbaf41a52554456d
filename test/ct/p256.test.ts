// Constant-time trace check of the p256 binary.

import { checkFamily } from './check_family.ts';

checkFamily('p256');
