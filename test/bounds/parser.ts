// A strict parser: a file of assembly/ becomes a tree (syntax.ts), or the test fails with file and line. It knows the
// constructs that the arithmetic is written in and nothing else.

import { posix } from 'node:path';
import {
  BoundsError,
  type ClassSource,
  type Declaration,
  type Expression,
  type FunctionSource,
  type ModuleSource,
  type Parameter,
  type Statement,
} from './syntax.ts';
import { type Token, type Tokens, tokenize } from './tokens.ts';

/** Binary operators from loose to tight, as in TypeScript. */
const levels = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const assignments = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);
const identifier = /^[A-Za-z_]\w*$/;

/** @throws BoundsError at the first thing it does not know. */
export function parseModule(path: string, text: string): ModuleSource {
  return new Parser(path, tokenize(path, text)).module();
}

class Parser {
  private readonly path: string;
  private readonly tokens: Tokens;
  private at = 0;

  constructor(path: string, tokens: Tokens) {
    this.path = path;
    this.tokens = tokens;
  }

  module(): ModuleSource {
    const imports = new Map<string, { path: string; name: string }>();
    const constants = new Map<string, Declaration>();
    const functions = new Map<string, FunctionSource>();
    const classes = new Map<string, ClassSource>();
    while (this.peek() !== '') {
      this.decorators();
      if (this.peek() === 'import') {
        for (const [name, from] of this.importList()) imports.set(name, from);
        continue;
      }
      this.accept('export');
      if (this.peek() === 'function') {
        const found = this.functionSource();
        functions.set(found.name, found);
      } else if (this.peek() === 'class') {
        const found = this.classSource();
        classes.set(found.name, found);
      } else if (this.peek() === 'const' || this.peek() === 'let') {
        for (const found of this.declarations()) constants.set(found.name, found);
        this.expect(';');
      } else throw this.unexpected();
    }
    return { path: this.path, imports, constants, functions, classes, header: this.tokens.header };
  }

  private importList(): [string, { path: string; name: string }][] {
    this.expect('import');
    this.expect('{');
    const names: string[] = [];
    do {
      if (this.peek() === '}') break;
      names.push(this.identifier());
    } while (this.accept(','));
    this.expect('}');
    this.expect('from');
    const from = this.next().text;
    if (!/^'\.{1,2}\//.test(from)) throw this.unexpected(-1);
    this.expect(';');
    const path = `${posix.join(posix.dirname(this.path), from.slice(1, -1))}.ts`;
    return names.map(name => [name, { path, name }]);
  }

  private decorators(): void {
    while (this.accept('@')) this.identifier();
  }

  private functionSource(): FunctionSource {
    this.expect('function');
    return this.callable(this.identifier());
  }

  private callable(name: string): FunctionSource {
    const { line } = this.tokens.list[this.at - 1];
    const types: string[] = [];
    if (this.accept('<')) {
      do types.push(this.identifier());
      while (this.accept(','));
      this.expect('>');
    }
    this.expect('(');
    const parameters: Parameter[] = [];
    while (!this.accept(')')) {
      const parameter = this.identifier();
      this.expect(':');
      parameters.push({ name: parameter, type: this.identifier() });
      if (this.peek() !== ')') this.expect(',');
    }
    this.expect(':');
    const result = this.identifier();
    return { path: this.path, line, name, types, parameters, result, body: this.braces() };
  }

  private classSource(): ClassSource {
    const { line } = this.next();
    const name = this.identifier();
    const members = new Map<string, FunctionSource & { getter: boolean }>();
    this.expect('{');
    while (!this.accept('}')) {
      this.decorators();
      const getter = this.accept('get');
      const member = this.identifier();
      members.set(member, { ...this.callable(member), getter });
    }
    return { line, name, members };
  }

  private braces(): Statement[] {
    this.expect('{');
    const body: Statement[] = [];
    while (!this.accept('}')) body.push(this.statement());
    return body;
  }

  /** A simple statement ends with a semicolon, unless it is the head of a loop. */
  private statement(): Statement {
    const { text, line } = this.tokens.list[this.at];
    const done = (end = ';') => {
      this.expect(end);
      return { line, comment: this.tokens.trailing.get(this.tokens.list[this.at - 1].line) ?? '' };
    };
    switch (text) {
      case '{':
        return { kind: 'block', body: this.braces(), line, comment: '' };
      case 'const':
      case 'let': {
        const declarations = this.declarations();
        return { kind: 'declare', declarations, ...done() };
      }
      case 'if': {
        this.next();
        const test = this.parenthesized();
        const yes = this.statement();
        return { kind: 'if', test, yes, no: this.accept('else') ? this.statement() : null, line, comment: '' };
      }
      case 'for': {
        this.next();
        this.expect('(');
        const start = this.statement();
        const test = this.expression();
        this.expect(';');
        const step = this.peek() === ')' ? null : this.expression();
        this.expect(')');
        return { kind: 'for', start, test, step, body: this.statement(), line, comment: '' };
      }
      case 'while': {
        this.next();
        const test = this.parenthesized();
        return { kind: 'while', test, body: this.statement(), line, comment: '' };
      }
      case 'return': {
        this.next();
        const value = this.peek() === ';' ? null : this.expression();
        return { kind: 'return', value, ...done() };
      }
      case 'continue':
        this.next();
        return { kind: 'continue', ...done() };
      default: {
        const expression = this.expression();
        if (!['call', 'assign', 'update'].includes(expression.kind))
          throw this.error(line, 'a statement without effect');
        return { kind: 'expression', expression, ...done() };
      }
    }
  }

  private declarations(): Declaration[] {
    this.next();
    const list: Declaration[] = [];
    do {
      const { line } = this.tokens.list[this.at];
      const name = this.identifier();
      const type = this.accept(':') ? this.identifier() : null;
      list.push({ name, type, value: this.accept('=') ? this.expression() : null, line });
    } while (this.accept(','));
    return list;
  }

  private parenthesized(): Expression {
    this.expect('(');
    const inner = this.expression();
    this.expect(')');
    return inner;
  }

  private expression(): Expression {
    const { line } = this.tokens.list[this.at];
    const left = this.binary(0);
    if (this.accept('?')) {
      const yes = this.expression();
      this.expect(':');
      return { kind: 'conditional', test: left, yes, no: this.expression(), line };
    }
    if (!assignments.has(this.peek())) return left;
    if (left.kind !== 'name') throw this.unexpected();
    const operator = this.next().text.slice(0, -1);
    return { kind: 'assign', operator, name: left.name, value: this.expression(), line };
  }

  private binary(level: number): Expression {
    if (level === levels.length) return this.unary();
    let left = this.binary(level + 1);
    while (levels[level].includes(this.peek())) {
      const { text, line } = this.next();
      left = { kind: 'binary', operator: text, left, right: this.binary(level + 1), line };
    }
    return left;
  }

  private unary(): Expression {
    const { text, line } = this.tokens.list[this.at];
    if (text === '-' || text === '~' || text === '!') {
      this.next();
      return { kind: 'unary', operator: text, operand: this.unary(), line };
    }
    if (text === '<') {
      this.next();
      const type = this.identifier();
      this.expect('>');
      return { kind: 'cast', type, operand: this.unary(), line };
    }
    if (text === '++' || text === '--') {
      this.next();
      return { kind: 'update', operator: text[0], name: this.identifier(), prefix: true, line };
    }
    return this.postfix();
  }

  private postfix(): Expression {
    let value = this.primary();
    for (;;) {
      const { text, line } = this.tokens.list[this.at];
      if (text === '.') {
        this.next();
        value = { kind: 'member', object: value, name: this.identifier(), line };
      } else if (text === '(' || (text === '<' && this.typeArgumentsAhead())) {
        const types = this.typeArguments();
        this.expect('(');
        value = { kind: 'call', callee: value, types, args: this.list(')'), line };
      } else if ((text === '++' || text === '--') && value.kind === 'name') {
        this.next();
        return { kind: 'update', operator: text[0], name: value.name, prefix: false, line };
      } else return value;
    }
  }

  private primary(): Expression {
    const { text, line } = this.next();
    if (/^\d/.test(text)) return { kind: 'number', value: BigInt(text), line };
    if (text === '(') {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (text === '[') return { kind: 'array', items: this.list(']'), line };
    if (identifier.test(text)) return { kind: 'name', name: text, line };
    throw this.unexpected(-1);
  }

  private list(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.accept(end)) {
      items.push(this.expression());
      if (this.peek() !== end) this.expect(',');
    }
    return items;
  }

  /** Tells `load<i32>(` from a comparison. */
  private typeArgumentsAhead(): boolean {
    let i = this.at + 1;
    for (; identifier.test(this.tokens.list[i].text); i += 2) if (this.tokens.list[i + 1].text !== ',') break;
    return this.tokens.list[i + 1]?.text === '>' && this.tokens.list[i + 2]?.text === '(';
  }

  private typeArguments(): string[] {
    const types: string[] = [];
    if (!this.accept('<')) return types;
    do types.push(this.identifier());
    while (this.accept(','));
    this.expect('>');
    return types;
  }

  private peek(): string {
    return this.tokens.list[this.at].text;
  }

  private next(): Token {
    return this.tokens.list[this.at++];
  }

  private accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(0, text);
  }

  private identifier(): string {
    if (!identifier.test(this.peek())) throw this.unexpected(0, 'a name');
    return this.next().text;
  }

  private unexpected(offset = 0, wanted?: string): BoundsError {
    const { text, line } = this.tokens.list[this.at + offset];
    return this.error(line, `cannot parse "${text}"${wanted === undefined ? '' : `, expected "${wanted}"`}`);
  }

  private error(line: number, what: string): BoundsError {
    return new BoundsError(this.path, line, what);
  }
}
