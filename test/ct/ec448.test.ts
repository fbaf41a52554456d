// Constant-time trace check of the ec448 binary.

import { checkFamily } from './check_family.ts';

checkFamily('ec448');
