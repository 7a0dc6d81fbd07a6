import { HALF, add, mul, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { deriveScalar } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, rebuildScalar, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT_ATOM, type VectorAtom, ZERO_VECTOR, addVectors, isGradientAnywhere, scaleVector, variable, vectorOf } from '../jets/vector.js'
import { allVectorsIn, allVectorsOf } from '../jets/walk.js'
import { mentions, readsLoss } from './gradientVariable.js'

/** The deviation of a batch's gradient from the full gradient; twice in a contraction it stands for the covariance: `norm2(noise_w)` is tr(P_w Σ). */
export const NOISE = variable('noise')

/** A gradient of the batch, at θ or at another point, the variable that stands for it, and its deviation from its mean over batches. */
interface BatchGradient {
  readonly atom: VectorAtom
  readonly batch: string
  readonly noise: string
}

/** The gradients of the batch that a scalar reads: at a point φ the deviation is `noise_phi`. */
function gradientsIn(e: Expr): readonly BatchGradient[] {
  const elsewhere = [...new Set(allVectorsIn(e).filter(isGradientAnywhere))].flatMap((atom): readonly BatchGradient[] => {
    const name = atom.kind === 'tensor' ? atom.field.at?.name : undefined
    return name === undefined ? [] : [{ atom, batch: `_g_${name}`, noise: `noise_${name}` }]
  })
  return [{ atom: GRADIENT_ATOM, batch: '_g', noise: 'noise' }, ...elsewhere]
}

/** The points beside θ at which a scalar reads the gradient. */
export const pointsRead = (e: Expr): readonly string[] => [...new Set(gradientsIn(e).flatMap(({ atom }) => (atom.kind === 'tensor' ? (atom.field.at?.name ?? []) : [])))]

/**
 * What the covariance adds to a scalar, with the gradients themselves in the place of their deviations: that of a batch less that of the full gradient has
 * the same mean. Undefined where a batch leads to the point at which it reads its gradient: the full gradient at the point of its own is not the mean then.
 */
export function noiseAsGradients(noise: Expr, of: Expr): Expr | undefined {
  const gradients = gradientsIn(of)
  const points = gradients.flatMap(({ atom }) => (atom.kind === 'tensor' ? (atom.field.at ?? []) : []))
  if (points.some(({ point }) => allVectorsOf(point).some(isGradientAnywhere))) return undefined
  return replaceInScalar(noise, byName(Object.fromEntries(gradients.map(({ atom, noise: name }) => [name, vectorOf(atom)]))))
}

/** A scalar with every gradient of the batch moved by a multiple of its deviation. */
export function shiftedByNoise(e: Expr, factor: Expr): Expr {
  const gradients = gradientsIn(e)
  return rebuildScalar(e, {
    whole(a) {
      const found = gradients.find(({ atom }) => atom === a)
      return found === undefined ? undefined : addVectors(vectorOf(a), scaleVector(factor, variable(found.noise)))
    },
  })
}

/** A scalar with variables for the gradients of the batch, and the derivative of one by them along the noise. */
function inBatch(e: Expr) {
  const gradients = gradientsIn(e)
  const batch = rebuildScalar(e, {
    whole(a) {
      const found = gradients.find(({ atom }) => atom === a)
      return found === undefined ? undefined : variable(found.batch)
    },
  })
  const noises = new Map(gradients.map(({ batch: name, noise }) => [name, variable(noise)]))
  const along = (x: Expr): Expr => deriveScalar(x, { variable: (name, order) => (order === 0 ? noises.get(name) : undefined) ?? ZERO_VECTOR })
  const ofBatch = (x: Expr): Expr => replaceInScalar(x, byName(Object.fromEntries(gradients.map((g) => [g.noise, variable(g.batch)]))))
  return { batch, along, ofBatch, names: new Set(noises.keys()) }
}

/** How a quantity that is linear in the gradients of the batch deviates from its mean. */
export function deviationOf(e: Expr): Expr {
  const { batch, along } = inBatch(e)
  return simplifyScalar(along(batch))
}

/**
 * What the noise of one batch adds to the mean of a quantity that is quadratic in the gradients of the batch: ½ D²e[n, n], where n twice stands for
 * the covariance, those at different points with each other too.
 * @throws InputError where a gradient is inside another derivative or function, which the covariance does not determine.
 */
export function covariancePart(e: Expr): Expr {
  const { batch, along, ofBatch, names } = inBatch(e)
  const second = mul(HALF, along(along(batch)))
  const constant = simplifyScalar(add(sub(batch, ofBatch(along(batch))), ofBatch(second)))
  if (readsLoss(batch) || mentions(second, names) || mentions(constant, names)) throw new InputError(`the mean of ${writeScalar(e).text} over the noise`, 'it needs more than the covariance of the gradient')
  return simplifyScalar(second)
}

/** The same where the covariance determines it; else undefined. */
export function covarianceOf(e: Expr): Expr | undefined {
  try {
    return covariancePart(e)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** The mean itself, with the full gradient for g: with it the exact discrete law becomes an exact law of the mean. */
export const meanOverNoise = (e: Expr): Expr => simplifyScalar(add(e, covariancePart(e)))
