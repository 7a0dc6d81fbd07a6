import type { Bytes } from './bytes.js'
import { unsigned } from './bytes.js'
import { VALUE_TYPE, type ValueType } from './opcodes.js'

/** Instructions and variables of a function under construction. */
export class Code {
  private readonly code: number[] = []
  private readonly types: ValueType[] = []
  private readonly free = new Map<ValueType, number[]>([['f64', []], ['i32', []], ['i64', []], ['v128', []]])

  constructor(private readonly parameterCount: number) {}

  /** Variable declarations followed by the code, as the code section wants it. */
  bytes(): Bytes {
    const runs: [ValueType, number][] = []
    for (const type of this.types) {
      const last = runs.at(-1)
      if (last?.[0] === type) last[1] += 1
      else runs.push([type, 1])
    }
    return [...unsigned(runs.length), ...runs.flatMap(([type, n]) => unsigned(n).concat(VALUE_TYPE[type])), ...this.code]
  }

  protected declare(type: ValueType): number {
    this.types.push(type)
    return this.parameterCount + this.types.length - 1
  }

  emit(...bytes: readonly number[]): void {
    for (const b of bytes) this.code.push(b)
  }

  at(instruction: number, index: number): void {
    this.emit(instruction, ...unsigned(index))
  }

  /** A variable of the type that is not in use. */
  take(type: ValueType): number {
    return this.free.get(type)?.pop() ?? this.declare(type)
  }

  release(index: number, type: ValueType): void {
    this.free.get(type)?.push(index)
  }
}
