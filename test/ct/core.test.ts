// Constant-time trace check of the core binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('core');
