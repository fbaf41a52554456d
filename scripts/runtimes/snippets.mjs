// The snippets of README.md for runtimes other than Node.js, as they stand there but for the ports.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';

/**
 * The file of a snippet, beside it the certificate that it reads.
 * @param {string} name @param {string} folder @param {any} setting @returns {string}
 */
export function snippetFile(name, folder, setting) {
  const page = readFileSync(join(root, 'README.md'), 'utf8');
  const [, extension, text] = new RegExp(`^\`\`\`(\\w+) example=${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (text === undefined) throw new Error(`README.md has no snippet ${name}`);
  copyFileSync(join(root, 'test/fixtures/ca.crt'), join(folder, 'ca.crt'));
  const file = join(folder, `readme_${name}.${extension === 'ts' ? 'ts' : 'mjs'}`);
  const [, port] = /:(\d+)\//.exec(setting.bridge) ?? [];
  writeFileSync(file, text.replaceAll('8443', String(setting.servers.echo)).replaceAll('9443', String(port)));
  return file;
}

/** The outcome of a snippet that should have said hello. @param {() => Promise<string>} run @returns {Promise<import('./table.mjs').Outcome>} */
export async function outcomeOf(run) {
  const name = 'the snippet of README.md';
  try {
    const said = (await run()).trim();
    return { name, failure: said === 'hello' ? null : `it says ${said.slice(0, 400)}` };
  } catch (error) {
    return { name, failure: `${error}`.slice(0, 600) };
  }
}
