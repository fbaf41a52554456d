// The table of commands: each adds itself to the program.

import type { Command } from 'commander';
import { registerConnect } from './connect.ts';
import { registerServe } from './serve.ts';

export type Register = (program: Command) => void;

export const commands: readonly Register[] = [registerConnect, registerServe];
