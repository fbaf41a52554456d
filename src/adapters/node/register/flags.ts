// What node weakens by a flag or a variable of the environment, with node's warnings.

import { appendFileSync } from 'node:fs';
import { hasFlag, valueOfFlag } from '../tls/host_flags.ts';

let warned = false;

/** NODE_TLS_REJECT_UNAUTHORIZED=0, with node's warning. */
export function allowsUnauthorized(): boolean {
  const allows = process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
  if (allows && !warned) {
    warned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS requests insecure by disabling certificate verification.",
    );
  }
  return allows;
}

/** --trace-tls, with node's warning when it is first asked. */
export function traceOfFlag(): () => boolean {
  const traces = hasFlag('--trace-tls');
  let told = false;
  return () => {
    if (traces && !told) {
      told = true;
      process.emitWarning('Enabling --trace-tls can expose sensitive data in the resulting log');
    }
    return traces;
  };
}

/** Appends lines to the file of --tls-keylog, with node's warning when the first comes; null without the flag. */
export function keyLogOfFlag(): ((line: Buffer) => void) | null {
  const file = valueOfFlag('--tls-keylog');
  if (file === null) return null;
  let told = false;
  return line => {
    if (!told) {
      told = true;
      const risk = 'Using --tls-keylog makes TLS connections insecure by writing secret key material to file ';
      process.emitWarning(risk + file);
    }
    appendFileSync(file, line, { mode: 0o600 });
  };
}
