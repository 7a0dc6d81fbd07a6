import type { Derivation, DiscreteSolutionStatement, FlowLaw, Statement } from '../../laws/derivation.js'

/** What a derivation says, in the order of a theorist's interest; the terminal and the documents print their parts in this order. */
export const LAW_PARTS = [
  'charge',
  'discrete',
  'flow',
  'law',
  'matrix',
  'lagrangian',
  'breaking',
  'solution',
  'steps',
  'consequences',
] as const
export type LawPart = (typeof LAW_PARTS)[number]

/** A derivation printed part by part. */
export const inOrder = <Printed>(parts: Readonly<Record<LawPart, readonly Printed[]>>): Printed[] =>
  LAW_PARTS.flatMap((part) => parts[part])

/** A charge, with the flow it belongs to where the steps or the other flows have another. */
export interface Charge {
  readonly charge: Statement
  readonly of?: FlowLaw
}

/** The charge of the steps; that of a flow beside it where it is another. Charges that are the same are told once. */
export function chargesOf({ discrete, flow }: Derivation['laws']): Charge[] {
  const ofFlows = flow.filter(({ charge }) => charge.text !== discrete?.charge.text)
  const [first] = ofFlows
  if (discrete === undefined && first !== undefined && ofFlows.every(({ charge }) => charge.text === first.charge.text))
    return [{ charge: first.charge }]
  return [...(discrete === undefined ? [] : [{ charge: discrete.charge }]), ...ofFlows.map((law) => ({ charge: law.charge, of: law }))]
}

/** Whether a closed form goes through the steps one by one. */
export const accumulates = ({ cases }: DiscreteSolutionStatement): boolean => cases.some(({ text }) => /\b(sum|product)\(/.test(text))
