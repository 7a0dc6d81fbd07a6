import { ONE, atom } from '../algebra/build.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import { atomsOf, symbolsOf } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { type Contraction, LOSS_VALUE, asContraction, cutsOf } from '../jets/contraction.js'
import { auxiliaryName, auxiliaryOf, isAcceleration } from './auxiliary.js'
import { compileFunction } from '../compile/function.js'
import type { Operator } from '../jets/operator.js'
import { GRADIENT_ATOM, THETA_ATOM, type VectorAtom, elementwiseAtom, variableAtom } from '../jets/vector.js'
import { parameterNamed } from '../network/network.js'
import { sliceCount } from '../network/transform.js'
import type { NetworkSymmetry, Shift } from '../symmetry/instances.js'
import type { Measure } from '../training/measure.js'
import type { Recording } from '../training/recording.js'

/** All parameters together, as one member; a run fills in which they are. */
export const WHOLE: NetworkSymmetry = { name: 'all', origin: 'all parameters', family: 'none', count: 1, sets: { all: [] } }

/** |g|² over all parameters. */
export const GRADIENT_NORM = 'gradient norm'

/** A recorded contraction with a numeric factor. A power of 1/η comes from time derivatives, which a run has as differences. */
interface Part {
  readonly factor: number
  readonly perEta: number
  readonly measure: Measure
  /** Sign with which a matrix counts its mirror image: the constant of its law is symmetric (1) or antisymmetric (−1). */
  readonly mirror?: 1 | -1
  /** |x|² on the set of a sum ⟨1_B, x⟩, whose components may cancel: rounding is relative to them, not to their sum. */
  readonly against?: Measure
}

/** A scalar of the theory as something a run can record for every member of a symmetry. */
export interface Quantity {
  readonly expression: Expr
  readonly parts: ReadonlyMap<Opaque, readonly Part[]>
  /** Functions of components and derivatives of the loss beyond g that the run has to compute at every step, and θ where its last value is needed, by the name of the state that holds them. */
  readonly vectors: ReadonlyMap<string, VectorAtom>
}

/** A vector of the theory as a combination of recorded ones: θ̇ over a step is (θ_next − θ)/η, θ̈ at one (θ_next − 2θ + θ_before)/η². */
function recorded(a: VectorAtom, symmetry: NetworkSymmetry): readonly { readonly factor: number; readonly perEta: number; readonly name: string }[] | undefined {
  if (a === GRADIENT_ATOM) return [{ factor: 1, perEta: 0, name: 'g' }]
  if (auxiliaryOf(a, symmetry) === a) return [{ factor: 1, perEta: 0, name: `${auxiliaryName(a)}_next` }]
  if (isAcceleration(a)) return [['theta_next', 1] as const, ['theta', -2] as const, [auxiliaryName(THETA_ATOM), 1] as const].map(([name, factor]) => ({ factor, perEta: 2, name }))
  if (a.kind !== 'variable' || a.order > 1) return undefined
  if (a.order === 0) return [{ factor: 1, perEta: 0, name: a.name }]
  return a.name === 'theta' ? [{ factor: 1, perEta: 1, name: 'theta_next' }, { factor: -1, perEta: 1, name: 'theta' }] : undefined
}

const ONES_ATOM = elementwiseAtom(ONE, [])
const VELOCITY_ATOM = variableAtom('theta', 1)

/** Whether θ stands beside θ̇, which is that of the middle of a step, so that θ is, too. */
const isInMiddle = (a: VectorAtom, other: VectorAtom): boolean => a === THETA_ATOM && other === VELOCITY_ATOM

/** Whether a contraction is one of θ with θ̇, measured in the middle of a step. */
export function isOfMiddle({ left, right }: Sides): boolean {
  const [x, y] = [left, right].map((a) => (a.kind === 'apply' ? a.argument : a))
  return x !== undefined && y !== undefined && (isInMiddle(x, y) || isInMiddle(y, x))
}

/** A vector beside another in a contraction. */
const recordedBeside = (a: VectorAtom, other: VectorAtom, symmetry: NetworkSymmetry): ReturnType<typeof recorded> =>
  isInMiddle(a, other) ? ['theta', 'theta_next'].map((name) => ({ factor: 1 / 2, perEta: 0, name })) : recorded(a, symmetry)

/** Where the operator between two vectors is measured. */
interface Measured {
  readonly set: string
  readonly factor: number
  readonly mode: Measure['mode']
  readonly axis?: 0 | 1
  readonly mirror?: 1 | -1
}

/**
 * Sets with their factor. A constant M that multiplies from the left meets the products of rows, from the right the transpose of those of columns;
 * of them a diagonal one meets the diagonal.
 */
function places(operator: Operator, symmetry: NetworkSymmetry): readonly Measured[] | undefined {
  if (operator.kind === 'projector') return Object.hasOwn(symmetry.sets, operator.name) ? [{ set: operator.name, factor: 1, mode: 'diagonal' }] : undefined
  const { parity } = operator
  if (parity === 0) return undefined
  const terms = operator.terms.map((t) => {
    const oneSided = t.to === t.from && !t.transposed && t.left.length + t.right.length === 1
    const measurable = oneSided && Object.hasOwn(symmetry.sets, t.to) && t.coefficient.kind === 'number'
    if (!measurable) return undefined
    const [axis, side] = t.right.length === 1 ? [1, parity] as const : [0, 1] as const
    const isDiagonal = [...t.left, ...t.right].every(({ name }) => symmetry.diagonal?.includes(name))
    return { set: t.to, factor: side * evaluateNumber(t.coefficient, {}), mode: isDiagonal ? 'diagonal' : 'gram', mirror: parity, axis } as const
  })
  return terms.every((t) => t !== undefined) ? terms : undefined
}

/** A contraction in the first of its forms that a run can measure: derivatives of the loss inside it may be moved from one side to the other. */
function partsOf(c: Contraction, symmetry: NetworkSymmetry): { readonly parts: readonly Part[]; readonly of: Sides } | undefined {
  for (const { sign, ...sides } of cutsOf(c.left, c.right)) {
    const parts = partsOfSides(sides, symmetry)
    if (parts !== undefined) return { parts: parts.map((p) => ({ ...p, factor: evaluateNumber(sign, {}) * p.factor })), of: sides }
  }
  return undefined
}

type Sides = Pick<Contraction, 'left' | 'right'>

/** What a constant of the generator moves a vector along, and in which sets; undefined for other vectors. */
export function shiftsOf(a: VectorAtom, { shifts = {} }: NetworkSymmetry): readonly Shift[] | undefined {
  const [inner, within] = a.kind === 'apply' && a.operator.kind === 'projector' ? [a.argument, a.operator.members] : [a, undefined]
  const all = inner.kind === 'tensor' && Object.hasOwn(shifts, inner.field.name) ? shifts[inner.field.name] : undefined
  return within === undefined ? all : all?.filter(({ set }) => within.includes(set))
}

/** ⟨c, x⟩ for a constant c of the generator: the law of each of its entries. */
function shiftedParts({ left, right }: Sides, symmetry: NetworkSymmetry): readonly Part[] | undefined {
  const [shifts, along] = [shiftsOf(left, symmetry) ?? shiftsOf(right, symmetry), shiftsOf(left, symmetry) === undefined ? left : right]
  const moved = recorded(along, symmetry)
  if (shifts === undefined || moved === undefined) return undefined
  return shifts.flatMap(({ set, factor, mirror }) => moved.map(({ factor: share, perEta, name }) => {
    const measure = { id: `${symmetry.name}|${set}|${name}|entries`, symmetry, set, left: name, mode: 'entries' } as const
    const seenAs = mirror === undefined ? { against: { ...measure, id: `${measure.id}|${name}`, right: name } } : { mirror }
    return { factor: factor * share, perEta, measure, ...seenAs }
  }))
}

/** Whether a vector is ones on a set of the symmetry, so that a contraction with it is a sum of components for every member. */
const isSumOverMember = (a: VectorAtom, { sets }: NetworkSymmetry): a is Extract<VectorAtom, { kind: 'indicator' }> => a.kind === 'indicator' && Object.hasOwn(sets, a.set.name)

/** What such a sum is of: ⟨1_B, 1_B⟩ of ones. */
const besideOnes = ({ left, right }: Sides): VectorAtom => (left === right ? ONES_ATOM : right)

function partsOfSides(c: Sides, symmetry: NetworkSymmetry): readonly Part[] | undefined {
  const summed = isSumOverMember(c.left, symmetry) ? c.left.set : undefined
  if (summed !== undefined) {
    const { name } = summed
    return recorded(besideOnes(c), symmetry)?.map(({ factor, perEta, name: left }) => {
      const measure = { id: `${symmetry.name}|${name}|${left}`, symmetry, set: name, left, mode: 'diagonal' } as const
      return { factor, perEta, measure, against: { ...measure, id: `${measure.id}|${left}`, right: left } }
    })
  }
  const shifted = shiftedParts(c, symmetry)
  if (shifted !== undefined) return shifted
  const [plain, applied] = c.right.kind === 'apply' ? [c.left, c.right] : [c.right, c.left]
  if (applied.kind !== 'apply') return wholePart(c, symmetry)
  const where = places(applied.operator, symmetry)
  const [left, right] = [recordedBeside(plain, applied.argument, symmetry), recordedBeside(applied.argument, plain, symmetry)]
  if (where === undefined || left === undefined || right === undefined) return undefined
  return where.flatMap(({ set, factor, mode, axis, mirror = 1 }) =>
    left.flatMap((x) =>
      right.map((y) => {
        const [a, b] = mode === 'gram' || x.name < y.name ? [x.name, y.name] : [y.name, x.name]
        const sliced = axis === undefined ? '' : `|${axis === 0 ? 'rows' : 'columns'}`
        const measure = { id: `${symmetry.name}|${set}|${a}|${b}${sliced}${mode === 'gram' ? '|gram' : ''}`, symmetry, set, left: a, right: b, mode, ...(axis === undefined ? {} : { axis }) }
        return { factor: factor * x.factor * y.factor, perEta: x.perEta + y.perEta, mirror, measure }
      }),
    ),
  )
}

/** A contraction over all parameters, such as |g|²; `measuresOfPlans` knows what all parameters are. */
function wholePart(c: Sides, symmetry: NetworkSymmetry): readonly Part[] | undefined {
  const [left, right] = [recordedBeside(c.left, c.right, symmetry), recordedBeside(c.right, c.left, symmetry)]
  if (left === undefined || right === undefined) return undefined
  return left.flatMap((x) => right.map((y) => {
    const [a, b] = x.name < y.name ? [x.name, y.name] : [y.name, x.name]
    return { factor: x.factor * y.factor, perEta: x.perEta + y.perEta, measure: { id: `${WHOLE.name}|${a}|${b}`, symmetry: WHOLE, set: WHOLE.name, left: a, right: b, mode: 'diagonal' as const } }
  }))
}

const auxiliaries = (c: Sides, symmetry: NetworkSymmetry): readonly VectorAtom[] =>
  (isSumOverMember(c.left, symmetry) ? [besideOnes(c)] : [c.left, c.right]).flatMap((side) => auxiliaryOf(side, symmetry) ?? [])

/** The loss at the step, which every run records. */
const LOSS_PART: Part = { factor: 1, perEta: 0, measure: { id: 'loss', symmetry: WHOLE, set: WHOLE.name, left: 'theta', mode: 'diagonal' } }

/** How a run of the network measures a scalar of the theory; undefined if it holds something that no run records. */
export function quantityOf(expression: Expr, symmetry: NetworkSymmetry): Quantity | undefined {
  const parts = new Map<Opaque, readonly Part[]>()
  const vectors = new Map<string, VectorAtom>()
  for (const o of atomsOf(expression)) {
    if (atom(o) === LOSS_VALUE) {
      parts.set(o, [LOSS_PART])
      continue
    }
    const c = asContraction(o)
    const found = c === undefined ? undefined : partsOf(c, symmetry)
    if (found === undefined) return undefined
    parts.set(o, found.parts)
    for (const a of auxiliaries(found.of, symmetry)) vectors.set(auxiliaryName(a), a)
  }
  return { expression, parts, vectors }
}

/** The measures a set of quantities needs, each once. */
export function measuresOf(quantities: readonly Quantity[]): readonly Measure[] {
  const all = quantities.flatMap((q) => [...q.parts.values()].flatMap((parts) => parts.flatMap((p) => (p.against === undefined ? [p.measure] : [p.measure, p.against]))))
  return [...new Map(all.filter((m) => m !== LOSS_PART.measure).map((m) => [m.id, m])).values()]
}

/** Values of a quantity in a run: `values[k * members + i]` for step k and member i. */
export interface Series {
  readonly members: number
  readonly steps: number
  readonly values: Float64Array
}

/** Hyperparameters, the learning rate `eta` among them, at step k. */
export type HyperparametersAt = (k: number) => Readonly<Record<string, number>>

/** The same at every step, with the time `t` where it is counted from a `t_0`: that of a motion stated by its Lagrangian. */
export function constantly(values: Readonly<Record<string, number>>): HyperparametersAt {
  const { t_0: start, eta = 1 } = values
  return start === undefined ? () => values : (k) => ({ ...values, t: start + k * eta })
}

/** How the entry of a matrix and its mirror image make one number. */
type Join = (entry: number, image: number) => number

/** The part of a matrix that its constant sees. */
const seen: Join = (entry, image) => (entry + image) / 2

/** What the two are before they cancel. */
const before: Join = (entry, image) => (Math.abs(entry) + Math.abs(image)) / 2

/** Whether the members of a part are the entries of a matrix that its constant sees with their mirror images. */
const isMirrored = ({ measure, mirror }: Part): boolean => measure.mode === 'gram' || (measure.mode === 'entries' && mirror !== undefined)

/** What quantities are computed from. */
export type Recorded = Pick<Recording, 'steps' | 'columns'> & Partial<Pick<Recording, 'loss'>>

/** One recorded part over all steps and members, added to `out`. */
function addPart(out: Float64Array, recording: Recorded, part: Part, eta: (k: number) => number, join: Join = seen): void {
  const column = part === LOSS_PART && recording.loss !== undefined ? { values: recording.loss, width: 1 } : recording.columns.get(part.measure.id)
  if (column === undefined) throw new Error(`the run did not record ${part.measure.id}`)
  const { values, width } = column
  const size = Math.round(Math.sqrt(width))
  const members = out.length / recording.steps
  for (let k = 0; k < recording.steps; k += 1) {
    const factor = (join === before ? Math.abs(part.factor) : part.factor) / eta(k) ** part.perEta
    for (let i = 0; i < members; i += 1) {
      const at = k * width + (width === 1 ? 0 : i)
      const mirrored = isMirrored(part) ? k * width + (i % size) * size + Math.floor(i / size) : at
      const image = (part.mirror ?? 1) * (values[mirrored] ?? Number.NaN)
      const to = k * members + i
      out[to] = (out[to] ?? 0) + factor * join(values[at] ?? Number.NaN, image)
    }
  }
}

/** A quantity along a run, its expression compiled. */
export function seriesOf(q: Quantity, recording: Recorded, hyperparameters: HyperparametersAt): Series {
  const { steps } = recording
  const members = [...q.parts.values()].flat().reduce((most, part) => Math.max(most, recording.columns.get(part.measure.id)?.width ?? 0), 1)
  const contractions = [...q.parts].map(([, parts]) => {
    const out = new Float64Array(steps * members)
    for (const part of parts) addPart(out, recording, part, (k) => hyperparameters(k)['eta'] ?? 1)
    return out
  })
  const names = [...symbolsOf(q.expression)].sort()
  const valueAt = (k: number, name: string): number => (name === 'k' ? k : (hyperparameters(k)[name] ?? Number.NaN))
  const settings = names.map((name) => Float64Array.from({ length: steps * members }, (_, at) => valueAt(Math.floor(at / members), name)))
  const compiled = compileFunction([q.expression], [...names, ...[...q.parts.keys()].map((c) => atom(c))])
  const inputs = [...settings, ...contractions]
  if (inputs.length === 0) return { members, steps, values: new Float64Array(steps * members).fill(evaluateNumber(q.expression, {})) }
  return { members, steps, values: compiled.over(inputs)[0] ?? new Float64Array(0) }
}

/** Components of one member's slices of a set. */
export function entriesOf({ symmetry, set, mode }: Pick<Measure, 'symmetry' | 'set'> & Partial<Pick<Measure, 'mode'>>, { network }: Pick<Recording, 'network'>): number {
  if (mode === 'entries') return 1
  return (symmetry.sets[set] ?? []).reduce((sum, slice) => sum + parameterNamed(network, slice.parameter).size / sliceCount(network, slice), 0)
}

/** |1_B||x_B| for a sum of components, an upper bound of what its rounding is relative to. */
function sizeOfSum(part: Part & { readonly against: Measure }, recording: Recording, eta: (k: number) => number): Float64Array {
  const column = recording.columns.get(part.against.id)
  const entries = entriesOf(part.against, recording)
  return (column?.values ?? new Float64Array(0)).map((square, at) => (Math.abs(part.factor) * Math.sqrt(entries * square)) / eta(Math.floor(at / (column?.width ?? 1))) ** part.perEta)
}

const isSum = (part: Part): part is Part & { readonly against: Measure } => part.against !== undefined

/** The largest magnitude that enters a quantity at each point: what its rounding is relative to. */
export function magnitudeOf(q: Quantity, recording: Recording, hyperparameters: HyperparametersAt): Series {
  const eta = (k: number): number => hyperparameters(k)['eta'] ?? 1
  const sums = [...q.parts.values()].flat().filter(isSum).map((part) => sizeOfSum(part, recording, eta))
  const grams = [...q.parts.values()].flat().filter(isMirrored).map((part) => {
    const out = new Float64Array(recording.steps * (recording.columns.get(part.measure.id)?.width ?? 0))
    addPart(out, recording, part, eta, before)
    return out
  })
  const others = [...q.parts].filter(([, parts]) => !parts.every((part) => isSum(part) || isMirrored(part))).map(([c, parts]): Quantity => ({ ...q, parts: new Map([[c, parts]]), expression: atom(c) }))
  const series = others.map((x) => seriesOf(x, recording, hyperparameters))
  const all = [...series.map((x) => x.values), ...sums, ...grams]
  const members = (all[0]?.length ?? recording.steps) / recording.steps
  const values = Float64Array.from({ length: recording.steps * members }, (_, at) => all.reduce((sum, x) => sum + Math.abs(x[at] ?? 0), 0))
  return { members, steps: recording.steps, values }
}
