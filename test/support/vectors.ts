// Where the external vectors lie, if they do.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Path below the external vector directory, or undefined (and a line that says so) if it is not there. */
export function externalVectors(path: string): string | undefined {
  const found = join(process.cwd(), '../shared/vectors', path);
  if (existsSync(found)) return found;
  console.log(`SKIPPED: no external vectors at ../shared/vectors/${path}`);
  return undefined;
}
