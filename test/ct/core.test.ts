// Constant-time trace check of the core binary.

import { checkFamily } from './check_family.ts';

checkFamily('core');
