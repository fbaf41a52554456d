// The rsa_private binary: RSA private operations, key generation, finite-field Diffie-Hellman.

import { bytes as binary } from '../../build/generated/rsa_private_wasm.ts';
import type { Family } from './core.ts';

/** As `WasmCore.family` takes it. */
export const rsaPrivateFamily: Family = { name: 'rsa_private', binary };
