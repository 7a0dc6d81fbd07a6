import { ONE, ZERO, add, call, isZero, mapParts, mul, num, pow, sym } from '../algebra/build.js'
import { symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { type Rational, R0, R1, addR, compareR, isZeroR, mulR, subR } from '../algebra/rational.js'
import { simplifyVector } from '../jets/simplify.js'
import { rebuildScalar, rebuildVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, combine, isZeroVector, scaleVector, vectorOf } from '../jets/vector.js'

const ETA = sym('eta')

/** η^power·unit, with a unit that is finite as η vanishes, and not zero there unless its terms cancel. */
interface Apart {
  readonly power: Rational
  readonly unit: Expr
}

const joined = ({ power, unit }: Apart): Expr => mul(pow(ETA, num(power)), unit)
const least = (powers: readonly Rational[]): Rational => powers.reduce((a, b) => (compareR(b, a) < 0 ? b : a))

/** Parts over their least power of η. */
function common(parts: readonly Apart[]): { readonly power: Rational; readonly units: readonly Expr[] } {
  const power = least(parts.map((p) => p.power))
  return { power, units: parts.map((p) => joined({ ...p, power: subR(p.power, power) })) }
}

/** Functions that take a positive factor out of their arguments, and what they make of it. */
const HOMOGENEOUS: Readonly<Record<string, (power: Rational) => Rational>> = { abs: (p) => p, min: (p) => p, max: (p) => p, sign: () => R0 }

/**
 * An expression with its power of η, which is positive, taken out of sums, roots and denominators.
 * @throws RangeError where a function has an argument that grows as η vanishes, or η stands in an exponent
 */
function apart(e: Expr): Apart {
  if (!symbolsOf(e).has('eta')) return { power: R0, unit: e }
  switch (e.kind) {
    case 'symbol':
      return { power: R1, unit: ONE }
    case 'sum': {
      const terms = e.terms.map(({ coefficient, factor }) => [num(coefficient), apart(factor)] as const)
      const { power, units } = common([...(e.constant.num === 0n ? [] : [{ power: R0, unit: num(e.constant) }]), ...terms.map(([c, part]) => ({ ...part, unit: mul(c, part.unit) }))])
      return { power, unit: add(...units) }
    }
    case 'product': {
      const factors = e.factors.map(({ base, exponent }) => {
        const { power, unit } = apart(base)
        if (symbolsOf(exponent).has('eta') || (exponent.kind !== 'number' && !isZeroR(power))) throw new RangeError('eta in an exponent')
        return { power: exponent.kind === 'number' ? mulR(power, exponent.value) : R0, unit: pow(unit, exponent) }
      })
      return { power: factors.reduce((sum, f) => addR(sum, f.power), R0), unit: mul(...factors.map((f) => f.unit)) }
    }
    case 'call': {
      const args = e.args.map(apart)
      const { power, units } = common(args)
      const taken = HOMOGENEOUS[e.name]
      if (taken !== undefined) return { power: taken(power), unit: call(e.name, ...units) }
      if (args.some((a) => compareR(a.power, R0) < 0)) throw new RangeError('a function of what grows as eta vanishes')
      return { power: R0, unit: mapParts(e, (x) => joined(apart(x))) }
    }
    default:
      throw new RangeError('eta in an integral')
  }
}

/** A vector with its powers of η taken out of its functions of components, as √(s/η² + g²) = √(s + η²g²)/η. @throws RangeError where that cannot be done */
export const withPowersOut = (x: Vector): Vector => rebuildVector(x, { scalar: (e) => joined(apart(e)) })

/** The same for a scalar. */
export const scalarWithPowersOut = (e: Expr): Expr => rebuildScalar(e, { scalar: (x) => joined(apart(x)) })

/**
 * The leading power of η in a vector whose powers of η are taken out of its functions; undefined where its leading terms cancel, or there are none.
 * @throws RangeError where it has none
 */
export function leadingPower({ terms }: Vector): Rational | undefined {
  const parts = terms.map((t) => ({ ...apart(t.coefficient), atom: t.atom }))
  if (parts.length === 0) return undefined
  const power = least(parts.map((p) => p.power))
  const leading = combine(parts.filter((p) => compareR(p.power, power) === 0).map(({ unit, atom }) => [unit, vectorOf(atom)] as const))
  return isZeroVector(simplifyVector(substituteScalars(leading, new Map([[ETA, ZERO]])))) ? undefined : power
}

/** η^power·x. */
export const timesPower = (power: Rational, x: Vector): Vector => (isZero(num(power)) ? x : scaleVector(pow(ETA, num(power)), x))
