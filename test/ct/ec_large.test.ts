// Constant-time trace check of the ec_large binary.

import { checkFamily } from './check_family.ts';

checkFamily('ec_large');
