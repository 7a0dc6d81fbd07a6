import { ONE, ZERO, add, call, mapParts, mul, num, pow, sym } from '../algebra/build.js'
import { subexpressions, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { type Rational, R0, R1, addR, compareR, isIntegerR, isOneR, isZeroR, mulR, negR, rational, subR } from '../algebra/rational.js'
import { simplifyVector } from '../jets/simplify.js'
import { rebuildScalar, rebuildVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, combine, isZeroVector, scaleVector, vectorOf } from '../jets/vector.js'
import { scalarsOf } from '../jets/walk.js'
import { taylorInEta } from './series.js'

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

/** A vector with η to a power in the place of η. */
export const atPower = (x: Vector, power: Rational): Vector => (isOneR(power) ? x : substituteScalars(x, new Map([[ETA, pow(ETA, num(power))]])))

/** Whether η stands in a vector in whole powers alone. */
export const inWholePowers = (x: Vector): boolean =>
  scalarsOf(x).every((e) => [...subexpressions(e)].every((part) => part.kind !== 'product' || part.factors.every((f) => f.base !== ETA || (f.exponent.kind === 'number' && isIntegerR(f.exponent.value)))))

/** Roots of η, and powers of them, in which the leading term of a vector is sought where what its powers stand before vanishes. */
const [ROOTS, POWERS] = [[1, 2, 3, 4, 6], 6] as const

/**
 * The leading power of η in a vector whose powers of η are taken out of its functions; undefined where it is in none that are tried.
 * @throws RangeError where it has none
 */
export function leadingPower(x: Vector): Rational | undefined {
  const parts = x.terms.map((t) => ({ ...apart(t.coefficient), atom: t.atom }))
  if (parts.length === 0) return undefined
  const power = least(parts.map((p) => p.power))
  const leading = combine(parts.filter((p) => compareR(p.power, power) === 0).map(({ unit, atom }) => [unit, vectorOf(atom)] as const))
  return isZeroVector(simplifyVector(substituteScalars(leading, new Map([[ETA, ZERO]])))) ? beyond(power, x) : power
}

/** The same where the terms with the least power of η vanish with it, as tanh(η x) does. */
function beyond(power: Rational, x: Vector): Rational | undefined {
  const scaled = withPowersOut(timesPower(negR(power), x))
  const root = ROOTS.find((q) => inWholePowers(atPower(scaled, rational(q))))
  if (root === undefined) return undefined
  const found = taylorInEta(atPower(scaled, rational(root)), POWERS).findIndex((term) => !isZeroVector(simplifyVector(term)))
  return found < 0 ? undefined : addR(power, rational(found, root))
}

/** η^power·x. */
export const timesPower = (power: Rational, x: Vector): Vector => (isZeroR(power) ? x : scaleVector(pow(ETA, num(power)), x))
