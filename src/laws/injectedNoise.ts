import { HALF, TWO, add, isZero, mul, pow } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { dot } from '../jets/contraction.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { scalarByPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { type NoiseResponse, noiseResponse, withProducts } from '../rules/injectedNoise.js'
import type { Outcome, Rule } from '../rules/model.js'
import type { PotentialCharge } from './charge.js'
import { meanOverInjected } from './expectation.js'
import type { LinearLaw } from './flow.js'
import { groupDrives } from './drives.js'

/** What injected noise makes of the law of a charge along the flow, which then is one of its mean. */
export interface InjectedNoise {
  readonly response: NoiseResponse
  /** Itô's term ½Σⱼ tr(∇²q NⱼNⱼᵀ), before and after the mean over the noise. */
  readonly form: Expr
  readonly ito: Expr
  /** Σⱼ⟨∇q, Nⱼ⟩², what feeds the variance of the charge. */
  readonly spread: Expr
}

/** The response of a rule to the noise it injects; undefined for a rule without. */
export const injectedResponse = (rule: Rule): Outcome<NoiseResponse> | undefined => (rule.noises.length === 0 ? undefined : noiseResponse(rule))

/**
 * Itô's formula for a charge under injected noise. For a rule in which the noise reaches θ by states as slow as θ is, N vanishes and so does the term.
 * @returns undefined where the mean over the noise is not known from its covariance
 */
export function injectedNoise(response: NoiseResponse, { gradient }: Pick<PotentialCharge, 'gradient'>): InjectedNoise | undefined {
  const names = [...response.responses.keys()]
  const settled = (e: Expr): Expr => scalarByPowersOfEta(withProducts(e, response))
  const parts = [...response.responses.values()].map((n) => ({ second: mul(HALF, dot(deriveVector(gradient, directional('theta', 0, n)), n)), slope: pow(dot(gradient, n), TWO) }))
  const [form, square] = [add(...parts.map((p) => p.second)), add(...parts.map((p) => p.slope))].map(settled)
  const [ito, spread] = [form, square].map((e) => (e === undefined ? undefined : meanOverInjected(e, names)))
  return form === undefined || ito === undefined || spread === undefined ? undefined : { response, form, ito, spread }
}

/** The law of the mean: that along the flow without the noise, with Itô's term among its drives. */
export function withIto(law: LinearLaw, ito: Expr): LinearLaw {
  if (isZero(ito)) return law
  const drive = scalarByPowersOfEta(simplifyScalar(add(law.drive, ito)))
  return { ...law, drive, drives: groupDrives(drive) }
}
