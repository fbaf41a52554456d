// Rewrites a binary so that a shadow follows every byte of memory, every local and every stack slot, and a flag is raised
// where a secret decides what an observer of timing could see. Unlike the trace check (../instrument.ts), which compares
// what runs show, this asks what a run could have shown: a branch that goes the same way for every secret but one in 2^32
// is seen all the same.

import type { AddSite, ShadowGlobals, ShadowOptions } from './body_writer.ts';
import { V128 } from './instructions.ts';
import { BodyShadow } from './shadow_body.ts';
import type { Site } from './sites.ts';
import { type AddedGlobal, parseModule, type WasmModule } from './wasm_module.ts';

export interface Shadowed {
  readonly binary: Uint8Array;
  readonly sites: readonly Site[];
  readonly module: WasmModule;
}

/** Exported by the rewritten binary: the shadow of each parameter of the next call from outside, 0 or -1. */
export function parameterExport(index: number): string {
  return `taint.parameter${index}`;
}

export function shadowRewrite(binary: Uint8Array, options: ShadowOptions = {}): Shadowed {
  const module = parseModule(binary);
  const sites: Site[] = [];
  const addSite: AddSite = (kind, { index, offset: functionOffset }, offset) => {
    sites.push({ id: sites.length, kind, function: index, functionOffset, offset });
    return sites.length - 1;
  };
  const { added, globals } = shadowGlobals(module);
  const bodies = module.functions.map(f => new BodyShadow(module, f, globals, options, addSite).rewrite());
  return { binary: module.encode(bodies, added), sites, module };
}

/** Own globals' shadows first, then results, then two for each parameter: a number's and a vector's. */
function shadowGlobals(module: WasmModule): { added: AddedGlobal[]; globals: ShadowGlobals } {
  const count = module.globals.length;
  if (module.globals.includes(V128)) throw new Error('globals that are vectors are not known to the tracer');
  const most = Math.max(0, ...module.types.map(type => type.parameters.length));
  const added: AddedGlobal[] = module.globals.map(() => ({ type: 'i32' }));
  added.push({ type: 'i32' }, { type: 'v128' });
  for (let i = 0; i < most; i++) added.push({ type: 'i32', name: parameterExport(i) }, { type: 'v128' });
  const results = 2 * count;
  const isVector = (type: number): number => (type === V128 ? 1 : 0);
  return {
    added,
    globals: {
      own: global => count + global,
      result: type => results + isVector(type),
      parameter: (index, type) => results + 2 + 2 * index + isVector(type),
    },
  };
}
