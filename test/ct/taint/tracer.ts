// Runs subjects on a binary with shadows and says which sites saw a secret.

import { recording } from '../recording.ts';
import type { Subject, TraceContext } from '../subject.ts';
import type { ShadowOptions } from './body_writer.ts';
import { FLAGS, PAGES, SHADOW, USED_BYTES } from './layout.ts';
import { instantiate, type Secrets, secretsOf } from './secrets.ts';
import { parameterExport, shadowRewrite } from './shadow_rewrite.ts';
import type { Site } from './sites.ts';

export class Tracer {
  /** Names of exported functions by index. */
  readonly names: ReadonlyMap<number, string>;
  readonly sites: readonly Site[];
  readonly #plain: WebAssembly.Module;
  readonly #shadowed: WebAssembly.Module;
  readonly #memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES + 16 });
  readonly #secrets = new Map<Subject, Secrets>();

  /** @param binary with `options` as for the rewriting */
  constructor(binary: Uint8Array, options: ShadowOptions = {}) {
    const { binary: rewritten, sites, module } = shadowRewrite(binary, options);
    this.sites = sites;
    this.names = module.names;
    this.#plain = new WebAssembly.Module(binary as BufferSource);
    this.#shadowed = new WebAssembly.Module(rewritten as BufferSource);
  }

  /** Runs a subject once for each of `indices`; gives the sites that saw a secret in any of the runs. */
  trace(subject: Subject, indices: readonly number[]): Site[] {
    const secrets = this.#secrets.get(subject) ?? secretsOf(this.#plain, subject);
    this.#secrets.set(subject, secrets);
    if (!secrets.shadow.includes(0xff) && !secrets.parameters.flat().includes(true)) {
      throw new Error(`${subject.name} has no secret: all of its inputs are equal`);
    }
    this.#flags().fill(0);
    for (const index of indices) this.#run(subject, index, secrets);
    const flags = this.#flags();
    return this.sites.filter(site => flags[site.id] !== 0);
  }

  #run(subject: Subject, index: number, secrets: Secrets): void {
    const all = new Uint8Array(this.#memory.buffer);
    const bytes = all.subarray(0, USED_BYTES).fill(0);
    const shadow = all.subarray(SHADOW, SHADOW + USED_BYTES).fill(0);
    const context = instantiate(this.#shadowed, this.#memory, bytes);
    const traced = { now: false };
    const call = subject.prepare(withSecretParameters(context, secrets, traced), index);
    shadow.set(secrets.shadow);
    traced.now = true;
    call();
  }

  #flags(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, FLAGS, this.sites.length);
  }
}

/** Exports that raise the shadows of their secret parameters before a call. */
function withSecretParameters(context: TraceContext, { parameters }: Secrets, traced: { now: boolean }): TraceContext {
  let calls = 0;
  const { abi } = context;
  const raise = (): void => {
    if (!traced.now) return;
    parameters[calls++]?.forEach((secret, k) => {
      if (secret) abi[parameterExport(k)].value = -1;
    });
  };
  return { ...context, abi: recording(abi, raise) };
}

/** The secrets with which a subject runs: of the edges, of the random ones, and of what it has at the end. */
export function sampleOf({ secrets }: Subject): number[] {
  return [...new Set([0, 7, secrets >> 1, secrets - 1])];
}
