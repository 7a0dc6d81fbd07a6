import { type Sample, timeAt } from './contest.js'

/** Widths of a name and of a time with its ratio: four of them are 80 columns. */
const [NAME, CELL] = [28, 13]

/** Seconds of a solver at an achieved error, undefined where it did not get there. */
type Times = Readonly<Record<string, readonly (number | undefined)[]>>

const namesOf = (samples: readonly Sample[]): readonly string[] => [...new Set(samples.map((s) => s.peer))]
const timesOf = (samples: readonly Sample[], errors: readonly number[]): Times =>
  Object.fromEntries(namesOf(samples).map((peer) => [peer, errors.map((e) => timeAt(samples.filter((s) => s.peer === peer), e))]))
const versionOf = (samples: readonly Sample[], peer: string): string => samples.find((s) => s.peer === peer)?.version ?? ''

/** The same as data: for each solver its version and, at each error, seconds and their ratio to the best of ours. */
export function atErrors(samples: readonly Sample[], errors: readonly number[]): readonly object[] {
  const times = timesOf(samples, errors)
  const ours = fastest(times, errors, (name) => name.startsWith('noether'))
  return Object.entries(times).map(([peer, seconds]) => ({
    peer, version: versionOf(samples, peer),
    at: seconds.flatMap((s, k) => (s === undefined ? [] : [{ error: errors[k], seconds: s, ratio: s / (ours[k]?.seconds ?? NaN) }])),
  }))
}

interface Best {
  readonly name: string
  readonly seconds: number
}

/** The fastest of some solvers at each error. */
function fastest(times: Times, errors: readonly number[], among: (name: string) => boolean): readonly (Best | undefined)[] {
  return errors.map((_, k) => Object.entries(times).filter(([name]) => among(name))
    .flatMap(([name, list]) => (list[k] === undefined ? [] : [{ name, seconds: list[k] }])).toSorted((a, b) => a.seconds - b.seconds)[0])
}

function shown(seconds: number): string {
  const [value, unit] = seconds < 1e-3 ? [seconds * 1e6, 'µs'] : seconds < 1 ? [seconds * 1e3, 'ms'] : [seconds, 's ']
  return `${value.toPrecision(3)} ${unit}`
}

/** One line a solver: its time at each error and how many times the best of ours that is. */
export function table(title: string, samples: readonly Sample[], errors: readonly number[]): readonly string[] {
  const times = timesOf(samples, errors)
  const ours = fastest(times, errors, (name) => name.startsWith('noether'))
  const cell = (seconds: number | undefined, k: number): string => {
    const ratio = (seconds ?? NaN) / (ours[k]?.seconds ?? NaN)
    return (seconds === undefined ? '—' : `${shown(seconds)} ×${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}`).padStart(CELL)
  }
  return [
    `\n${title}: time at an achieved error`,
    `${''.padEnd(NAME)}${errors.map((e) => e.toExponential(0).padStart(CELL)).join('')}`,
    ...Object.entries(times).map(([peer, list]) => `${peer.padEnd(NAME)}${list.map(cell).join('')}`),
  ]
}

/** The comparisons that the project measures itself by: how many times as fast the first is as the second. */
export function comparisons(samples: readonly Sample[], errors: readonly number[]): readonly string[] {
  const times = timesOf(samples, errors)
  const single = (name: string): boolean => !name.endsWith(' 2')
  const target = (letters: string) => (name: string): boolean => name.startsWith('noether') && single(name) && name.includes(` ${letters}`)
  const peer = (letters: string) => (name: string): boolean => name.startsWith(letters)
  const pairs = [
    ['C target', target('c'), 'heyoka', peer('heyoka')], ['WASM', target('wasm'), 'heyoka', peer('heyoka')],
    ['WASM', target('wasm'), 'SciPy', peer('SciPy')], ['WASM', target('wasm'), 'SUNDIALS', peer('SUNDIALS')],
    ['C dopri5', (n: string) => n === 'noether dopri5 c', 'the same written by hand', peer('hand-written')],
    ...['dopri5', 'dop853', 'vern9', 'taylor'].map((m) =>
      [`WASM ${m}`, (n: string) => n === `noether ${m} wasm`, 'C', (n: string) => n === `noether ${m} c`] as const),
  ] as const
  return pairs.flatMap(([first, isFirst, second, isSecond]) => {
    const [a, b] = [fastest(times, errors, isFirst), fastest(times, errors, isSecond)]
    const parts = errors.flatMap((e, k) => {
      const [x, y] = [a[k], b[k]]
      return x === undefined || y === undefined ? [] : [`×${(y.seconds / x.seconds).toPrecision(3)} at ${e.toExponential(0)}`]
    })
    return parts.length === 0 ? [] : [`${first} is as fast as ${second} ${parts.join(', ')}`]
  })
}
