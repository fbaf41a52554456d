// The legacy binary: MD5, triple DES, RC2. Nothing names it but entries under castls/legacy.

import { bytes as binary } from '../../build/generated/legacy_wasm.ts';
import type { Family } from './core.ts';

/** As `WasmCore.family` takes it. */
export const legacyFamily: Family = { name: 'legacy', binary };
