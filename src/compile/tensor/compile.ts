import { InputError } from '../../errors.js'
import { type Executable, type Target, RESERVED, load } from '../executable.js'
import { Graph } from '../graph.js'
import type { Program } from '../ir.js'
import { ordered } from './derivative.js'
import { tensorCode } from './generate.js'
import { type Tensor, sizeOf } from './graph.js'

/** What a program can address, in doubles. */
const ROOM = 2 ** 28

export interface CompiledTensors {
  /** Sets an input for all later runs. @throws InputError for an unknown name or a wrong number of values. */
  put(name: string, values: ArrayLike<number>): void
  /** Sets a scalar parameter. @throws InputError for an unknown name. */
  scalar(name: string, value: number): void
  /** Names of the inputs, in the order in which a program file takes them. */
  readonly inputs: readonly string[]
  /** Doubles of memory that inputs, intermediate values and outputs take. */
  readonly doubles: number
  /** Evaluates all outputs; the arrays are copies, in row-major order. */
  run(): readonly Float64Array[]
}

/** Names of the inputs below some tensors, with their sizes. */
export function inputsOf(outputs: readonly Tensor[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const t of ordered(outputs)) {
    if (t.kind !== 'input') continue
    if ((sizes.get(t.name) ?? sizeOf(t.shape)) !== sizeOf(t.shape)) throw new RangeError(`input ${t.name} has two shapes`)
    sizes.set(t.name, sizeOf(t.shape))
  }
  return sizes
}

/**
 * Compiles tensors to one program in double precision.
 * @param scalars names of numbers that elementwise functions may contain.
 * @throws InputError if an elementwise function contains another symbol, or if the values take more memory than a program can address.
 */
export function compileTensors(
  outputs: readonly Tensor[], { scalars = [], target = 'wasm' }: { readonly scalars?: readonly string[]; readonly target?: Target } = {},
): CompiledTensors {
  const g = new Graph()
  const sizes = inputsOf(outputs)
  const places = new Map<string, number>()
  let free = RESERVED + scalars.length
  for (const [name, size] of sizes) {
    places.set(name, free)
    free += size
  }
  const base = g.int(0)
  const code = tensorCode(g, outputs, {
    base, firstFree: free,
    input: (t) => ({ base, offset: places.get(t.name) ?? 0 }),
    scalar: (name) => (scalars.includes(name) ? g.load(g.int(RESERVED + scalars.indexOf(name))) : undefined),
  })
  if (code.end > ROOM) throw new InputError(`the values of one evaluation take ${(code.end / 2 ** 27).toPrecision(2)} GB, a program can address 2`, 'take fewer samples')
  const program: Program = {
    routines: [{ name: 'setup', parameters: [], body: code.setup }, { name: 'evaluate', parameters: [], body: code.statements }],
    exported: ['setup', 'evaluate'],
  }
  const executable: Executable = load(program, target)
  const evaluate = executable.entry('evaluate')
  const memory = (): Float64Array => executable.memory(code.end)
  const startOf = (k: number): number => code.positions[k]?.offset ?? 0
  memory()
  executable.entry('setup')()
  return {
    inputs: [...sizes.keys()],
    doubles: code.end - RESERVED,
    put(name, values) {
      const place = places.get(name)
      if (place === undefined) throw new InputError(`no input ${name}`, `one of ${[...places.keys()].join(', ')}`)
      if (values.length !== sizes.get(name)) throw new InputError(`${values.length} values for ${name}`, `give ${sizes.get(name)}`)
      memory().set(values, place)
    },
    scalar(name, value) {
      const i = scalars.indexOf(name)
      if (i < 0) throw new InputError(`no scalar ${name}`, `one of ${scalars.join(', ')}`)
      memory()[RESERVED + i] = value
    },
    run() {
      evaluate()
      const values = memory()
      return outputs.map((t, k) => values.slice(startOf(k), startOf(k) + sizeOf(t.shape)))
    },
  }
}
