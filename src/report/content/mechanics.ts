import type { Derivation } from '../../laws/derivation.js'
import { type Block, type Content, math, paragraph } from '../document.js'
import { equation, formula } from './equation.js'
import { sentence } from './sentence.js'

/** The Lagrangian of the flow, or why there is none; the one with a Rayleigh function beside it. */
export function lagrangianBlocks({ title, lagrangian, rayleigh }: Derivation): Block[] {
  const given = lagrangian.verified
    ? ` The Euler–Lagrange equations give the flow back${lagrangian.approximate === true ? ', to first order' : ''}.`
    : ''
  return [
    {
      kind: 'result',
      label: [lagrangian.exists ? 'Its Lagrangian' : 'It has no Lagrangian'],
      formulas: lagrangian.exists ? [equation('\\mathcal{L}', lagrangian, `${title}, lagrangian`)] : [],
      note: [sentence(lagrangian.reason), given],
    },
    ...(rayleigh === undefined ? [] : [rayleighResult(title, rayleigh)]),
  ]
}

const EULER_LAGRANGE_RAYLEIGH =
  '\\tfrac{d}{dt}\\,\\partial\\mathcal{L}/\\partial\\dot\\theta - \\partial\\mathcal{L}/\\partial\\theta + \\partial ' +
    'R/\\partial\\dot\\theta = 0'

const rayleighResult = (title: string, { lagrangian, dissipation }: NonNullable<Derivation['rayleigh']>): Block => ({
  kind: 'result',
  label: ['A Lagrangian with a Rayleigh function: ', math(EULER_LAGRANGE_RAYLEIGH), ' is the flow'],
  formulas: [
    equation('\\mathcal{L}', lagrangian, `${title}, rayleigh.lagrangian`),
    equation('R', dissipation, `${title}, rayleigh.dissipation`),
  ],
})

/** Kinetic symmetry breaking, and what else moves the charge of Noether's identity. */
export const breakingBlocks = ({ title, ksb, noether }: Derivation): Block[] => [
  ...(ksb.latex === '' ? [] : [kineticResult(title, ksb)]),
  ...(noether === undefined ? [] : otherParts(title, noether)),
]

const kineticResult = (title: string, ksb: Derivation['ksb']): Block => ({
  kind: 'result',
  label: ['Kinetic symmetry breaking'],
  formulas: [equation('\\delta T', ksb, `${title}, ksb`)],
  note: [
    ksb.vanishes
      ? 'It vanishes: the kinetic energy has the symmetry.'
      : 'It does not vanish: the kinetic energy does not have the symmetry, and this term moves the charge.',
  ],
})

function otherParts(title: string, { parts }: NonNullable<Derivation['noether']>): Block[] {
  const others = parts.filter((part) => part.name !== 'kinetic')
  if (others.length === 0) return []
  return [
    paragraph('What else moves the charge of Noether’s identity:'),
    { kind: 'list', items: others.map((part): Content => [`${part.name}: `, math(formula(part, `${title}, noether ${part.name}`))]) },
  ]
}
