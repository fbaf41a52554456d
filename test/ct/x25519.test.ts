// Constant-time trace check of the x25519 binary.

import { checkFamily } from './check_family.ts';

checkFamily('x25519');
