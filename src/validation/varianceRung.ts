import type { MeanOverRuns } from './meanOverRuns.js'
import { BY_CHANCE } from './meanRung.js'
import type { Rung } from './result.js'
import { studentBound } from './student.js'
import { STRETCH } from './varianceOverRuns.js'

/** The law allows for this much of what it leaves out to leading order. */
const BEYOND = 3

/**
 * Student's t of numbers that are not as likely above their mean as below, as squares are not: with Johnson's correction by the third moment (J. Amer.
 * Statist. Assoc. 73, 1978, eq. 2.1), which leaves an error of the order of 1/n.
 */
function studentOf(values: readonly number[]): { readonly mean: number; readonly error: number; readonly t: number } {
  const n = values.length
  const mean = values.reduce((a, b) => a + b, 0) / n
  const moment = (power: number): number => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / (n - 1)
  const [square, third] = [moment(2), moment(3)]
  const error = Math.sqrt(square / n)
  return { mean, error, t: (mean + third / (6 * square * n) + (third * mean ** 2) / (3 * square ** 2)) / error }
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/**
 * The variance that noise gives the charge, over stretches of all runs, against its law, in standard errors: the mean of y² − V, each member relative to
 * its own V. Those whose charge the noise moves by no more than rounding have none.
 * @param rounding of the charge of each member
 * @param of which law it is
 */
export function varianceRung({ runs, steps, stretches: found }: Pick<MeanOverRuns, 'runs' | 'steps' | 'stretches'>, rounding: (member: number) => number, of: string): Rung {
  const base = { rung: 5, name: 'variance over runs' } as const
  const skipped = (reason: string): Rung => ({ ...base, measured: 0, tolerance: 0, reason, detail: reason, verdict: 'skipped' })
  if (!found.ok) return skipped(found.reason)
  const stretches = found.value
  const tolerance = studentBound(BY_CHANCE, Math.max(1, stretches.length - 1))
  const reason = `standard errors of the variance over ${stretches.length} stretches of ${STRETCH} steps in ${runs} runs of ${steps}, against ${of}; Student's t, which refutes a right law with probability ${BY_CHANCE.toExponential(0)}`
  if (stretches.length < 3) return skipped(`the runs have ${stretches.length} stretches of ${STRETCH} steps, too few for a variance`)
  const members = Array.from({ length: stretches[0]?.noise.length ?? 0 }, (_, i) => i).filter((i) => stretches.some(({ noise }) => !(Math.abs(noise[i] ?? 0) <= rounding(i))))
  if (members.length === 0) return { ...base, measured: 0, tolerance, reason, detail: 'the noise moves no charge by more than rounding', verdict: 'passed' }
  const sizes = new Map(members.map((i) => [i, average(stretches.map(({ variance }) => variance[i] ?? Number.NaN))]))
  const relative = (value: (s: (typeof stretches)[number], i: number) => number) => (s: (typeof stretches)[number]): number => average(members.map((i) => value(s, i) / (sizes.get(i) ?? Number.NaN)))
  const { mean, error, t } = studentOf(stretches.map(relative(({ square, variance }, i) => (square[i] ?? Number.NaN) - (variance[i] ?? Number.NaN))))
  const open = BEYOND * Math.abs(average(stretches.map(relative(({ truncation }, i) => truncation[i] ?? Number.NaN))))
  const measured = Math.max(0, Math.abs(t) - open / error)
  const leftOpen = open === 0 ? '' : `, ${open.toPrecision(2)} of it left open by the law, which holds to leading order`
  const detail = `the variance is ${(1 + mean).toPrecision(3)} times that of the law, standard error ${error.toPrecision(2)}${leftOpen}`
  return { ...base, measured, tolerance, reason, detail, verdict: measured <= tolerance ? 'passed' : 'failed' }
}
