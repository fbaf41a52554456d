// Constant-time trace check of the ec_large binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('ec_large');
