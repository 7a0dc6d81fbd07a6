import { sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { type Target, RESERVED, load } from './executable.js'
import { Graph } from './graph.js'
import { type Program, type Routine, i32, loop, set, toMemory } from './ir.js'
import { Lowering } from './lower.js'

/** A compiled family of expressions. */
export interface CompiledFunction {
  /** Values at one point, in the order of the expressions. */
  at(point: readonly number[]): Float64Array
  /**
   * Values at many points at once. Every input is an array of the common length or a number that holds for all points.
   * @returns one array an expression.
   * @throws InputError if lengths differ.
   */
  over(inputs: readonly (Float64Array | readonly number[] | number)[]): readonly Float64Array[]
}

/** `evaluate(count, base)`: columns of inputs, then columns of outputs, each `count` doubles long, from position `base` on. */
export function functionProgram(expressions: readonly Expr[], inputs: readonly (string | Expr)[]): Program {
  const g = new Graph()
  const [count, base, i] = [i32('count'), i32('base'), i32('i')]
  const row = g.plus(g.read(base), g.read(i))
  const column = (n: number): ReturnType<Graph['int']> => g.plus(row, g.apply('imul', g.int(n), g.read(count)))
  const positions = new Map(inputs.map((input, n) => [typeof input === 'string' ? sym(input) : input, n]))
  const lowering = new Lowering(g, (quantity) => {
    const n = positions.get(quantity)
    return n === undefined ? undefined : g.load(column(n))
  })
  const outputs = expressions.map((e, n) => [toMemory(column(inputs.length + n)), lowering.lower(e)] as const)
  const routine: Routine = {
    name: 'evaluate',
    parameters: [count, base],
    body: [
      set([i, g.int(0)]),
      loop(g.apply('ilt', g.read(i), g.read(count)), [set(...outputs), set([i, g.plus(g.read(i), 1)])]),
    ],
  }
  return { routines: [routine], exported: ['evaluate'] }
}

/**
 * Compiles expressions to a fast evaluator.
 * @param inputs the symbols (by name), atoms or derivatives that get values, in the order of the arguments of `at` and `over`.
 * @throws InputError for a quantity that is no input.
 */
export function compileFunction(
  expressions: readonly Expr[],
  inputs: readonly (string | Expr)[],
  { target = 'wasm' }: { readonly target?: Target } = {},
): CompiledFunction {
  const executable = load(functionProgram(expressions, inputs), target)
  const evaluate = executable.entry('evaluate')
  const over: CompiledFunction['over'] = (values) => {
    if (values.length !== inputs.length) throw new InputError(`${values.length} inputs given`, `give ${inputs.length}`)
    const lengths = values.flatMap((v) => (typeof v === 'number' ? [] : [v.length]))
    const count = lengths[0] ?? 1
    const odd = lengths.find((n) => n !== count)
    if (odd !== undefined) throw new InputError(`inputs of ${count} and of ${odd} points`, 'give arrays of one length')
    const memory = executable.memory(RESERVED + count * (inputs.length + expressions.length))
    for (const [n, v] of values.entries()) {
      const start = RESERVED + n * count
      if (typeof v === 'number') memory.fill(v, start, start + count)
      else memory.set(v, start)
    }
    evaluate(count, RESERVED)
    const first = RESERVED + inputs.length * count
    return expressions.map((_, n) => memory.slice(first + n * count, first + (n + 1) * count))
  }
  return {
    over,
    at: (point) => Float64Array.from(over(point), (column) => column[0] ?? NaN),
  }
}
