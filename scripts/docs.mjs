// npm run docs: writes what is generated in docs/ - the API reference, the help texts in docs/command.md and the hashes of the
// binaries. With --check it only says whether they are current.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiReference } from './api_reference.mjs';
import { binariesPage } from './binaries_page.mjs';
import { root } from './set_up.mjs';

const check = process.argv.includes('--check');
const pages = new Map([...apiReference(), ['docs/command.md', commandPage()], ['docs/binaries.md', binariesPage()]]);
for (const [path, text] of pages) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    console.error(`${path} is not current: npm run docs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(path);
  }
}

/** The page with the help of each command in its place, between "```text COMMAND" and the end of the block. */
function commandPage() {
  const page = readFileSync(join(root, 'docs/command.md'), 'utf8');
  return page.replace(/^```text castls( [\w -]+)?\n[\s\S]*?^```$/gm, (_, command = '') => {
    const args = [join(root, 'build/dist/castls.js'), ...command.split(' ').filter(Boolean), '--help'];
    const help = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, COLUMNS: '80' } });
    return `\`\`\`text castls${command}\n${help.trimEnd()}\n\`\`\``;
  });
}
