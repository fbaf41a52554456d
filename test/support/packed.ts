// The package as npm would publish it, installed in a folder of its own.

import { join } from 'node:path';
import { root } from './examples.ts';

export interface Installed {
  /** Has castls, and what it depends on, among its node_modules. */
  readonly folder: string;
  /** The package itself. */
  readonly castls: string;
  remove(): void;
}

/** Packs what is built. Packages it depends on are those of the checkout. */
export const { installPacked }: { installPacked(): Installed } = await import(join(root, 'scripts/packed.mjs'));
