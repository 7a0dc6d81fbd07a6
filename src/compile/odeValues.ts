import { InputError } from '../errors.js'
import { compileFunction } from './function.js'
import { type OdeFile } from './odeSchema.js'
import { type Path, type Source, expression } from './odeSource.js'

/** A number in terms of the parameters before it. */
export type Quantity = (known: readonly number[]) => number

/** What a trajectory of an ODE file starts from. */
export interface Values {
  readonly parameters: readonly number[]
  readonly y0: readonly number[]
  readonly span: readonly [number, number]
}

/**
 * The numbers of an ODE file, each compiled once, for the file itself and for every member of an ensemble.
 * @throws InputError for text that is no expression in the parameters before it.
 */
export class Valuation {
  private readonly parameters: readonly string[]
  private readonly own: ReadonlyMap<string, Quantity>
  private readonly span: readonly Quantity[]

  /** @param names everything the file declares. */
  constructor(private readonly source: Source, file: OdeFile, private readonly names: readonly string[]) {
    this.parameters = Object.keys(file.parameters ?? {})
    const given = Object.entries(file.parameters ?? {})
    this.own = new Map([
      ...given.map(([name, value]) => [name, this.quantity(value, ['parameters', name], name)] as const),
      ...Object.keys(file.states).map((name) => [name, this.quantity(file.initial[name] ?? 0, ['initial', name], name)] as const),
    ])
    this.span = file.span.map((value, k) => this.quantity(value, ['span', k]))
  }

  /**
   * What stands at a place of the file.
   * @param owner the parameter or state whose value it is, which says what has a value before it.
   * @returns a function that throws an InputError for a value that is not finite.
   */
  quantity(value: number | string, path: Path, owner = ''): Quantity {
    const position = this.parameters.indexOf(owner)
    const before = position < 0 ? this.parameters : this.parameters.slice(0, position)
    const remedy = (name: string): string =>
      this.parameters.includes(name) ? 'declare it further up, before what contains it'
        : this.names.includes(name) ? 'only parameters have a value here' : 'declare it under parameters'
    if (typeof value === 'number') return () => value
    const { at } = compileFunction([expression(this.source, value, path, new Set(before), remedy)], before, { target: 'js' })
    return (known) => this.finite(at(known.slice(0, before.length))[0] ?? NaN, path)
  }

  /** @throws InputError for a number that is not finite. */
  finite(v: number, path: Path): number {
    if (!Number.isFinite(v)) throw new InputError(`${path.join('.')} is ${v}`, 'give a finite value', this.source.place(path))
    return v
  }

  /**
   * All values, some of them replaced.
   * @throws InputError for one that is not finite, or a span without a length.
   */
  values(replaced: ReadonlyMap<string, Quantity> = new Map()): Values {
    const known: number[] = []
    const valueOf = (name: string): number => (replaced.get(name) ?? this.own.get(name))?.(known) ?? NaN
    for (const name of this.parameters) known.push(valueOf(name))
    const y0 = [...this.own.keys()].slice(known.length).map(valueOf)
    const [start = NaN, end = NaN] = this.span.map((bound) => bound(known))
    return { parameters: known, y0, span: [start, end] }
  }
}
