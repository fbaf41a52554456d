// All groups, in the order of the report.

import type { Group } from '../suite.ts';
import { bulkGroup } from './bulk.ts';
import { growthGroup } from './growth.ts';
import { handshakesGroup } from './handshakes.ts';
import { hashesGroup } from './hashes.ts';
import { kernelsGroup } from './kernels.ts';
import { keyExchangeGroup } from './key_exchange.ts';
import { legacyGroup } from './legacy.ts';
import { memoryGroup } from './memory.ts';
import { recordsGroup } from './records.ts';
import { serverGroup } from './server.ts';
import { signaturesGroup } from './signatures.ts';
import { x509Group } from './x509.ts';

export const groups: readonly Group[] = [
  recordsGroup,
  hashesGroup,
  kernelsGroup,
  keyExchangeGroup,
  signaturesGroup,
  x509Group,
  handshakesGroup,
  bulkGroup,
  serverGroup,
  legacyGroup,
  memoryGroup,
  growthGroup,
];
