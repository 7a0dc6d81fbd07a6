import { type DualMatrix, type Lookup, evaluateLaw } from './law-text.js'
import { phiGradient, phiSize, readPhi } from './phi.js'
import { MODULUS, RowSpace, residues } from './residue.js'
import { type GradientOf, type Shape, datumGradient, nestedBracket, parameterCount, pointTowers, randomDatum } from './tower.js'

/** What is claimed of any network: the number of laws, the rank, and the texts of the laws. */
export interface Claims {
  readonly parameters: number
  readonly independent: number
  readonly certificate: { readonly complete: boolean; readonly lie: number; readonly evidence: readonly { readonly depth: number }[] }
  readonly laws: readonly string[]
}

/** A batch record of a fully connected network. */
export interface Claim extends Claims {
  readonly layers: readonly number[]
  readonly activation: string
  readonly bias: boolean
}

/** A batch record of a parametrization under Euclidean gradient flow. */
export interface PhiClaim extends Claims {
  readonly document: Parameters<typeof readPhi>[0]
}

export interface Verification {
  readonly valid: boolean
  readonly checks: readonly { readonly claim: string; readonly holds: boolean; readonly detail: string }[]
}

/** What is verified against: the vector fields, a random member at a time, and the named matrices of the parameters. */
interface Subject<Member> {
  readonly size: number
  readonly member: () => Member
  readonly gradient: GradientOf<Member>
  readonly lookup: (point: readonly number[], direction: readonly number[]) => Lookup
}

/** Random members and points at which every law is tried; a false law of degree d survives each with probability at most 2d/2²⁶. */
const TRIALS = 6
/** Nested dual numbers double with every bracket: longer brackets than this are not drawn. */
const LONGEST = 10
/** Brackets in a row that add nothing before longer ones are drawn. */
const PATIENCE = 3

function shapeOf(claim: Claim): Shape {
  const power = /(\d+)$/.exec(claim.activation)?.[1] ?? { square: '2', quadratic: '2', cube: '3', cubic: '3' }[claim.activation]
  const gated = !/^(?:linear|identity|none)$/i.test(claim.activation) && power === undefined
  return { layers: claim.layers, bias: claim.bias, power: Number(power ?? 1), gated }
}

/** Named matrices in the order of θ, and their single entries (`W1_2_3`), at a point and along a direction. */
function matrices(shapes: readonly { readonly name: string; readonly rows: number; readonly columns: number }[]): Subject<unknown>['lookup'] {
  return (point, direction) => {
    const known = new Map<string, DualMatrix>()
    let next = 0
    for (const { name, rows, columns } of shapes) {
      const end = next + rows * columns
      known.set(name, { rows, columns, value: point.slice(next, end), slope: direction.slice(next, end) })
      next = end
    }
    return (name) => {
      const [block = '', row = '1', column = '1'] = name.split('_')
      const whole = known.get(block)
      if (whole === undefined || !name.includes('_')) return whole
      const at = (Number(row) - 1) * whole.columns + Number(column) - 1
      return { rows: 1, columns: 1, value: [whole.value[at] ?? 0], slope: [whole.slope[at] ?? 0] }
    }
  }
}

function layeredShapes({ layers, bias }: Shape): Parameters<typeof matrices>[0] {
  return layers.slice(1).flatMap((width, l) => {
    const weight = { name: `W${l + 1}`, rows: layers[l] ?? 0, columns: width }
    return bias && l < layers.length - 2 ? [weight, { name: `b${l + 1}`, rows: width, columns: 1 }] : [weight]
  })
}

function brokenEntries<Member>(claim: Claims, subject: Subject<Member>, draw: () => number): number {
  let broken = 0
  for (let trial = 0; trial < TRIALS; trial++) {
    const point = Array.from({ length: subject.size }, draw)
    const direction = subject.gradient(subject.member(), pointTowers(point), 0).map((x) => x[0] ?? 0)
    const lookup = subject.lookup(point, direction)
    for (const text of claim.laws) broken += evaluateLaw(text, lookup).slope.filter((s) => s !== 0).length
  }
  return broken
}

/** Rank of the gradients of all the laws' entries at a random point: a lower bound on the number of independent laws. */
function independentLaws<Member>(claim: Claims, subject: Subject<Member>, draw: () => number): number {
  const point = Array.from({ length: subject.size }, draw)
  const space = new RowSpace()
  for (const v of point.keys()) {
    const lookup = subject.lookup(point, point.map((_, w) => (v === w ? 1 : 0)))
    space.add(claim.laws.flatMap((text) => evaluateLaw(text, lookup).slope))
  }
  return space.rank
}

function bracketRank<Member>(claim: Claims, subject: Subject<Member>, draw: () => number): number {
  const point = pointTowers(Array.from({ length: subject.size }, draw))
  const space = new RowSpace()
  const deepest = Math.min(LONGEST, Math.max(1, ...claim.certificate.evidence.map((e) => e.depth)))
  for (let depth = 1; depth <= deepest; depth++) {
    for (let misses = 0; misses < PATIENCE && space.rank < claim.certificate.lie;) {
      const members = Array.from({ length: depth }, () => subject.member())
      misses = space.add(nestedBracket(subject.gradient, members, point, 0).map((x) => x[0] ?? 0)) ? 0 : misses + 1
    }
  }
  return space.rank
}

function verify<Member>(claim: Claims, subject: Subject<Member>, draw: () => number): Verification {
  const checks: { claim: string; holds: boolean; detail: string }[] = []
  const check = (text: string, holds: boolean, detail: string): void => void checks.push({ claim: text, holds, detail })
  check('number of parameters', subject.size === claim.parameters, `${subject.size} counted, ${claim.parameters} claimed`)
  if (subject.size !== claim.parameters) return { valid: false, checks }
  const broken = brokenEntries(claim, subject, draw)
  check('every law is conserved', broken === 0, `${broken} entries moved in ${TRIALS} trials modulo ${MODULUS}`)
  const independent = independentLaws(claim, subject, draw)
  check('number of independent laws', independent === claim.independent, `rank ${independent} of the gradients, ${claim.independent} claimed`)
  const lie = bracketRank(claim, subject, draw)
  check('rank of the Lie algebra', lie >= claim.certificate.lie, `rank ${lie} found with brackets of up to ${LONGEST} fields, ${claim.certificate.lie} claimed`)
  const meets = independent + claim.certificate.lie === subject.size
  check('completeness', claim.certificate.complete === meets, `${independent} + ${claim.certificate.lie} against ${subject.size} parameters`)
  return { valid: checks.every((c) => c.holds), checks }
}

/**
 * Checks a batch record again from nothing but its text: a different prime, generator, way of differentiating (nested dual numbers and
 * written-out back-propagation, or forward differentiation of φ) and reading of the laws. Shares no code with the search.
 * @throws InputError if the text of a law or of φ cannot be read.
 */
export function verifyRecord(claim: Claim | PhiClaim, seed = 1): Verification {
  const draw = residues(seed)
  if ('document' in claim) {
    const phi = readPhi(claim.document)
    return verify(claim, { size: phiSize(phi), member: draw, gradient: (c, theta, level) => phiGradient(phi, c, theta, level), lookup: matrices(phi.shapes) }, draw)
  }
  const shape = shapeOf(claim)
  return verify(claim, {
    size: parameterCount(shape), member: () => randomDatum(shape, draw),
    gradient: (datum, theta, level) => datumGradient(shape, datum, theta, level), lookup: matrices(layeredShapes(shape)),
  }, draw)
}
