import { HALF, ONE, atom as opaqueAtom, call as callScalar, div, exp, mul, num, pow, sym } from '../algebra/build.js'
import { FUNCTIONS, type Expr } from '../algebra/expr.js'
import { INVERSE_HYPERBOLIC } from '../algebra/inverseHyperbolic.js'
import { nearest } from '../algebra/nearest.js'
import { readSyntax } from '../algebra/read.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { refuseBareSymbol } from './bareSymbol.js'
import { FieldValue, LOSS_VALUE, dot } from './contraction.js'
import { ONES, elementwise } from './elementwise.js'
import { REDUCTIONS } from './reductions.js'
import { projector } from './operator.js'
import { MATRIX_FUNCTIONS, type PlainValue, type Value, isPlain, matrixBinary, matrixCall, negativeMatrix } from './readSquare.js'
import { IDENTITY } from './square.js'
import { SPECTRAL_FUNCTIONS, nuclearNorm, spectralCall } from './spectral.js'
import { type Field, LOSS } from './field.js'
import { NO_NAMES, type Vocabulary, own } from './vocabulary.js'
import { GRADIENT, type Vector, addVectors, apply, applyAdjoint, fieldAt, gradientAt, indicator, scaleVector, tensor, variable } from './vector.js'

export { NO_NAMES, type Vocabulary }

const scalar = (value: Expr): PlainValue => ({ kind: 'scalar', value })
const vector = (value: Vector): PlainValue => ({ kind: 'vector', value })

class VectorReader {
  private readonly known = new Map<Syntax, Value>()

  constructor(private readonly names: Vocabulary) {}

  readonly read = (s: Syntax): Value => {
    const known = this.known.get(s)
    if (known !== undefined) return known
    const value = this.readAnew(s)
    this.known.set(s, value)
    return value
  }

  private readAnew(s: Syntax): Value {
    switch (s.kind) {
      case 'number':
        return scalar(readSyntax(s))
      case 'name': {
        const matrix = this.matrixNamed(s.name)
        if (matrix !== undefined) return matrix
        const known = this.vectorNamed(s.name)
        return known === undefined ? scalar(this.scalar(s)) : vector(known)
      }
      case 'unary':
        return s.operator === '-' ? this.negative(s.operand) : this.read(s.operand)
      case 'binary':
        return this.binary(s)
      case 'call':
        return this.call(s)
    }
  }

  /** A scalar, with contractions and the scalar functions of the expression text. */
  readonly scalar = (s: Syntax): Expr =>
    readSyntax(s, {
      resolveCall: (name, args, _recurse, at) => this.scalarCall(name, args, at),
      resolveName: (name, at) => {
        const given = own(this.names.scalars ?? {}, name)
        if (given !== undefined) return given
        if (name === LOSS.name) return LOSS_VALUE
        const field = this.fieldNamed(name)
        if (field?.slots === 0) return opaqueAtom(new FieldValue(field))
        if (this.vectorNamed(name) !== undefined)
          throw new InputError(`the vector '${name}' where a number is needed`, `write dot(${name},x) or norm2(${name})`, { column: at.column })
        return undefined
      },
    })

  /** A vector. @throws InputError for a scalar. */
  readonly vector = (s: Syntax): Vector => {
    const value = this.read(s)
    if (value.kind === 'vector') return value.value
    if (!isPlain(value)) throw new InputError('a matrix where a vector is needed', 'a matrix times a vector is one: L*g, g*R', { column: s.column })
    if (value.value === num(0)) return { terms: [] }
    if (s.kind === 'name' && /^(?:d*theta|g)_/.test(s.name)) {
      const blocks = Object.keys(this.names.sets)
      throw new InputError(`'${s.name}' speaks of a block that the symmetry does not have`, blocks.length === 0 ? 'state the symmetry, and list its blocks under parameters' : `its blocks are ${blocks.join(', ')}; for another one state the symmetry on it, and list it under parameters`, { column: s.column })
    }
    throw new InputError('a number where a vector is needed', 'theta, g, a state or a block stands for a vector', { column: s.column })
  }

  /** A vector that is an argument, where a number added to it is no more meant than in an update. */
  private readonly argument = (s: Syntax): Vector => {
    const x = this.vector(s)
    refuseBareSymbol(x, s, this.names)
    return x
  }

  /** The loss with its jets at a named point. */
  private lossAt(name: string): Field | undefined {
    const point = own(this.names.points ?? {}, name)
    return point === undefined ? undefined : fieldAt(LOSS, { name, point })
  }

  private fieldNamed(name: string): Field | undefined {
    return own(this.names.fields ?? {}, name)
  }

  /** The derivative of a field that a name such as `D2h` or `DGt` calls for, with its arguments in slots; one slot stays open. */
  private fieldCall(name: string, read: () => readonly Vector[]): Vector | undefined {
    const [, derivative = '', base = ''] = /^(D\d*)?(\w+)$/.exec(name) ?? []
    const order = derivative === '' ? 0 : derivative === 'D' ? 1 : Number(derivative.slice(1))
    const adjoint = this.fieldNamed(base) === undefined && base.endsWith('t')
    const field = this.fieldNamed(adjoint ? base.slice(0, -1) : base)
    if (field === undefined) return undefined
    const args = read()
    const openAlong = adjoint || field.slots === 0
    const along = args.slice(0, order - (openAlong ? 1 : 0))
    const rest = args.slice(along.length)
    if (along.length + (openAlong ? 1 : 0) !== order || rest.length !== field.slots - (openAlong ? 0 : 1)) return undefined
    return tensor(field, along, openAlong ? rest : [...rest, null], openAlong)
  }

  private vectorNamed(name: string): Vector | undefined {
    const given = own(this.names.vectors, name) ?? this.fieldCall(name, () => [])
    if (given !== undefined) return given
    const rate = /^(d|dd|d\d+)?theta(?:_(\w+))?$/.exec(name)
    if (rate !== null) {
      const [, dots = '', set] = rate
      const order = /\d/.test(dots) ? Number(dots.slice(1)) : dots.length
      const found = this.restricted(order === 0 ? this.theta() : variable('theta', order), set)
      if (found !== undefined) return found
    }
    if (name === 'g') return GRADIENT
    const loss = name.startsWith('g_') ? this.lossAt(name.slice(2)) : undefined
    if (loss !== undefined) return tensor(loss, [], [], true)
    if (own(this.names.sets, name) !== undefined) return this.restricted(this.theta(), name)
    for (const [i, c] of [...name].entries()) {
      if (c !== '_') continue
      const [head, set] = [name.slice(0, i), name.slice(i + 1)]
      if (own(this.names.sets, set) === undefined) continue
      if (head === 'one') return indicator(projector(set, own(this.names.sets, set)))
      const base = head === 'g' ? GRADIENT : own(this.names.vectors, head)
      if (base !== undefined) return this.restricted(base, set)
    }
    return undefined
  }

  /** What theta stands for here: after its update the new one. */
  private theta(): Vector {
    return own(this.names.vectors, 'theta') ?? variable('theta')
  }

  private restricted(x: Vector, set: string | undefined): Vector | undefined {
    if (set === undefined) return x
    const members = own(this.names.sets, set)
    return members === undefined ? undefined : apply(projector(set, members), x)
  }

  private binary(s: Extract<Syntax, { kind: 'binary' }>): Value {
    const [left, right] = [this.read(s.left), this.read(s.right)]
    const product = matrixBinary(s.operator, left, right, s.column)
    if (product !== undefined || !isPlain(left) || !isPlain(right)) return product ?? left
    if (left.kind === 'scalar' && right.kind === 'scalar') return scalar(this.scalar(s))
    if (s.operator === '+') return vector(addVectors(this.broadcast(left), this.broadcast(right)))
    if (s.operator === '-') return vector(addVectors(this.broadcast(left), scaleVector(num(-1), this.broadcast(right))))
    const slots: Record<string, Vector> = {}
    const { coefficient, body } = this.factored(s, slots)
    const single = body.kind === 'symbol' ? own(slots, body.name) : undefined
    return vector(scaleVector(coefficient, single ?? elementwise(body, slots)))
  }

  /** A product, quotient or power as its scalars times one function of the components of the vectors in it. */
  private factored(s: Syntax, slots: Record<string, Vector>): { readonly coefficient: Expr; readonly body: Expr } {
    if (s.kind !== 'binary' || s.operator === '+' || s.operator === '-' || [s.left, s.right].some((x) => !isPlain(this.read(x)))) {
      const value = this.read(s)
      if (!isPlain(value)) throw new InputError('a matrix in a product of components', 'write L*g in brackets', { column: s.column })
      if (value.kind === 'scalar') return { coefficient: value.value, body: ONE }
      const name = `_factor${Object.keys(slots).length}`
      slots[name] = value.value
      return { coefficient: ONE, body: sym(name) }
    }
    const [left, right] = [this.factored(s.left, slots), this.factored(s.right, slots)]
    if (left.body === ONE && right.body === ONE) return { coefficient: this.scalar(s), body: ONE }
    if (s.operator === '*') return { coefficient: mul(left.coefficient, right.coefficient), body: mul(left.body, right.body) }
    if (s.operator === '/') return { coefficient: div(left.coefficient, right.coefficient), body: div(left.body, right.body) }
    return { coefficient: ONE, body: pow(mul(left.coefficient, left.body), mul(right.coefficient, right.body)) }
  }

  private negative(s: Syntax): Value {
    const x = this.read(s)
    const matrix = negativeMatrix(x)
    if (matrix !== undefined || !isPlain(x)) return matrix ?? x
    return x.kind === 'scalar' ? scalar(mul(num(-1), x.value)) : vector(scaleVector(num(-1), x.value))
  }

  /** A matrix, or a state that may be one. */
  private matrixNamed(name: string): Value | undefined {
    const { squares, unknown, numbers } = this.names
    if (unknown?.includes(name) === true) return { kind: 'unknown' }
    const square = own(squares ?? {}, name) ?? (name === 'I' && squares !== undefined && numbers?.includes(name) !== true && this.vectorNamed(name) === undefined ? IDENTITY : undefined)
    return square === undefined ? undefined : { kind: 'square', value: square }
  }

  private broadcast(x: PlainValue): Vector {
    return x.kind === 'vector' ? x.value : scaleVector(x.value, ONES)
  }

  private components(body: Expr, values: Readonly<Record<string, PlainValue>>): Vector {
    return elementwise(body, Object.fromEntries(Object.entries(values).map(([name, v]) => [name, this.broadcast(v)])))
  }

  private arguments(s: Extract<Syntax, { kind: 'call' }>, count: number): readonly Syntax[] {
    if (s.args.length === count) return s.args
    throw new InputError(`${s.name} takes ${count} argument${count === 1 ? '' : 's'}, not ${s.args.length}`, 'mend the call', { column: s.column })
  }

  private call(s: Extract<Syntax, { kind: 'call' }>): Value {
    if (s.name === 'dot' || s.name === 'nuclear' || own(REDUCTIONS, s.name) !== undefined) return scalar(this.scalar(s))
    const linear = this.linearCall(s)
    if (linear !== undefined) return vector(linear)
    const given = s.args.map(this.read)
    const matrix = matrixCall(s.name, given, s.column)
    if (matrix !== undefined) return matrix
    const args = given.filter(isPlain)
    if (args.every((a) => a.kind === 'scalar')) return scalar(this.scalar(s))
    const slots = Object.fromEntries(args.map((a, i) => [`_arg${i}`, a]))
    const symbols = Object.keys(slots).map((name) => sym(name))
    const [first = num(0)] = symbols
    if (s.name === 'sqrt') return vector(this.components(pow(first, HALF), slots))
    if (s.name === 'exp') return vector(this.components(exp(first), slots))
    const logarithm = INVERSE_HYPERBOLIC[s.name]
    if (logarithm !== undefined) return vector(this.components(logarithm(first), slots))
    const known = FUNCTIONS.find((f) => f === s.name)
    if (known === undefined) throw this.unknown(s)
    this.arguments(s, known === 'min' || known === 'max' ? 2 : 1)
    return vector(this.components(callScalar(known, ...symbols), slots))
  }

  private linearCall(s: Extract<Syntax, { kind: 'call' }>): Vector | undefined {
    const [, derivative = '', point] = /^(H|D\d+)(?:_(\w+))?$/.exec(s.name) ?? []
    const order = derivative === 'H' ? 2 : Number(derivative.slice(1))
    const field = point === undefined ? LOSS : this.lossAt(point)
    if (order > 1 && field !== undefined) return tensor(field, this.arguments(s, order - 1).map(this.argument), [], true)
    if (GRADIENT_NAMES.test(s.name) && this.names.nameOfPoint !== undefined) {
      const point = this.argument(this.arguments(s, 1)[0] ?? s)
      return gradientAt({ name: this.names.nameOfPoint(point), point })
    }
    const spectral = spectralCall(s.name)
    if (spectral !== undefined) return spectral.value(this.arguments(s, spectral.count).map(this.argument))
    const set = s.name.startsWith('P_') ? s.name.slice(2) : undefined
    const members = set === undefined ? undefined : own(this.names.sets, set)
    const only = (): Vector => this.vector(this.arguments(s, 1)[0] ?? s)
    if (set !== undefined && members !== undefined) return apply(projector(set, members), only())
    const ofField = this.fieldCall(s.name, () => s.args.map(this.vector))
    if (ofField !== undefined) return ofField
    const operator = own(this.names.operators, s.name)
    if (operator !== undefined) return apply(operator, only())
    const adjoint = s.name.endsWith('t') ? own(this.names.operators, s.name.slice(0, -1)) : undefined
    return adjoint === undefined ? undefined : applyAdjoint(adjoint, only())
  }

  private scalarCall(name: string, args: readonly Syntax[], at: Syntax): Expr | undefined {
    const call = { kind: 'call', name, args, column: at.column } as const
    const reduction = name === 'nuclear' ? nuclearNorm : own(REDUCTIONS, name)
    if (reduction !== undefined) return reduction(this.argument(this.arguments(call, 1)[0] ?? at))
    if (name !== 'dot') return undefined
    const [x = at, y = at] = this.arguments(call, 2)
    const side = (s: Syntax): Vector => (s.kind === 'number' && s.text === '1' ? ONES : this.argument(s))
    return dot(side(x), side(y))
  }

  private unknown(s: Extract<Syntax, { kind: 'call' }>): InputError {
    if (GRADIENT_NAMES.test(s.name))
      return new InputError(`${s.name}(…): the gradient at another point stands in the update equations of a rule only`, 'write g for the gradient at theta', { column: s.column })
    const candidates = ['dot', ...Object.keys(REDUCTIONS), 'H', 'D3', 'sqrt', 'exp', ...FUNCTIONS, ...Object.keys(INVERSE_HYPERBOLIC), ...SPECTRAL_FUNCTIONS, 'nuclear', ...(this.names.squares === undefined ? [] : MATRIX_FUNCTIONS), ...Object.keys(this.names.operators), ...Object.keys(this.names.sets).map((n) => `P_${n}`)]
    const guess = nearest(s.name, candidates)
    return new InputError(`unknown function '${s.name}'`, guess === undefined ? `known are ${candidates.join(', ')}` : `did you mean ${guess}?`, { column: s.column })
  }
}

const GRADIENT_NAMES = /^(grad|gradient|nabla|g)$/

/** The vector an expression text stands for. @throws InputError with the column. */
export function readVector(text: string, names: Vocabulary = NO_NAMES): Vector {
  const tree = parseSyntax(text)
  const x = new VectorReader(names).vector(tree)
  refuseBareSymbol(x, tree, names)
  return x
}

/** What an expression text stands for, be it a matrix. @throws InputError with the column. */
export const readValue = (text: string, names: Vocabulary): Value => readValueOf(parseSyntax(text), names)
export const readValueOf = (syntax: Syntax, names: Vocabulary): Value => new VectorReader(names).read(syntax)
export const readVectorSyntax = (syntax: Syntax, names: Vocabulary): Vector => new VectorReader(names).vector(syntax)
export const readScalarSyntax = (syntax: Syntax, names: Vocabulary): Expr => new VectorReader(names).scalar(syntax)

/** The scalar an expression text stands for, contractions included. @throws InputError with the column. */
export const readScalar = (text: string, names: Vocabulary = NO_NAMES): Expr => readScalarSyntax(parseSyntax(text), names)

