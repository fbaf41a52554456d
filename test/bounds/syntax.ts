// The part of AssemblyScript that the arithmetic of assembly/ is written in, as a tree (parser.ts makes it, machine.ts
// runs it on intervals). What has no kind here cannot be parsed, and what cannot be parsed fails a test.

interface At {
  readonly line: number;
}

export type Expression = At &
  (
    | { readonly kind: 'number'; readonly value: bigint }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'member'; readonly object: Expression; readonly name: string }
    | {
        readonly kind: 'call';
        readonly callee: Expression;
        readonly types: readonly string[];
        readonly args: readonly Expression[];
      }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
    | { readonly kind: 'cast'; readonly type: string; readonly operand: Expression }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'conditional';
        readonly test: Expression;
        readonly yes: Expression;
        readonly no: Expression;
      }
    /** `operator` is that of a compound assignment ("+" of "+="), or empty. */
    | { readonly kind: 'assign'; readonly operator: string; readonly name: string; readonly value: Expression }
    /** `prefix`: the value is that after the update. */
    | { readonly kind: 'update'; readonly operator: string; readonly name: string; readonly prefix: boolean }
    | { readonly kind: 'array'; readonly items: readonly Expression[] }
  );

export interface Declaration extends At {
  readonly name: string;
  readonly type: string | null;
  readonly value: Expression | null;
}

export type Statement = At & {
  /** What a comment at the end of the statement's last line says. */
  readonly comment: string;
} & (
    | { readonly kind: 'declare'; readonly declarations: readonly Declaration[] }
    | { readonly kind: 'expression'; readonly expression: Expression }
    | {
        readonly kind: 'if';
        readonly test: Expression;
        readonly yes: Statement;
        readonly no: Statement | null;
      }
    | {
        readonly kind: 'for';
        readonly start: Statement;
        readonly test: Expression;
        readonly step: Expression | null;
        readonly body: Statement;
      }
    | { readonly kind: 'while'; readonly test: Expression; readonly body: Statement }
    | { readonly kind: 'return'; readonly value: Expression | null }
    | { readonly kind: 'block'; readonly body: readonly Statement[] }
    | { readonly kind: 'continue' }
  );

export interface Parameter {
  readonly name: string;
  readonly type: string;
}

export interface FunctionSource extends At {
  readonly path: string;
  readonly name: string;
  readonly types: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly result: string;
  readonly body: readonly Statement[];
}

export interface ClassSource extends At {
  readonly name: string;
  /** Getters and methods. */
  readonly members: ReadonlyMap<string, FunctionSource & { readonly getter: boolean }>;
}

export interface ModuleSource {
  /** From the repository's root. */
  readonly path: string;
  /** Local name -> the module and the name there. */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
  readonly constants: ReadonlyMap<string, Declaration>;
  readonly functions: ReadonlyMap<string, FunctionSource>;
  readonly classes: ReadonlyMap<string, ClassSource>;
  /** All comments at the head of the file, one string. */
  readonly header: string;
}

/** What fails a check: always with the place in assembly/. */
export class BoundsError extends Error {
  constructor(path: string, line: number, what: string) {
    super(`${path}:${line}: ${what}`);
    this.name = 'BoundsError';
  }
}
