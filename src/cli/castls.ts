#!/usr/bin/env node
// The castls command. Each command registers itself from the table in commands.ts.

import { Command } from 'commander';
import { commands } from './commands.ts';
import { fail } from './failure.ts';

const program = new Command('castls')
  .description('TLS from the command line: connect, serve, certificates')
  .configureOutput({
    outputError: (text, write) => write(`castls: ERR_INVALID_ARGUMENT: ${text.replace(/^error: /, '')}`),
  })
  .exitOverride(error => {
    // commander has printed what is wrong; its own exit code says if anything is.
    process.exit(error.exitCode);
  });
for (const register of commands) register(program);
program.parseAsync().catch(fail);
