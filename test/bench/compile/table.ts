import type { Sample } from './contest.js'
import { type TimeAt, timeAt } from './timeAt.js'

/** Widths of a name, of a time and of its ratio: four of both beside a name are 80 columns. */
const [NAME, TIME, RATIO] = [24, 9, 5]

/** Times of a solver at achieved errors, undefined where it did not get there. */
type Times = Readonly<Record<string, readonly (TimeAt | undefined)[]>>

const OURS = (name: string): boolean => name.startsWith('noether')
const namesOf = (samples: readonly Sample[]): readonly string[] => [...new Set(samples.map((s) => s.peer))]
const timesOf = (samples: readonly Sample[], errors: readonly number[]): Times =>
  Object.fromEntries(namesOf(samples).map((peer) => [peer, errors.map((e) => timeAt(samples.filter((s) => s.peer === peer), e))]))
const versionOf = (samples: readonly Sample[], peer: string): string => samples.find((s) => s.peer === peer)?.version ?? ''

/** The least time of some solvers at each error. */
const fastest = (times: Times, errors: readonly number[], among: (name: string) => boolean): readonly (TimeAt | undefined)[] =>
  errors.map((_, k) => Object.entries(times).filter(([name]) => among(name))
    .flatMap(([, list]) => list[k] ?? []).toSorted((a, b) => a.seconds - b.seconds)[0])

/** The same as data: for each solver its version and, at each error, seconds and their ratio to the best of ours. */
export function atErrors(samples: readonly Sample[], errors: readonly number[]): readonly object[] {
  const times = timesOf(samples, errors)
  const ours = fastest(times, errors, OURS)
  return Object.entries(times).map(([peer, list]) => ({
    peer, version: versionOf(samples, peer),
    at: list.flatMap((t, k) => (t === undefined ? [] : [{ error: errors[k], ...t, ratio: t.seconds / (ours[k]?.seconds ?? NaN) }])),
  }))
}

const head = (text: string, errors: readonly number[]): string =>
  text.padEnd(NAME) + errors.map((e) => e.toExponential(0).padStart(TIME + RATIO)).join('')

function shown(seconds: number): string {
  const [value, unit] = seconds < 9.995e-4 ? [seconds * 1e6, 'µs'] : seconds < 0.9995 ? [seconds * 1e3, 'ms'] : [seconds, 's']
  return `${value < 999.5 ? value.toPrecision(3) : value.toFixed(0)} ${unit}`
}

/** A ratio in at most four characters. */
const brief = (ratio: number): string =>
  (ratio < 0.095 ? ratio.toFixed(2) : ratio < 9.95 ? ratio.toFixed(1) : ratio < 999.5 ? ratio.toFixed(0) : ratio.toExponential(0).replace('+', ''))

/** One line a solver: its time at each error and how many times the best of ours that is. */
export function table(samples: readonly Sample[], errors: readonly number[]): readonly string[] {
  if (samples.length === 0) return []
  const times = timesOf(samples, errors)
  const ours = fastest(times, errors, OURS)
  const cell = (time: TimeAt | undefined, k: number): string => {
    if (time === undefined) return '—'.padStart(TIME + RATIO)
    const ratio = ours[k] === undefined ? '' : `×${brief(time.seconds / ours[k].seconds)}`
    return `${time.atMost ? '≤' : ''}${shown(time.seconds)}`.padStart(TIME) + ratio.padStart(RATIO)
  }
  return [head('time at the error', errors), ...Object.entries(times).map(([peer, list]) => peer.padEnd(NAME) + list.map(cell).join(''))]
}

/** How many times as fast the first of a pair is as the second, at each error that both were run for. */
export interface Speed {
  readonly pair: string
  readonly ratios: readonly (number | undefined)[]
}

/** The comparisons that the project measures itself by, of solvers on one thread. */
export function speeds(samples: readonly Sample[], errors: readonly number[]): readonly Speed[] {
  const exact = Object.entries(timesOf(samples, errors)).map(([peer, list]) => [peer, list.map((t) => (t?.atMost === true ? undefined : t))])
  const times: Times = Object.fromEntries(exact)
  const target = (letters: string) => (name: string): boolean => OURS(name) && !name.endsWith(' 2') && name.includes(` ${letters}`)
  const peer = (letters: string) => (name: string): boolean => name.startsWith(letters)
  const named = (wanted: string) => (name: string): boolean => name === wanted
  const pairs: readonly (readonly [string, (name: string) => boolean, (name: string) => boolean])[] = [
    ['C to heyoka', target('c'), peer('heyoka')],
    ...['heyoka', 'SciPy', 'SUNDIALS'].map((p) => [`WASM to ${p}`, target('wasm'), peer(p)] as const),
    ...['C', 'WASM'].map((t) => [`${t} to C by hand`, named(`noether dopri5 ${t.toLowerCase()}`), peer('hand-written')] as const),
    ...['dopri5', 'dop853', 'vern9', 'taylor'].map((m) => [`WASM ${m} to C target`, named(`noether ${m} wasm`), named(`noether ${m} c`)] as const),
  ]
  return pairs.flatMap(([pair, isFirst, isSecond]) => {
    const [a, b] = [fastest(times, errors, isFirst), fastest(times, errors, isSecond)]
    const ratios = errors.map((_, k) => {
      const [x, y] = [a[k], b[k]]
      return x === undefined || y === undefined ? undefined : y.seconds / x.seconds
    })
    return ratios.every((r) => r === undefined) ? [] : [{ pair, ratios }]
  })
}

export const speedTable = (found: readonly Speed[], errors: readonly number[]): readonly string[] => (found.length === 0 ? [] : [
  head('how many times as fast', errors),
  ...found.map(({ pair, ratios }) =>
    pair.padEnd(NAME) + ratios.map((r) => (r === undefined ? '—' : `×${r.toPrecision(3)}`).padStart(TIME + RATIO)).join('')),
])
