// The table of commands: each adds itself to the program.

import type { Command } from 'commander';
import { registerBridge } from './bridge.ts';
import { registerCa } from './ca.ts';
import { registerCert } from './cert.ts';
import { registerConnect } from './connect.ts';
import { registerInspect } from './inspect.ts';
import { registerServe } from './serve.ts';
import { registerVerify } from './verify.ts';

export type Register = (program: Command) => void;

export const commands: readonly Register[] = [
  registerConnect,
  registerServe,
  registerCert,
  registerCa,
  registerVerify,
  registerInspect,
  registerBridge,
];
