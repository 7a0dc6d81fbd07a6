import type { CompileTime } from './compileTimes.js'
import type { NoiseSpeed } from './noise.js'
import type { EnsembleSpeed } from './oscillators.js'
import type { Speed } from './table.js'

/** What the project asks of itself, and what this run measured; undefined where a peer or a time is missing. */
export interface Goal {
  readonly what: string
  readonly atLeast?: number
  readonly atMost?: number
  readonly measured: number | undefined
  /** Whether it could not be measured because no solver got to the error that it asks for. */
  readonly beyond?: boolean
}

/** How solvers compare on one problem, and the least error that any of them reached (0 if none was measured). */
export interface Compared {
  readonly speeds: readonly Speed[]
  readonly leastError: number
}

export interface Measurements {
  readonly flow: Compared
  readonly single: Compared
  readonly many: Compared
  /** Errors that the ratios of the three stand at. */
  readonly errors: readonly number[]
  readonly compilation: readonly CompileTime[]
  readonly ensembles: readonly EnsembleSpeed[]
  readonly noise: NoiseSpeed
  /** How many times as fast two threads of the machine were as one, whatever they did. */
  readonly threads: number | undefined
}

const least = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.flatMap((v) => v ?? [])
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The goals of a run, each with its worst case. */
export function goalsOf({ flow, single, many, errors, compilation, ensembles, noise, threads }: Measurements): readonly Goal[] {
  const worst = ({ speeds }: Compared, pair: RegExp, at?: number): number | undefined =>
    least(speeds.filter((s) => pair.test(s.pair)).flatMap((s) => (at === undefined ? s.ratios : [s.ratios[errors.indexOf(at)]])))
  const problems = [['Pleiades', single], ['network', flow], ['oscillators', many]] as const
  const toHeyoka = (target: string, atLeast: (problem: string) => number): readonly Goal[] => problems.flatMap(([problem, found]) =>
    [1e-9, 1e-14].map((error) => ({
      what: `${target} to heyoka, ${problem}, at ${error.toExponential(0)}`, atLeast: atLeast(problem),
      measured: worst(found, new RegExp(`^${target} to heyoka`), error), beyond: found.leastError > error,
    })))
  const compileTime = (equations: number): number | undefined => {
    const times = compilation.filter((c) => c.equations === equations).map((c) => c.median)
    return times.length === 0 ? undefined : Math.max(...times)
  }
  return [
    ...problems.slice(0, 2).flatMap(([problem, found]) => [
      { what: `WASM to the same method by hand in C, ${problem}`, atLeast: 0.5, measured: worst(found, /^WASM to C by hand/) },
      { what: `WASM to our own C target, ${problem}`, atLeast: 0.5, measured: worst(found, /^WASM \w+ to C target/) },
      { what: `C to the same method by hand, ${problem}`, atLeast: 0.95, measured: worst(found, /^C to C by hand/) },
    ]),
    ...problems.map(([problem, found]) => ({ what: `WASM to SciPy, ${problem}`, atLeast: 100, measured: worst(found, /^WASM to SciPy/) })),
    ...toHeyoka('C', () => 1),
    ...toHeyoka('WASM', (problem) => (problem === 'oscillators' ? 0.2 : 0.5)),
    { what: 'milliseconds to compile 10 equations, any method', atMost: 50, measured: compileTime(10) },
    { what: 'milliseconds to compile 1000 equations', atMost: 1000, measured: compileTime(1000) },
    {
      what: `an ensemble on 2 workers (threads alone: ${threads === undefined ? '—' : `×${threads.toFixed(2)}`})`, atLeast: 1.8, measured: least(ensembles.map((e) => e.twoWorkers)),
    },
    { what: 'an ensemble with noise on 2 workers', atLeast: 1.8, measured: noise.seconds[0] / noise.seconds[1] },
  ]
}

const verdict = ({ atLeast = -Infinity, atMost = Infinity, measured, beyond = false }: Goal): string =>
  (measured === undefined ? beyond ? 'none is as exact' : 'not measured' : measured >= atLeast && measured <= atMost ? 'met' : 'missed')

/** One line a goal. */
export const goalTable = (goals: readonly Goal[]): readonly string[] => [
  `${'goals, each with its worst case'.padEnd(48)}${'goal'.padStart(6)}${'measured'.padStart(9)}  verdict`,
  ...goals.map((goal) => {
    const { what, atLeast, atMost, measured } = goal
    const asked = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
    return `${what.padEnd(48)}${asked.padStart(6)}${(measured === undefined ? '—' : measured < 999.5 ? measured.toPrecision(3) : measured.toFixed(0)).padStart(9)}  ${verdict(goal)}`
  }),
]
