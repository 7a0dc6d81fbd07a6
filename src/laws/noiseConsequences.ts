import type { Expr } from '../algebra/expr.js'
import { writeScalar } from '../jets/notation.js'
import type { Consequence } from './consequences.js'
import type { Laws } from './engine.js'
import { withSizes } from './expectation.js'
import { injectedConsequences } from './injectedConsequences.js'
import { mentions } from './gradientVariable.js'
import { lawEquation } from './lawEquation.js'
import { meanRecursion, meanRecursionCheck, meanStatements } from './meanRecursion.js'
import { noiseConserves, stochasticLaw } from './stochastic.js'
import { pointsRead } from './covariance.js'
import { shiftsTime, transformsAction } from '../symmetry/transformation.js'

/**
 * What minibatch noise does to the charge: nothing directly, where its gradient is the generator, and to its mean what Itô's formula says;
 * and the exact law of the mean, where the discrete law has one. `noise` is the deviation of a batch's gradient; twice in a contraction it
 * stands for its covariance, in matrices where the laws are written in them.
 */
export const noiseConsequences = (laws: Laws): readonly Consequence[] =>
  hasNoise(laws) ? [...itoConsequences(laws), ...injectedConsequences(laws), ...exactConsequences(laws)] : []

const hasNoise = ({ rule, symmetry }: Laws): boolean => !rule.continuous && rule.action === undefined && !transformsAction(symmetry) && !shiftsTime(symmetry)

const MEANING = 'with g the gradient on all data and noise the deviation from it of a batch, which twice in a product stands for its covariance'

const KEPT_OFF =
  'Every noise direction satisfies the first-order constraint of the symmetry, so to leading order the noise does not spread the charge; ' +
  'its covariance drives the mean.'

const REMEMBERED = ' A batch stays in the states for some steps: what it does there counts in full once these have passed.'

const NO_SPREAD =
  'V is the variance of the charge over runs, to first order in eta: the noise has no component along the gradient of the charge. ' +
  'What is left is of order eta^3, from the fluctuations of the drive.'

const SPREAD = 'V is the variance of the charge over runs at a given drive, to first order in eta; noise twice is the covariance.'

function itoConsequences(laws: Laws): readonly Consequence[] {
  const found = stochasticLaw(laws)
  if (!found.ok || !found.value.verified.passed) return []
  const { diffusion, mean, variance, verified } = found.value
  const drive = laws.blockForm === undefined ? mean.drive : laws.blockForm(mean.drive)
  if (drive === undefined) return []
  const conserves = noiseConserves(found.value)
  const how = conserves ? KEPT_OFF : `The noise spreads the charge by ${writeScalar(diffusion).text}, and its covariance drives the mean.`
  const why = `Itô's formula. ${how}${laws.rule.states.length === 0 ? '' : REMEMBERED}`
  const law: Consequence = { name: 'law of the mean under minibatch noise', ...lawEquation({ ...mean, drive }, laws), meanings: [MEANING], why, source: '[NM] §5', verified }
  if (laws.blockForm !== undefined) return [law]
  const name = 'law of the variance under minibatch noise'
  return [law, { name, ...variance, why: conserves ? NO_SPREAD : SPREAD, source: '[NM] §5', verified }]
}

/** Why there is no law of the mean by Itô's formula, where one is looked for. */
export function whyNoMean(laws: Laws): string | undefined {
  if (!hasNoise(laws)) return undefined
  const found = stochasticLaw(laws)
  if (!found.ok) return found.reason
  return found.value.verified.passed ? undefined : 'what it says does not pass its check on random exact instances'
}

const AVERAGED =
  'The exact discrete law averaged over batches that are drawn independently of each other. Given the states, which hold the noise of earlier batches, nothing else enters. Batches of one epoch drawn ' +
  'without replacement are correlated by -1/(batches an epoch - 1), which a state that remembers many of them feels.'

/** The exact law of the mean, contraction by contraction. */
function exactConsequences(laws: Laws): readonly Consequence[] {
  const rows = meanRecursion(laws)
  if (rows === undefined) return []
  const verified = meanRecursionCheck(rows, laws)
  if (!verified.passed) return []
  const name = 'mean after one step, batches drawn independently'
  const points = [...new Set(rows.flatMap((row) => pointsRead(row.mean)))]
  const { noises, hyperparameters } = laws.rule
  const meanings = [MEANING, ...points.map(elsewhere), ...noises.filter((noise) => rows.some((row) => mentions(row.mean, new Set([noise])))).map((noise) => `${noise} twice in a product stands for the identity, its covariance`)]
  const form = (e: Expr): Expr | undefined => (laws.blockForm === undefined ? withSizes(e, laws.symmetry.space, hyperparameters) : laws.blockForm(e))
  return meanStatements(rows, laws.rule, form).map((statement) => ({ name, ...statement, meanings, why: AVERAGED, source: '[NM] §5', verified }))
}

const elsewhere = (name: string): string => `with g_${name} the mean over batches of the gradient that each has at its own ${name}, and noise_${name} the deviation from it`
