import { type Syntax, parseSyntax } from '../../../src/algebra/syntax.js'
import type { Ring } from './ring.js'

/** What the names of an expression text mean in numbers. */
export interface Setting<T> {
  readonly ring: Ring<T>
  readonly scalars: Readonly<Record<string, T>>
  /** `theta`, states, time derivatives, directions. */
  readonly vectors: Readonly<Record<string, readonly T[]>>
  /** Membership of every component in blocks and sets. */
  readonly masks: Readonly<Record<string, readonly boolean[]>>
  /** ∇f, H x, D3(x, y), … */
  readonly gradientForm: (args: readonly (readonly T[])[]) => readonly T[]
  /** Points other than θ, as texts: `g_y`, `H_y(x)` are derivatives of the loss at the point y. */
  readonly points?: Readonly<Record<string, string>>
  readonly gradientFormAt?: (point: readonly T[]) => Setting<T>['gradientForm']
  readonly maps: Readonly<Record<string, (x: readonly T[]) => readonly T[]>>
  /** The polar factor of a point, `msign(x)`, and its derivatives along directions, `Dmsign(x, v)`. */
  readonly polar?: (point: readonly T[], along: readonly (readonly T[])[]) => readonly T[]
  /** What a sum or product with matrices in it is; undefined where there are none. */
  readonly product?: (e: Syntax, setting: Setting<T>) => readonly T[] | undefined
  /** The same at another step, for what stands under sums and products over steps. */
  readonly at?: (step: number) => Setting<T>
}

type Value<T> = { readonly kind: 'scalar'; readonly value: T } | { readonly kind: 'vector'; readonly value: readonly T[] }

/**
 * Evaluates the expression text of DESIGN.md on plain arrays: only the parser is the engine's, so what a person reads in a
 * printed law is what is checked.
 */
class Evaluator<T> {
  constructor(private readonly s: Setting<T>) {}

  read(e: Syntax): Value<T> {
    const product = this.s.product?.(e, this.s)
    if (product !== undefined) return { kind: 'vector', value: product }
    switch (e.kind) {
      case 'number':
        return this.scalar(this.s.ring.of(Number(e.text)))
      case 'name':
        return this.name(e.name)
      case 'unary':
        return e.operator === '+' ? this.read(e.operand) : this.zip('*', this.scalar(this.s.ring.of(-1)), this.read(e.operand))
      case 'binary':
        return e.operator === '^' ? this.power(this.read(e.left), e.right) : this.zip(e.operator, this.read(e.left), this.read(e.right))
      case 'call':
        return this.call(e)
    }
  }

  private scalar(value: T): Value<T> {
    return { kind: 'scalar', value }
  }

  private masked(x: readonly T[], set: string): readonly T[] {
    const mask = this.s.masks[set]
    if (mask === undefined) throw new Error(`no set ${set}`)
    return x.map((xi, i) => (mask[i] === true ? xi : this.s.ring.of(0)))
  }

  /** The derivatives of the loss at a named point; at θ without a name. */
  private formAt(point: string | undefined): Setting<T>['gradientForm'] {
    const { points, gradientForm, gradientFormAt } = this.s
    if (point === undefined) return gradientForm
    const text = points?.[point]
    if (text === undefined || gradientFormAt === undefined) throw new Error(`no point ${point}`)
    return gradientFormAt(vectorOfText(text, this.s))
  }

  private isPoint(name: string | undefined): name is string {
    return name !== undefined && Object.hasOwn(this.s.points ?? {}, name)
  }

  private name(name: string): Value<T> {
    const { scalars, vectors, masks, gradientForm, ring } = this.s
    const plain = (base: string): readonly T[] | undefined => (base.startsWith('g_') && this.isPoint(base.slice(2)) ? this.formAt(base.slice(2))([]) : base === 'g' ? gradientForm([]) : base === 'one' ? vectors['theta']?.map(() => ring.of(1)) : vectors[base])
    if (Object.hasOwn(scalars, name)) return { kind: 'scalar', value: scalars[name] ?? ring.of(0) }
    const whole = name === 'one' ? undefined : plain(name)
    if (whole !== undefined) return { kind: 'vector', value: whole }
    const set = Object.keys(masks).find((m) => name.endsWith(`_${m}`) && plain(name.slice(0, -m.length - 1)) !== undefined)
    const base = set === undefined ? undefined : plain(name.slice(0, -set.length - 1))
    if (set === undefined || base === undefined) throw new Error(`no meaning for ${name}`)
    return { kind: 'vector', value: this.masked(base, set) }
  }

  private operation(operator: string, a: T, b: T): T {
    const { ring } = this.s
    if (operator === '+') return ring.add(a, b)
    if (operator === '-') return ring.add(a, ring.mul(ring.of(-1), b))
    return operator === '*' ? ring.mul(a, b) : ring.div(a, b)
  }

  private zip(operator: string, x: Value<T>, y: Value<T>): Value<T> {
    if (x.kind === 'scalar' && y.kind === 'scalar') return this.scalar(this.operation(operator, x.value, y.value))
    const length = x.kind === 'vector' ? x.value.length : y.kind === 'vector' ? y.value.length : 0
    const at = (v: Value<T>, i: number): T => (v.kind === 'scalar' ? v.value : (v.value[i] ?? this.s.ring.of(0)))
    return { kind: 'vector', value: Array.from({ length }, (_, i) => this.operation(operator, at(x, i), at(y, i))) }
  }

  private power(x: Value<T>, exponent: Syntax): Value<T> {
    const number = this.exponentOf(exponent)
    const raise = (a: T): T => {
      const n = Math.floor(Math.abs(number))
      const { ring } = this.s
      const whole = Array.from({ length: n }, () => a).reduce(ring.mul, ring.of(1))
      const half = Math.abs(number) - n === 1 / 2 ? ring.mul(whole, ring.call('sqrt', [a])) : whole
      if (Math.abs(number) - n !== 0 && Math.abs(number) - n !== 1 / 2) throw new Error(`the power ${number}`)
      return number < 0 ? ring.div(ring.of(1), half) : half
    }
    return x.kind === 'scalar' ? this.scalar(raise(x.value)) : { kind: 'vector', value: x.value.map(raise) }
  }

  /** Exponents are numbers, or a scalar whose value is a double. */
  private exponentOf(e: Syntax): number {
    if (e.kind === 'number') return Number(e.text)
    if (e.kind === 'unary') return (e.operator === '-' ? -1 : 1) * this.exponentOf(e.operand)
    if (e.kind === 'binary' && e.operator === '/') return this.exponentOf(e.left) / this.exponentOf(e.right)
    const value = this.read(e)
    if (value.kind === 'scalar' && typeof value.value === 'number') return value.value
    throw new Error('an exponent that is no number')
  }

  vector(e: Syntax): readonly T[] {
    const x = this.read(e)
    if (x.kind === 'vector') return x.value
    throw new Error('a vector is needed')
  }

  /** `diff(beta,t)` is a scalar of that name in the setting, the order of the derivative added from the second on. */
  private rateOf([name, time, order]: readonly Syntax[]): Value<T> {
    if (name?.kind !== 'name' || time?.kind !== 'name') throw new Error('the rate of a name in time')
    const key = `diff(${name.name},${time.name}${order?.kind === 'number' ? `,${order.text}` : ''})`
    const value = this.s.scalars[key]
    if (value === undefined) throw new Error(`no value for ${key}`)
    return this.scalar(value)
  }

  /** Σ or Π: scalars are those outside and the index, what they do not name and vectors those of the step of the index. */
  private overSteps(operation: 'sum' | 'product', [body, index, from, to]: readonly Syntax[]): Value<T> {
    const { ring, at, scalars } = this.s
    if (body === undefined || index?.kind !== 'name' || from === undefined || to === undefined || at === undefined) throw new Error(`no ${operation} over steps`)
    let total = ring.of(operation === 'sum' ? 0 : 1)
    for (let n = this.exponentOf(from); n <= this.exponentOf(to); n += 1) {
      const term = new Evaluator({ ...at(n), scalars: { ...at(n).scalars, ...scalars, [index.name]: ring.of(n) } }).read(body)
      if (term.kind !== 'scalar') throw new Error('a vector under a sum over steps')
      total = operation === 'sum' ? ring.add(total, term.value) : ring.mul(total, term.value)
    }
    return this.scalar(total)
  }

  private call(e: Extract<Syntax, { kind: 'call' }>): Value<T> {
    const { ring, maps, masks } = this.s
    if ((e.name === 'sum' || e.name === 'product') && e.args.length === 4) return this.overSteps(e.name, e.args)
    const [first, second = first] = e.args
    if (first === undefined || second === undefined) throw new Error(`${e.name} of nothing`)
    if (e.name === 'dot' || e.name === 'norm2') {
      const [x, y] = [this.vector(first), this.vector(second)]
      return this.scalar(x.reduce((sum, xi, i) => ring.add(sum, ring.mul(xi, y[i] ?? ring.of(0))), ring.of(0)))
    }
    if (e.name === 'diff') return this.rateOf(e.args)
    const set = e.name.startsWith('P_') ? e.name.slice(2) : undefined
    if (set !== undefined && Object.hasOwn(masks, set)) return { kind: 'vector', value: this.masked(this.vector(first), set) }
    const [, suffix, point] = /^(?:H|D\d+)(_(\w+))?$/.exec(e.name) ?? [e.name, e.name]
    if (suffix === undefined || this.isPoint(point)) return { kind: 'vector', value: this.formAt(point)(e.args.map((a) => this.vector(a))) }
    const { polar } = this.s
    if (polar !== undefined && /^(?:D\d*)?msign$/.test(e.name)) {
      const [point = [], ...along] = e.args.map((a) => this.vector(a))
      return { kind: 'vector', value: polar(point, along) }
    }
    if (polar !== undefined && e.name === 'nuclear') return this.call({ ...e, name: 'dot', args: [first, { ...e, name: 'msign' }] })
    const map = maps[e.name]
    if (map !== undefined) return { kind: 'vector', value: map(this.vector(first)) }
    const args = e.args.map((a) => this.read(a))
    if (args.every((a) => a.kind === 'scalar')) return this.scalar(ring.call(e.name, args.map((a) => a.value)))
    const length = Math.max(...args.map((a) => (a.kind === 'vector' ? a.value.length : 0)))
    const at = (v: Value<T>, i: number): T => (v.kind === 'scalar' ? v.value : (v.value[i] ?? ring.of(0)))
    return { kind: 'vector', value: Array.from({ length }, (_, i) => ring.call(e.name, args.map((a) => at(a, i)))) }
  }
}

const parsed = new Map<string, Syntax>()

function syntaxOf(text: string): Syntax {
  const known = parsed.get(text) ?? parseSyntax(text)
  parsed.set(text, known)
  return known
}

/** The vector that a text stands for, in numbers. */
export const vectorOfText = <T>(text: string, setting: Setting<T>): readonly T[] => new Evaluator(setting).vector(syntaxOf(text))

/** What a tree stands for. */
export const valueOfSyntax = <T>(e: Syntax, setting: Setting<T>): Value<T> => new Evaluator(setting).read(e)

/** The scalar that a text stands for. */
export function scalarOfText<T>(text: string, setting: Setting<T>): T {
  const x = new Evaluator(setting).read(syntaxOf(text))
  if (x.kind === 'scalar') return x.value
  throw new Error(`${text} is no scalar`)
}
