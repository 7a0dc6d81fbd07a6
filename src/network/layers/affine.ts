import type { SliceFamily } from '../../symmetry/instances.js'
import type { LayerContext, Parameter } from '../layer.js'
import type { Production } from '../signal.js'

/** Gain and shift of a normalization, as far as it has them. */
export interface Affine {
  readonly gamma: Parameter | undefined
  readonly beta: Parameter | undefined
  readonly parameters: readonly Parameter[]
  /** `, gamma, beta` */
  readonly text: string
  readonly produces: readonly Production[]
}

const slice = ({ name }: Parameter): SliceFamily => ({ parameter: name, axis: 0 })

/** γ_i and β_i together multiply neuron i of the output; β_i alone translates it. */
export function affineProductions(gamma: Parameter | undefined, beta: Parameter | undefined, width: number): readonly Production[] {
  const shifts: readonly Production[] =
    beta === undefined
      ? []
      : [
          { change: { kind: 'translation' }, by: [slice(beta)], count: width },
          { change: { kind: 'common' }, by: [{ parameter: beta.name }], count: 1 },
        ]
  if (gamma === undefined) return shifts
  const both = beta === undefined ? [gamma] : [gamma, beta]
  return [
    { change: { kind: 'scale', degree: 1 }, by: both.map(slice), count: width },
    { change: { kind: 'dilation' }, by: both.map(({ name }) => ({ parameter: name })), count: 1 },
    ...shifts,
  ]
}

/** Lays out gain and shift of every neuron. */
export function affine(spec: { readonly gamma: boolean; readonly beta: boolean }, suffix: string, { input, place }: LayerContext): Affine {
  const gamma = spec.gamma ? place(`gamma${suffix}`, [input], { mean: 1, deviation: 0 }) : undefined
  const beta = spec.beta ? place(`beta${suffix}`, [input], { mean: 0, deviation: 0 }) : undefined
  return {
    gamma,
    beta,
    parameters: [gamma, beta].filter((parameter) => parameter !== undefined),
    text: `${gamma === undefined ? '' : ', gamma'}${beta === undefined ? '' : ', beta'}`,
    produces: affineProductions(gamma, beta, input),
  }
}
