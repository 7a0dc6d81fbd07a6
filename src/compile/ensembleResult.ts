import { InputError } from '../errors.js'
import type { Member, OdeMembers } from './integrateEnsemble.js'
import { type OdeResult, toResult } from './integrateFile.js'
import { LARGEST } from './odeSchema.js'
import type { OdeProblem } from './odeFile.js'
import { Collector, type Moments } from './odeMoments.js'

/** A member of an ensemble as plain data. */
export interface MemberResult extends Omit<OdeResult, 'title' | 'time'> {
  readonly member: number
  /** Values of what varies. */
  readonly values: Readonly<Record<string, number>>
  /** Seed of its Brownian motions, if it has any. */
  readonly seed?: number
}

/** The result of integrating the ensemble of an ODE file: plain data. */
export interface EnsembleResult {
  readonly title: string
  readonly time: string
  /** The output times. */
  readonly t: readonly number[]
  /** What of the file the method does not use. */
  readonly hint?: string
  /** All members, unless moments alone are asked for. */
  readonly members?: readonly MemberResult[]
  /** Moments of each group of members, in their order. */
  readonly moments: readonly Moments[]
}

/** What the text of a member holds besides its states, in numbers. */
const BESIDES = 16

function memberResult(problem: OdeProblem, { ensemble: { varied } }: OdeMembers, { member, values, integration }: Member): MemberResult {
  const { title: _, time: __, ...result } = toResult(problem, integration)
  const seed = problem.noise === undefined ? {} : { seed: (problem.file.seed ?? 0) + member }
  return { member, values: Object.fromEntries(varied.map((name, j) => [name, values[j] ?? NaN])), ...seed, ...result }
}

/**
 * Integrates the ensemble of an ODE file.
 * @param moments whether the moments are enough.
 * @param told is called with the members as they come.
 * @throws InputError as `ensembleMembers`, and for a result that is too long for one document.
 */
export async function ensembleResult(
  problem: OdeProblem, found: OdeMembers, { moments: only = false, told = () => undefined }: { readonly moments?: boolean; readonly told?: (block: readonly Member[]) => void } = {},
): Promise<EnsembleResult> {
  const { ensemble: { count, group }, plan: { at, unused, system: { states, time = 't' } } } = found
  let room = LARGEST
  const take = (values: number): void => {
    room -= values
    if (room < 0)
      throw new InputError('the result of the ensemble is too long for one document', only ? 'ask for fewer times' : 'take CSV, or --moments', problem.place(['ensemble']))
  }
  take((count / group) * 3 * at.length * states.length + (only ? 0 : count * (at.length * states.length + BESIDES)))
  const collector = new Collector(found)
  const [members, moments]: [MemberResult[], Moments[]] = [[], []]
  for await (const block of found.blocks()) {
    told(block)
    for (const member of block) {
      const complete = collector.add(member)
      if (complete !== undefined) moments.push(complete)
      if (!only) {
        take(member.integration.events.length * (states.length + 2))
        members.push(memberResult(problem, found, member))
      }
    }
  }
  return { title: problem.title, time, t: at, ...(unused === undefined ? {} : { hint: unused }), ...(only ? {} : { members }), moments }
}
