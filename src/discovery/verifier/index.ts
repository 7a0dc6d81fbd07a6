import { type DualMatrix, evaluateLaw } from './law-text.js'
import { MODULUS, RowSpace, residues } from './residue.js'
import { type Shape, nestedBracket, parameterCount, pointTowers, randomDatum } from './tower.js'

/** What the verifier needs of a batch record: the network, the claim and the texts of the laws. */
export interface Claim {
  readonly layers: readonly number[]
  readonly activation: string
  readonly bias: boolean
  readonly parameters: number
  readonly independent: number
  readonly certificate: { readonly complete: boolean; readonly lie: number; readonly evidence: readonly { readonly depth: number }[] }
  readonly laws: readonly string[]
}

export interface Verification {
  readonly valid: boolean
  readonly checks: readonly { readonly claim: string; readonly holds: boolean; readonly detail: string }[]
}

/** Random data and points at which every law is tried; a false law of degree d survives each with probability at most 2d/2²⁶. */
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

/** The network's matrices, and single entries by name (`W1_2_3`), at a point and along a direction. */
function parameterLookup({ layers, bias }: Shape, point: readonly number[], direction: readonly number[]): (name: string) => DualMatrix | undefined {
  const matrices = new Map<string, DualMatrix>()
  let next = 0
  const put = (name: string, rows: number, columns: number): void => {
    const end = next + rows * columns
    matrices.set(name, { rows, columns, value: point.slice(next, end), slope: direction.slice(next, end) })
    next = end
  }
  for (let l = 1; l < layers.length; l++) {
    put(`W${l}`, layers[l - 1] ?? 0, layers[l] ?? 0)
    if (bias && l < layers.length - 1) put(`b${l}`, layers[l] ?? 0, 1)
  }
  return (name) => {
    const [block = '', row = '1', column = '1'] = name.split('_')
    const whole = matrices.get(block)
    if (whole === undefined || !name.includes('_')) return whole
    const at = (Number(row) - 1) * whole.columns + Number(column) - 1
    return { rows: 1, columns: 1, value: [whole.value[at] ?? 0], slope: [whole.slope[at] ?? 0] }
  }
}

function lawsConserved(claim: Claim, shape: Shape, draw: () => number): number {
  let worst = 0
  for (let trial = 0; trial < TRIALS; trial++) {
    const point = Array.from({ length: claim.parameters }, draw)
    const direction = nestedBracket(shape, [randomDatum(shape, draw)], pointTowers(point), 0).map((x) => x[0] ?? 0)
    const lookup = parameterLookup(shape, point, direction)
    for (const text of claim.laws) worst += evaluateLaw(text, lookup).slope.filter((s) => s !== 0).length
  }
  return worst
}

/** Rank of the gradients of all the laws' entries at a random point: a lower bound on the number of independent laws. */
function independentLaws(claim: Claim, shape: Shape, draw: () => number): number {
  const point = Array.from({ length: claim.parameters }, draw)
  const columns = point.map((_, v) => {
    const lookup = parameterLookup(shape, point, point.map((_, w) => (v === w ? 1 : 0)))
    return claim.laws.flatMap((text) => evaluateLaw(text, lookup).slope)
  })
  const space = new RowSpace()
  for (const column of columns) space.add(column)
  return space.rank
}

function bracketRank(claim: Claim, shape: Shape, draw: () => number): number {
  const point = pointTowers(Array.from({ length: claim.parameters }, draw))
  const space = new RowSpace()
  const deepest = Math.min(LONGEST, Math.max(1, ...claim.certificate.evidence.map((e) => e.depth)))
  for (let depth = 1; depth <= deepest; depth++) {
    for (let misses = 0; misses < PATIENCE && space.rank < claim.certificate.lie;) {
      const data = Array.from({ length: depth }, () => randomDatum(shape, draw))
      misses = space.add(nestedBracket(shape, data, point, 0).map((x) => x[0] ?? 0)) ? 0 : misses + 1
    }
  }
  return space.rank
}

/**
 * Checks a batch record again from nothing but its text: a different prime, generator, way of differentiating (nested dual numbers and
 * written-out back-propagation) and reading of the laws. Shares no code with the search.
 * @throws InputError if the text of a law cannot be read.
 */
export function verifyRecord(claim: Claim, seed = 1): Verification {
  const shape = shapeOf(claim)
  const draw = residues(seed)
  const checks: { claim: string; holds: boolean; detail: string }[] = []
  const check = (text: string, holds: boolean, detail: string): void => void checks.push({ claim: text, holds, detail })
  const count = parameterCount(shape)
  check('number of parameters', count === claim.parameters, `${count} counted, ${claim.parameters} claimed`)
  if (count !== claim.parameters) return { valid: false, checks }
  const broken = lawsConserved(claim, shape, draw)
  check('every law is conserved', broken === 0, `${broken} entries moved in ${TRIALS} trials modulo ${MODULUS}`)
  const independent = independentLaws(claim, shape, draw)
  check('number of independent laws', independent === claim.independent, `rank ${independent} of the gradients, ${claim.independent} claimed`)
  const lie = bracketRank(claim, shape, draw)
  check('rank of the Lie algebra', lie >= claim.certificate.lie, `rank ${lie} found with brackets of up to ${LONGEST} fields, ${claim.certificate.lie} claimed`)
  const meets = independent + claim.certificate.lie === count
  check('completeness', claim.certificate.complete === meets, `${independent} + ${claim.certificate.lie} against ${count} parameters`)
  return { valid: checks.every((c) => c.holds), checks }
}
