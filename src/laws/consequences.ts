import { TWO, ZERO, add, atom, div, isOne, isZero, mul, pow, splitCoefficient, sqrt, sub, sym } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { rememberedByObject } from '../algebra/memo.js'
import { linearForm } from '../jets/collect.js'
import { type Contraction, asContraction } from '../jets/contraction.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { coupledLaws, coupledStatements } from './coupled.js'
import type { Check, Statement, Step } from './derivation.js'
import type { Laws } from './engine.js'
import { type LinearLaw, isLong } from './flow.js'
import { letterOf, withLetter } from './letter.js'
import { type PolarLaw, polarLaw } from './polar.js'
import { stepIdentity } from './stepIdentity.js'
import { type Bernoulli, bernoulli } from './solutions/bernoulli.js'
import { type Equilibrium, equilibriumOf } from './steady.js'

/** What a law implies beyond its solution, e.g. the equilibrium norm, with how it follows. */
export interface Consequence extends Statement {
  readonly name: string
  /** What names stand for that the laws do not have, a clause each. */
  readonly meanings?: readonly string[]
  readonly why: string
  readonly source: string
  readonly verified: Check
}

const SUBSTITUTED = 'substitution into the exact discrete law'

const equation = (left: Statement, right: Expr): Statement => writeEquation(left, writeScalar(right))
const named = (text: string, latex: string): Statement => ({ text, latex })
const check = (passed: boolean, method: string): Check => ({ passed, method })

function fromEquilibrium({ charge, drive, driveRatio, norm, cosine, squaredAngle, verified }: Equilibrium): readonly Consequence[] {
  const balance: Consequence = {
    name: 'equilibrium',
    ...equation(writeScalar(drive), mul(driveRatio, charge)),
    why: 'Where a step leaves the charge and all it is coupled to unchanged, weight decay and the drive balance.',
    source: '[NLD] §5',
    verified: check(verified, SUBSTITUTED),
  }
  const size: readonly Consequence[] =
    norm === undefined
      ? []
      : [{
          name: 'equilibrium norm',
          ...equation(writeScalar(pow(charge, norm.power)), norm.value),
          why: 'The drive is a power of the charge times what the orbit leaves invariant, so the balance fixes the charge.',
          source: '[NLD] §5',
          verified: check(verified, SUBSTITUTED),
        }]
  const turn = named('cos(angle)', '\\cos\\alpha')
  return [...(atomsOf(drive).length === 0 ? [] : [balance]), ...size, {
    name: 'rotation per step at equilibrium',
    ...equation(turn, cosine),
    why: 'The angle between the block before and after a step, from their contraction over the norm, whatever the data.',
    source: '[NLD] §5',
    verified: check(verified, SUBSTITUTED),
  }, {
    name: 'squared step over squared norm at equilibrium',
    ...equation(named('chord^2', '\\left|\\Delta n\\right|^{2}'), squaredAngle),
    why: '2(1 - cos(angle)): for small steps the square of the angle itself.',
    source: '[NLD] §5',
    verified: check(verified, SUBSTITUTED),
  }]
}

/**
 * The solution of the law of the highest order that is one of Bernoulli's and not long. From the first order on that has a drive all have to be: powers of
 * eta do not mix, so a drive has a degree along the orbit only where those of the lower orders have it.
 */
function bernoulliSolution(laws: Laws): Consequence | undefined {
  const fields = laws.flows.filter((f) => f.model === 'modified vector field')
  let best: Consequence | undefined
  for (const { law, order } of fields.filter((f) => !isZero(f.law.drive))) {
    const found = isLong(law) ? undefined : bernoulli(law, laws.symmetry)
    if (found === undefined) return best
    best = fromBernoulli(found, laws, order === fields.at(-1)?.order ? '' : ` of order ${order}`)
  }
  return best
}

function fromBernoulli({ power, solution, verified }: Bernoulli, laws: Laws, which: string): Consequence {
  const u = withLetter(pow(sym('q'), power), laws)
  return {
    name: `solution${which} in a power of the charge`,
    ...equation(writeScalar(u), withLetter(solution.solution, laws)),
    why: "Bernoulli's substitution: along the orbit the drive is a power of the charge, and this power of it obeys a linear law driven by an invariant.",
    source: '[NLD] §5',
    verified: check(verified, 'degrees on random exact instances, substitution into the law'),
  }
}

function fromPolar({ turn, decay, gain, remainder, rate, verified }: PolarLaw): readonly Consequence[] {
  const made = (name: string, left: Statement, value: Expr, why: string): Consequence => ({
    name, ...equation(left, value), why, source: '[NLD] §5', verified: check(verified, 'expansion of the exact discrete law in polar coordinates'),
  })
  const [S, G] = [sym('S'), sym('G')]
  const next = add(mul(decay, S), mul(gain, G), div(mul(remainder, pow(G, TWO)), S))
  const direction = 'S is the fourth power of the norm and G the squared gradient at unit norm. On the sphere the block moves by the gradient at unit norm times this, like an optimizer with an adaptive rate.'
  return [
    made('effective learning rate on the sphere', named('rate_sphere', '\\eta_{\\mathrm{sphere}}'), div(turn, sqrt(S)), direction),
    made('running mean of the squared gradient', named('S_next', 'S_{k+1}'), next, 'The square of the exact law of the squared norm: a leaky integral of G, up to the last term, which is of fourth order in the step.'),
    made('learning rate of the RMSProp it is', named('rate_rmsprop', '\\eta_{\\mathrm{RMSProp}}'), rate, 'The leaky integral in the form s <- decay*s + (1 - decay)*G has this rate in front of 1/sqrt(s).'),
  ]
}

/**
 * A conserved difference of squared norms bounds each side by the other ([GU]): no loss can drive the incoming weights of a unit to
 * infinity while the outgoing ones stay, or the other way round. Degrees that are symbols are positive.
 */
function boundedness({ charge, coefficients, drive }: LinearLaw, laws: Laws): Consequence | undefined {
  const form = linearForm(charge)
  if (form === undefined || !isZero(coefficients[0] ?? ZERO) || !isZero(drive)) return undefined
  const parts = [...form.coefficients].map(([o, c]) => ({ sign: splitCoefficient(c), term: mul(c, atom(o)), square: asContraction(o) }))
  const definite = parts.every(({ sign, square }) => (isOne(sign.factor) || sign.factor.kind === 'symbol') && square !== undefined && isSquare(square))
  const side = (positive: boolean): readonly Expr[] => parts.filter(({ sign }) => sign.coefficient.num > 0n === positive).map((p) => p.term)
  const [positive, negative] = [side(true), side(false)]
  if (!definite || positive.length === 0 || negative.length === 0) return undefined
  const initial = withLetter(sym('q_0'), laws)
  const [left, right] = [add(...positive), sub(initial, add(...negative))]
  return {
    name: 'each side bounds the other',
    ...equation(writeScalar(left), right),
    why: `The charge keeps its value ${writeScalar(initial).text} along the flow, and both sides are sums of squares: if one is bounded, so is the other.`,
    source: '[GU]',
    verified: check(isZero(sub(sub(left, right), sub(charge, initial))), 'the charge put in for its value'),
  }
}

/** |x_B|²: a contraction of a vector with its own projection. */
const isSquare = ({ left, right }: Contraction): boolean =>
  left === right || [[left, right], [right, left]].some(([x, y]) => y?.kind === 'apply' && y.operator.kind === 'projector' && y.argument === x)

/**
 * Equilibrium, rotation, Bernoulli's substitution and the implicit RMSProp, as far as the law has them; schedules leave no equilibrium.
 * A consequence is claimed only if it passed its check.
 */
export const consequencesOf = rememberedByObject((laws: Laws): readonly Consequence[] => {
  const identity = stepIdentity(laws).filter((c) => c.verified.passed)
  if (laws.rule.schedules.size > 0 || laws.rule.schedule) return identity
  const coupled = coupledConsequences(laws)
  const equilibrium = equilibriumOf(laws)
  const first = laws.flows.findLast((f) => f.model === 'modified vector field')
  const substituted = bernoulliSolution(laws)
  const polar = polarLaw(laws)
  const bound = first === undefined ? undefined : boundedness(first.law, laws)
  const all = [
    ...coupled,
    ...(bound === undefined ? [] : [bound]),
    ...(substituted === undefined ? [] : [substituted]),
    ...(equilibrium === undefined ? [] : fromEquilibrium(equilibrium)),
    ...(polar === undefined ? [] : fromPolar(polar)),
  ]
  return [...identity, ...all.filter((c) => c.verified.passed)]
})

/** The coupled laws of the charge and their solution, where its law needs further contractions of the parameters. */
function coupledConsequences(laws: Laws): readonly Consequence[] {
  const found = coupledLaws(laws)
  return found === undefined ? [] : coupledStatements(found, letterOf(laws)).map((statement) => ({ ...statement, source: '[NM] §6', verified: found.verified }))
}

/** The consequences as steps of the derivation, each from the exact discrete law. */
export const consequenceSteps = (laws: Laws): readonly Step[] =>
  consequencesOf(laws).map(({ name, why, source, text, latex, verified }) => ({
    section: 'What follows',
    before: writeScalar(laws.discrete?.charge ?? laws.flows[0]?.law.charge ?? sym('q')),
    after: { text, latex },
    why: `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}. ${why}`,
    source,
    verified,
  }))
