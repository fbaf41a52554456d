// How far castls/register reaches: which hosts are left to node, which modules took the functions of node apart before it came,
// and how children of the process get it.

import { readFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';

/** Whether CASTLS leaves everything, or one host, to node. */
export interface Reach {
  readonly off: boolean;
  leavesToNode(host: string): boolean;
}

/**
 * @param setting of the variable CASTLS: "off", or "off:example.com,*.internal" for some hosts; "*" stands for one label or
 *   several
 */
export function reachOf(setting: string | undefined): Reach {
  const [word, hosts] = (setting ?? '').split(/:(.*)/s);
  const isOff = word.trim().toLowerCase() === 'off';
  if (!isOff || hosts === undefined) return { off: isOff, leavesToNode: () => isOff };
  const patterns = hosts.split(',').flatMap(host => (host.trim() === '' ? [] : [patternOf(host.trim())]));
  return { off: false, leavesToNode: host => patterns.some(pattern => pattern.test(nameOf(host))) };
}

function patternOf(host: string): RegExp {
  const escaped = nameOf(host).replace(/[.^$+?\-\\[\]{}()|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.+')}$`);
}

function nameOf(host: string): string {
  return (host.includes('*') ? host : domainToASCII(host) || host).toLowerCase().replace(/\.$/, '');
}

const TAKES_APART =
  /(?:const|let|var)\s*\{[^}]*\}\s*=\s*require\(\s*['"](?:node:)?(?:tls|https)['"]\s*\)|require\(\s*['"](?:node:)?(?:tls|https)['"]\s*\)\s*\.\s*\w/;

/** Packages among `files`, loaded already, that keep functions of node's tls or https for themselves. */
export function packagesBefore(files: readonly string[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    try {
      if (TAKES_APART.test(readFileSync(file, 'utf8'))) found.add(packageOf(file));
    } catch {} // what cannot be read is no module of a file
  }
  return [...found];
}

function packageOf(file: string): string {
  const inside = file.split(/[\\/]node_modules[\\/]/).pop() ?? file;
  const [first, second] = inside.split(/[\\/]/);
  return inside === file ? file : first.startsWith('@') ? `${first}/${second}` : first;
}

/** NODE_OPTIONS by which children and workers import `url`, too. */
export function optionsOfChildren(url: string, given: string | undefined): string {
  const flag = `--import=${url}`;
  if (given !== undefined && (given.includes(url) || /castls\/(legacy\/)?register/.test(given))) return given;
  return given ? `${given} ${flag}` : flag;
}
