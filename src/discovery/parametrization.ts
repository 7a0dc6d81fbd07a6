import { type Rational, parseRational } from '../algebra/rational.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { CircuitBuilder } from './circuit.js'
import type { InverseMetric } from './exact.js'
import { metricModel, momentumModel } from './flows.js'
import { MatrixReader, type NodeMatrix } from './matrix-expression.js'
import type { Model } from './model.js'
import { Assembly, type AssembledBlock } from './network/assembly.js'
import { componentModels } from './network/components.js'
import { type Polynomial, expandCircuit } from './polynomial.js'

/** A parametrization φ(θ) as polynomials in the expression text, and the flow its parameters follow. */
export interface Parametrization {
  /** Blocks with their shapes: `[]` a number, `[n]` a column, `[n, m]` a matrix. */
  readonly parameters: Readonly<Record<string, readonly number[]>>
  /** Scalars, vectors or matrices in the parameters; single entries are written `W_1_2`. */
  readonly phi: readonly string[]
  /**
   * θ̇ = −M(θ)∇f: for each block the entries of a diagonal M (block names stand for the entry of the same index), or the whole matrix M,
   * row by row, over the parameters in order. The identity where absent.
   */
  readonly inverseMetric?: Readonly<Record<string, string>> | readonly (readonly string[])[]
  /** θ̈ + c θ̇ + ∇f = 0 with this c instead of gradient flow. */
  readonly damping?: Rational
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isParametrization = (value: unknown): boolean => isRecord(value) && 'phi' in value

const FIELDS = ['title', 'parameters', 'phi', 'inverse_metric', 'damping']

const isText = (value: unknown): value is string => typeof value === 'string'

function namesIn(s: Syntax, found: Set<string> = new Set()): ReadonlySet<string> {
  if (s.kind === 'name') found.add(s.name)
  else if (s.kind === 'unary') namesIn(s.operand, found)
  else if (s.kind === 'call') for (const a of s.args) namesIn(a, found)
  else if (s.kind === 'binary') {
    namesIn(s.left, found)
    namesIn(s.right, found)
  }
  return found
}

function readShapes(value: unknown, phi: readonly string[]): Readonly<Record<string, readonly number[]>> {
  const scalars = (names: Iterable<string>): Readonly<Record<string, readonly number[]>> => Object.fromEntries([...names].map((name) => [name, []]))
  if (value === undefined) return scalars(new Set(phi.flatMap((text) => [...namesIn(parseSyntax(text))])))
  if (Array.isArray(value) && value.every(isText)) return scalars(value)
  if (!isRecord(value)) throw new InputError("'parameters' is neither a list of names nor shapes by name", 'e.g. {"U": [3, 2], "V": [4, 2]}')
  return Object.fromEntries(
    Object.entries(value).map(([name, shape]) => {
      const good = Array.isArray(shape) && shape.length <= 2 && shape.every((n) => Number.isInteger(n) && n > 0)
      if (!good || !/^[A-Za-z][A-Za-z0-9]*$/.test(name)) throw new InputError(`parameter '${name}' has no valid name and shape`, 'a name without _, and a shape whose sizes are numbers: [], [3] or [3, 2]')
      return [name, shape.map(Number)]
    }),
  )
}

function readMetric(value: unknown): NonNullable<Parametrization['inverseMetric']> {
  if (Array.isArray(value)) {
    const rows = value.map((row: unknown): readonly string[] => (Array.isArray(row) ? row.map(String) : []))
    if (rows.every((row) => row.length === rows.length)) return rows
  } else if (isRecord(value) && Object.values(value).every(isText)) {
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
  }
  throw new InputError("'inverse_metric' is neither a polynomial for each block nor a square matrix of polynomials", 'e.g. {"U": "U", "V": "V"}')
}

/**
 * Checks a document with `phi`.
 * @param asked the damping of its flow with momentum, where that is said beside the document
 * @throws InputError that names the faulty field.
 */
export function readParametrization(value: unknown, asked?: string): Parametrization {
  if (!isRecord(value)) throw new InputError('a parametrization must be an object', 'e.g. {"phi": ["u*v"]}')
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key))
  if (unknown !== undefined) throw new InputError(`unknown field '${unknown}'`, `the fields are ${FIELDS.join(', ')}`)
  const texts: readonly unknown[] = Array.isArray(value['phi']) ? value['phi'] : [value['phi']]
  const phi = texts.filter(isText)
  if (phi.length !== texts.length || phi.length === 0) throw new InputError("'phi' is not a list of expressions", 'e.g. ["u*v", "u*w"]')
  const { damping = asked, inverse_metric: metric } = value
  if (asked !== undefined && String(damping) !== asked) throw new InputError(`damping ${asked} is asked for, and the parametrization has ${String(damping)}`, 'leave one of them out')
  if (damping !== undefined && metric !== undefined) throw new InputError("both 'damping' and 'inverse_metric'", 'momentum flows are supported under the Euclidean metric')
  return {
    parameters: readShapes(value['parameters'], phi),
    phi,
    ...(metric === undefined ? {} : { inverseMetric: readMetric(metric) }),
    ...(damping === undefined ? {} : { damping: readDamping(damping) }),
  }
}

/** @throws InputError for anything but an exact number from 0. */
export function readDamping(value: unknown): Rational {
  try {
    const damping = parseRational(String(value))
    if (damping.num >= 0n) return damping
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault
  }
  throw new InputError(`damping '${String(value)}' is not a number from 0`, 'write e.g. 1 or 1/2')
}

function asMatrix({ shape, nodes }: AssembledBlock): NodeMatrix {
  return { rows: shape[0] ?? 1, columns: shape[1] ?? 1, entries: nodes }
}

/** A block, or one of its entries `W_1_2`. @throws InputError for a name that is neither. */
function lookUp(blocks: ReadonlyMap<string, AssembledBlock>, name: string, column: number): NodeMatrix {
  const whole = blocks.get(name)
  if (whole !== undefined) return asMatrix(whole)
  const [base = '', row = '', second = '1'] = name.split('_')
  const block = blocks.get(base)
  const matrix = block === undefined ? undefined : asMatrix(block)
  const [i, j] = [Number(row), Number(second)]
  if (matrix === undefined || !(i >= 1 && i <= matrix.rows && j >= 1 && j <= matrix.columns))
    throw new InputError(`unknown name '${name}'`, `the parameters are ${[...blocks.keys()].join(', ')}; entries are written W_1_2`, { column })
  return { rows: 1, columns: 1, entries: [matrix.entries[(i - 1) * matrix.columns + j - 1] ?? 0] }
}

function assembleParametrization({ parameters, phi }: Parametrization): Assembly {
  const assembly = new Assembly()
  for (const [name, shape] of Object.entries(parameters)) assembly.block(name, shape, 0)
  const reader = new MatrixReader(assembly.build, (name, column) => lookUp(assembly.blocks, name, column))
  for (const text of phi) for (const node of reader.read(text).entries) assembly.observed.push(assembly.build.multiply(assembly.build.slot(), node))
  const names = Object.keys(parameters)
  for (const [i, a] of names.entries()) for (const b of names.slice(i + 1)) if (names.length <= 12) assembly.newInterface(a, b)
  return assembly
}

/** Reads the polynomials of an inverse metric over the parameters, numbered as in the model. */
function metricOf(parametrization: Parametrization, metric: NonNullable<Parametrization['inverseMetric']>): InverseMetric {
  const build = new CircuitBuilder()
  const blocks = new Map<string, AssembledBlock>()
  for (const [name, shape] of Object.entries(parametrization.parameters)) {
    const count = shape.reduce((a, b) => a * b, 1)
    blocks.set(name, { name, shape, outputAxis: 0, nodes: Array.from({ length: count }, () => build.parameter()) })
  }
  const polynomial = (text: string, lookup: (name: string, column: number) => NodeMatrix): Polynomial => {
    const { entries } = new MatrixReader(build, lookup).read(text)
    if (entries.length !== 1) throw new InputError(`'${text}' is not a single number`, 'an entry of the inverse metric is a polynomial')
    return expandCircuit(build.finish(entries[0] ?? build.zero), 10_000).flat()
  }
  if (Array.isArray(metric)) {
    const rows = metric.map((row: readonly string[]) =>
      row.map((text, to) => ({ to, weight: polynomial(text, (name, column) => lookUp(blocks, name, column)) })).filter((entry) => entry.weight.length > 0),
    )
    return (v) => rows[v] ?? []
  }
  const texts = new Map(Object.entries(metric))
  const stray = [...texts.keys()].find((name) => !blocks.has(name))
  if (stray !== undefined) throw new InputError(`'inverse_metric' names '${stray}'`, `the parameters are ${[...blocks.keys()].join(', ')}`)
  const diagonal = [...blocks.values()].flatMap((block) =>
    block.nodes.map((_, index) =>
      polynomial(texts.get(block.name) ?? '1', (name, column) => {
        const same = blocks.get(name)
        const entry = same?.nodes.length === block.nodes.length ? same.nodes[index] : undefined
        return entry === undefined ? lookUp(blocks, name, column) : { rows: 1, columns: 1, entries: [entry] }
      }),
    ),
  )
  return (v) => [{ to: v, weight: diagonal[v] ?? [] }]
}

/** The models of a parametrization, one for each set of parameters that φ couples (one in all under a metric). */
export function parametrizationModels(parametrization: Parametrization): readonly Model[] {
  const { inverseMetric, damping } = parametrization
  const assembly = assembleParametrization(parametrization)
  const models = componentModels(assembly, inverseMetric !== undefined)
  if (inverseMetric !== undefined) return models.map((m) => metricModel(m, metricOf(parametrization, inverseMetric)))
  return damping === undefined ? models : models.map((m) => momentumModel(m, damping))
}
