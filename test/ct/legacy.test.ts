// Constant-time trace check of the legacy binary.

import { checkFamily } from './check_family.ts';

checkFamily('legacy');
