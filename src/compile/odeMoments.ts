import type { Member, OdeMembers } from './integrateEnsemble.js'

/** Mean and variance of a group of members at the output times. */
export interface Moments {
  /** Values of what is common to the group. */
  readonly values: Readonly<Record<string, number>>
  /** How many members reached each time. */
  readonly members: readonly number[]
  /** By state; NaN where there is no member. */
  readonly mean: Readonly<Record<string, readonly number[]>>
  /** Without bias: the sum of squares is divided by one less than the members; NaN of fewer than two. */
  readonly variance: Readonly<Record<string, readonly number[]>>
  /** Standard error of the mean, if the members are independent of each other: the root of the variance over their number. */
  readonly standardError: Readonly<Record<string, readonly number[]>>
}

/**
 * Collects members in their order and gives the moments of each group when it is complete. Means and sums of squares are updated member by
 * member (Welford, Technometrics 4 (1962) 419), in their order: the threads that computed them do not matter.
 */
export class Collector {
  private readonly states: readonly string[]
  private readonly members: Float64Array
  /** times × states. */
  private readonly mean: Float64Array
  private readonly squares: Float64Array

  constructor(private readonly of: OdeMembers) {
    this.states = of.plan.system.states
    this.members = new Float64Array(of.plan.at.length)
    this.mean = new Float64Array(of.plan.at.length * this.states.length)
    this.squares = new Float64Array(this.mean.length)
  }

  /** @returns the moments of the group that this member completes. */
  add({ member, values, integration: { t, y } }: Member): Moments | undefined {
    const { group } = this.of.ensemble
    const n = this.states.length
    if (member % group === 0) for (const sums of [this.members, this.mean, this.squares]) sums.fill(0)
    for (const k of t.keys()) {
      const count = (this.members[k] ?? 0) + 1
      this.members[k] = count
      for (let i = 0; i < n; i += 1) {
        const value = y[i]?.[k] ?? NaN
        const before = this.mean[k * n + i] ?? NaN
        const mean = before + (value - before) / count
        this.mean[k * n + i] = mean
        this.squares[k * n + i] = (this.squares[k * n + i] ?? NaN) + (value - before) * (value - mean)
      }
    }
    return member % group === group - 1 ? this.moments(values) : undefined
  }

  private moments(values: readonly number[]): Moments {
    const { varied, common } = this.of.ensemble
    const n = this.states.length
    const each = (compute: (mean: number, squares: number, count: number) => number): Readonly<Record<string, readonly number[]>> =>
      Object.fromEntries(this.states.map((state, i) => [
        state, Array.from(this.members, (count, k) => (count === 0 ? NaN : compute(this.mean[k * n + i] ?? NaN, this.squares[k * n + i] ?? NaN, count))),
      ]))
    return {
      values: Object.fromEntries(common.map((j) => [varied[j] ?? '', values[j] ?? NaN])),
      members: [...this.members],
      mean: each((mean) => mean),
      variance: each((_, squares, count) => squares / (count - 1)),
      standardError: each((_, squares, count) => Math.sqrt(squares / (count - 1) / count)),
    }
  }
}

const line = (cells: readonly (string | number)[]): string => `${cells.join(',')}\n`

/** Names of the columns of members: their numbers, what varies, time and states. */
export const membersHeader = ({ ensemble, plan: { system } }: OdeMembers): string =>
  line(['member', ...ensemble.varied, system.time ?? 't', ...system.states])

/** A member as CSV, one row an output time that it reached; numbers read back exactly. */
export function memberCsv({ member, values, integration: { t, y } }: Member): string {
  const own = [member, ...values].join(',')
  return Array.from(t, (time, k) => line([own, time, ...y.map((state) => state[k] ?? NaN)])).join('')
}

/** Names of the columns of moments: what is common to a group, time, how many members reached it; of each state mean, variance and the mean's standard error. */
export const momentsHeader = ({ ensemble: { varied, common }, plan: { system } }: OdeMembers): string =>
  line([...common.map((j) => varied[j] ?? ''), system.time ?? 't', 'members', ...system.states.flatMap((x) => [`${x}.mean`, `${x}.variance`, `${x}.error`])])

/** Moments as CSV, one row an output time. */
export function momentsCsv({ plan: { at } }: OdeMembers, { values, members, mean, variance, standardError }: Moments): string {
  const columns = Object.keys(mean).flatMap((state) => [mean, variance, standardError].map((of) => of[state] ?? []))
  return at.map((time, k) => line([...Object.values(values), time, members[k] ?? 0, ...columns.map((column) => column[k] ?? NaN)])).join('')
}
