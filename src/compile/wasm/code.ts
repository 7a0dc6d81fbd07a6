import { type Bytes, ByteSink, joined, signed, unsigned } from './bytes.js'
import { INSTRUCTION, VALUE_TYPE, type ValueType } from './opcodes.js'

/** Binary logarithm of the alignment of doubles. */
const ALIGNMENT = 3

/** Instructions and variables of a function under construction. */
export class Code {
  private readonly code = new ByteSink()
  private readonly types: ValueType[] = []
  private readonly free = new Map<ValueType, number[]>([['f64', []], ['i32', []], ['i64', []], ['v128', []]])

  constructor(private readonly parameterCount: number) {}

  /** Variable declarations followed by the code, as the code section wants it. */
  bytes(): Uint8Array {
    const runs: [ValueType, number][] = []
    for (const type of this.types) {
      const last = runs.at(-1)
      if (last?.[0] === type) last[1] += 1
      else runs.push([type, 1])
    }
    return joined(unsigned(runs.length), ...runs.map(([type, n]) => unsigned(n).concat(VALUE_TYPE[type])), this.code.bytes)
  }

  protected declare(type: ValueType): number {
    this.types.push(type)
    return this.parameterCount + this.types.length - 1
  }

  emit(...bytes: readonly number[]): void {
    for (let i = 0; i < bytes.length; i += 1) this.code.put(bytes[i] ?? 0)
  }

  /** An instruction with the index of a variable or function. */
  at(instruction: number, index: number): void {
    this.code.put(instruction)
    if (index < 128) this.code.put(index)
    else this.emit(...unsigned(index))
  }

  /** An instruction on memory at an offset, in doubles, from the byte address on the stack. */
  access(instruction: Bytes, offset: number): void {
    this.emit(...instruction)
    this.at(ALIGNMENT, 8 * offset)
  }

  float(value: number): void {
    this.code.put(INSTRUCTION.f64Const)
    this.code.double(value)
  }

  integer(instruction: number, value: number | bigint): void {
    this.code.put(instruction)
    this.emit(...signed(value))
  }

  /** A variable of the type that is not in use. */
  take(type: ValueType): number {
    return this.free.get(type)?.pop() ?? this.declare(type)
  }

  release(index: number, type: ValueType): void {
    this.free.get(type)?.push(index)
  }
}
