// The shadows of one function: control, calls, locals and globals. Numbers, memory and vectors are in
// shadow_operations.ts. Each stack slot has a local for its shadow; behind a block the shadow of its result stands in the
// slot of the block's height.

import { Decoder } from '../wasm_binary.ts';
import type { AddSite, BodyWriter, ShadowGlobals, ShadowOptions } from './body_writer.ts';
import {
  I32,
  type Instruction,
  isArithmetic,
  isConstant,
  isScalarLoad,
  isScalarStore,
  op,
  readInstruction,
  V128,
} from './instructions.ts';
import { ShadowCode, shadowType } from './shadow_code.ts';
import { type Scratch, ShadowLocals } from './shadow_locals.ts';
import { arithmetic, bulkMemory, loadNumber, storeNumber, vectorInstruction } from './shadow_operations.ts';
import type { SiteKind } from './sites.ts';
import { concatenate, type FunctionBody, type FunctionType, type WasmModule } from './wasm_module.ts';

interface Label {
  /** Values on the stack below the block. */
  readonly height: number;
  /** Type of the result, 0 if there is none. */
  readonly result: number;
  readonly kind: 'function' | 'loop' | 'block';
}

export class BodyShadow implements BodyWriter {
  readonly code = new ShadowCode();
  readonly scratch: Scratch;
  readonly #module: WasmModule;
  readonly #function: FunctionBody;
  readonly #globals: ShadowGlobals;
  readonly #options: ShadowOptions;
  readonly #addSite: AddSite;
  readonly #reader: Decoder;
  readonly #locals: ShadowLocals;
  /** Types of what is on the stack. */
  readonly #stack: number[] = [];
  readonly #labels: Label[];
  #now!: Instruction;

  constructor(
    module: WasmModule,
    ofFunction: FunctionBody,
    globals: ShadowGlobals,
    options: ShadowOptions,
    addSite: AddSite,
  ) {
    this.#module = module;
    this.#function = ofFunction;
    this.#globals = globals;
    this.#options = options;
    this.#addSite = addSite;
    this.#reader = new Decoder(ofFunction.body);
    this.#locals = new ShadowLocals(this.#reader, ofFunction);
    this.scratch = this.#locals.scratch;
    this.#labels = [{ height: 0, result: ofFunction.type.results[0] ?? 0, kind: 'function' }];
  }

  /** The new body: locals, then code. */
  rewrite(): Uint8Array {
    this.#takeParameters();
    this.#beginBlock();
    while (this.#reader.at < this.#reader.data.length) {
      this.#now = readInstruction(this.#reader, this.#function.offset);
      this.#step(this.#now);
    }
    return concatenate([this.#locals.encode(), this.code.finish()]);
  }

  copy(): void {
    this.code.raw(this.#now.raw);
  }

  push(type: number): number {
    this.#stack.push(shadowType(type));
    return this.#locals.slot(this.#stack.length - 1, shadowType(type));
  }

  pop(): number {
    const depth = this.#stack.length - 1;
    const floor = this.#labels[this.#labels.length - 1].height;
    if (depth < floor) throw new Error(`function ${this.#function.index}: nothing on the stack at ${this.#now.offset}`);
    return this.#locals.slot(depth, this.#stack.pop()!);
  }

  report(kind: SiteKind, ...shadows: readonly number[]): void {
    shadows.forEach((shadow, i) => {
      this.code.get(shadow);
      if (i > 0) this.code.union(I32);
    });
    this.code.flag(this.#addSite(kind, this.#function, this.#now.offset));
  }

  flow(shadow: number, type: number): void {
    if (this.#options.observe) this.#note('flow', shadow, type);
  }

  declassify(shadow: number, type: number): boolean {
    if (!this.#isDeclassified()) return false;
    this.#note('declassified', shadow, type);
    this.code.clear(shadowType(type)).set(shadow);
    return true;
  }

  #note(kind: SiteKind, shadow: number, type: number): void {
    this.code.get(shadow);
    if (type === V128) this.code.summarize();
    this.code.flag(this.#addSite(kind, this.#function, this.#now.offset));
  }

  #isDeclassified(): boolean {
    return this.#options.declassifies?.(this.#now.offset, this.#function.offset) ?? false;
  }

  /** A caller outside sets nothing: parameters are public unless their globals say otherwise. */
  #takeParameters(): void {
    this.#function.type.parameters.forEach((type, i) => {
      const global = this.#globals.parameter(i, type);
      this.code.getGlobal(global).set(this.#locals.shadowOf(i)).clear(shadowType(type)).setGlobal(global);
    });
  }

  #step(instruction: Instruction): void {
    const { opcode, immediates } = instruction;
    if (opcode >= op.block && opcode <= op.if) this.#open(opcode, immediates[0]);
    else if (opcode === op.else) this.#else();
    else if (opcode === op.end) this.#end();
    else if (opcode === op.br) this.#leave(() => this.#moveResult(this.#label(immediates[0])));
    else if (opcode === op.brIf) this.#branchIf(this.#label(immediates[0]));
    else if (opcode === op.brTable) this.#branchTable(immediates);
    else if (opcode === op.return) this.#leave(() => this.#moveResult(this.#labels[0]));
    else if (opcode === op.unreachable) this.#leave(() => {});
    else if (opcode === op.call) this.#call(this.#module.functionTypes[immediates[0]]);
    else if (opcode === op.callIndirect) this.#callIndirect(immediates[0]);
    else this.#compute(instruction);
    const beginsBlock: readonly number[] = [op.loop, op.if, op.else, op.end, op.brIf];
    if (beginsBlock.includes(opcode) && this.#labels.length > 0) this.#beginBlock();
  }

  /** Notes that what comes next runs, if that is asked for. */
  #beginBlock(): void {
    if (!this.#options.observe) return;
    this.code.mark(this.#addSite('block', this.#function, this.#function.offset + this.#reader.at));
  }

  #compute(instruction: Instruction): void {
    const { opcode, immediates } = instruction;
    const [index] = immediates;
    if (opcode === op.nop) this.copy();
    else if (opcode === op.drop) this.#drop();
    else if (opcode === op.select || opcode === op.selectTyped) this.#select();
    else if (opcode === op.localGet)
      this.#produce(this.#locals.types[index], () => this.code.get(this.#locals.shadowOf(index)));
    else if (opcode === op.localSet) this.#setLocal(index, this.pop());
    else if (opcode === op.localTee) this.#teeLocal(index);
    else if (opcode === op.globalGet) this.#produce(I32, () => this.code.getGlobal(this.#globals.own(index)));
    else if (opcode === op.globalSet) this.#setGlobal(index);
    else if (opcode === op.memorySize || isConstant(opcode)) this.#produce(I32, () => this.code.clear(I32));
    else if (opcode === op.memoryGrow) this.#grow();
    else if (isScalarLoad(opcode)) loadNumber(this, instruction);
    else if (isScalarStore(opcode)) storeNumber(this, instruction);
    else if (isArithmetic(opcode)) arithmetic(this, instruction);
    else if (opcode === op.bulk) bulkMemory(this, instruction);
    else if (opcode === op.vector) vectorInstruction(this, instruction);
    else throw new Error(`opcode 0x${opcode.toString(16)} is not known to the tracer`);
  }

  #produce(type: number, shadow: () => unknown): void {
    this.copy();
    shadow();
    this.code.set(this.push(type));
  }

  // Control

  #label(depth: number): Label {
    return this.#labels[this.#labels.length - 1 - depth];
  }

  #open(opcode: number, blockType: number): void {
    const result = blockType === 0x40 ? 0 : blockType;
    if (result !== 0 && (result < V128 || result > I32)) throw new Error('blocks with parameters are not known');
    if (opcode === op.if) this.#condition(this.pop());
    this.copy();
    this.#labels.push({ height: this.#stack.length, result, kind: opcode === op.loop ? 'loop' : 'block' });
  }

  /** The condition of a branch: a leak, or an outcome that the source says is public. */
  #condition(shadow: number): void {
    this.report(this.#isDeclassified() ? 'declassified' : 'branch', shadow);
  }

  #else(): void {
    this.copy();
    this.#stack.length = this.#label(0).height;
  }

  #end(): void {
    const label = this.#labels.pop()!;
    if (label.kind === 'function') {
      if (label.result !== 0 && this.#stack.length > 0) this.#moveResult(label);
      this.copy();
      return;
    }
    this.copy();
    this.#stack.length = label.height;
    if (label.result !== 0) this.push(label.result);
  }

  /** Puts the shadow of the value on top where the label's continuation looks for it. */
  #moveResult(label: Label): void {
    if (label.result === 0 || label.kind === 'loop') return;
    const depth = this.#stack.length - 1;
    const type = shadowType(label.result);
    if (label.kind === 'function') this.code.get(this.#locals.slot(depth, type)).setGlobal(this.#globals.result(type));
    else if (depth !== label.height)
      this.code.get(this.#locals.slot(depth, type)).set(this.#locals.slot(label.height, type));
  }

  #branchIf(label: Label): void {
    this.#condition(this.pop());
    const moves = label.result !== 0 && label.kind !== 'loop';
    if (moves) {
      // Only if it is taken: the slot may belong to a value that lives on.
      const condition = this.scratch.address;
      this.code.tee(condition).bytes(0x04, 0x40);
      this.#moveResult(label);
      this.code.bytes(0x0b).get(condition);
    }
    this.copy();
  }

  #branchTable(targets: readonly number[]): void {
    this.#condition(this.pop());
    if (targets.some(depth => this.#label(depth).result !== 0 && this.#label(depth).kind !== 'loop')) {
      throw new Error('br_table with a value is not known to the tracer');
    }
    this.#leave(() => {});
  }

  /** Copies what ends a sequence, and what can never run behind it. */
  #leave(before: () => void): void {
    before();
    this.copy();
    for (let nested = 0; ; ) {
      const start = this.#reader.at;
      const next = readInstruction(this.#reader, this.#function.offset);
      const endsHere = nested === 0 && (next.opcode === op.end || next.opcode === op.else);
      if (endsHere) {
        this.#reader.at = start;
        return;
      }
      if (next.opcode >= op.block && next.opcode <= op.if) nested++;
      else if (next.opcode === op.end) nested--;
      this.code.raw(next.raw);
    }
  }

  #callIndirect(type: number): void {
    this.report('indirect call', this.pop());
    this.#call(this.#module.types[type]);
  }

  #call({ parameters, results }: FunctionType): void {
    for (let i = parameters.length - 1; i >= 0; i--) {
      const shadow = this.pop();
      this.flow(shadow, parameters[i]);
      this.code.get(shadow).setGlobal(this.#globals.parameter(i, parameters[i]));
    }
    this.copy();
    const [type] = results;
    if (type === undefined) return;
    const shadow = this.push(type);
    this.code.getGlobal(this.#globals.result(type)).set(shadow);
    this.flow(shadow, type);
    this.declassify(shadow, type);
  }

  // Values

  #drop(): void {
    this.copy();
    this.pop();
  }

  #select(): void {
    const condition = this.pop();
    const type = this.#stack[this.#stack.length - 1];
    const [second, first] = [this.pop(), this.pop()];
    const isPublic = this.#isDeclassified();
    this.report(isPublic ? 'declassified' : 'select', condition);
    this.copy();
    this.code.get(first).get(second).union(type);
    if (!isPublic) {
      this.code.get(condition);
      if (type === V128) this.code.everywhere();
      this.code.union(type);
    }
    this.code.set(this.push(type));
  }

  #setLocal(local: number, shadow: number): void {
    this.copy();
    const type = this.#locals.types[local];
    this.flow(shadow, type);
    this.declassify(shadow, type);
    this.code.get(shadow).set(this.#locals.shadowOf(local));
  }

  #teeLocal(local: number): void {
    this.#setLocal(local, this.pop());
    this.push(this.#locals.types[local]);
  }

  #setGlobal(global: number): void {
    const shadow = this.pop();
    if (!this.declassify(shadow, I32)) this.report('global', shadow);
    this.copy();
    this.code.get(shadow).setGlobal(this.#globals.own(global));
  }

  #grow(): void {
    this.report('memory growth', this.pop());
    this.#produce(I32, () => this.code.clear(I32));
  }
}
