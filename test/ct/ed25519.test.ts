// Constant-time trace check of the ed25519 binary.

import { checkFamily } from './check_family.ts';

checkFamily('ed25519');
