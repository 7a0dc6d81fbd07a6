/** One solver at one tolerance on one problem. */
export interface Contestant {
  readonly peer: string
  /** Version of the package; empty for this project. */
  readonly version: string
  readonly tolerance: number
  /** What prepares it: this process, the C compiler or the Python peers; each does one after another, beside the others. */
  readonly by: 'process' | 'compiler' | 'python'
  /** Compiles, and runs once; not timed. */
  prepare(seconds: number): void | Promise<void>
  /** Solves for so many seconds, at least once: the least seconds of a run, and the largest error of its result. */
  measure(seconds: number): Measured | Promise<Measured>
}

export interface Measured {
  readonly seconds: number
  readonly error: number
}

/** What a solver cost and how far it was from the reference. */
export interface Sample extends Measured {
  readonly peer: string
  readonly version: string
  readonly tolerance: number
}

/** A solver that did not take part, and why. */
export interface Absent {
  readonly peer: string
  readonly reason: string
}

export interface Contest {
  readonly samples: readonly Sample[]
  readonly absent: readonly Absent[]
}

/** Seconds on the clock of the whole benchmark. */
export const clock = (): number => performance.now() / 1000

/** Progress on stderr: on a terminal one line that changes. */
export function progress(text: string): void {
  const { stderr } = process
  if (stderr.isTTY) stderr.write(`\r\u001B[2K${text.slice(0, 78)}`)
}
export const endProgress = (): void => progress('')

const SLICE = 0.05
const ROUNDS = 8
/** A run is repeated while its runs take less than this together. */
const PATIENCE = 3

/** Runs for so many seconds, at least once: the least seconds of a run, and its last result. */
export async function leastOf<T>(seconds: number, run: () => Promise<T>): Promise<readonly [number, T]> {
  const start = clock()
  for (let best = Infinity; ;) {
    const before = clock()
    const result = await run()
    best = Math.min(best, clock() - before)
    if (clock() - start >= seconds) return [best, result]
  }
}

/** A solver in this process. */
export function inProcess(
  facts: Pick<Contestant, 'peer' | 'version' | 'tolerance'>, prepare: () => () => ArrayLike<number>,
  error: (y: ArrayLike<number>) => number,
): Contestant {
  let run = (): ArrayLike<number> => []
  return {
    ...facts,
    by: 'process',
    prepare() {
      run = prepare()
      run()
    },
    measure(seconds) {
      const start = clock()
      let [best, y]: [number, ArrayLike<number>] = [Infinity, []]
      do {
        const before = clock()
        y = run()
        best = Math.min(best, clock() - before)
      } while (clock() - start < seconds)
      return { seconds: best, error: error(y) }
    },
  }
}

/** The tightest tolerance of every solver first, then the next of every one: a deadline then takes tolerances, not solvers. */
function inTurn(contestants: readonly Contestant[]): readonly Contestant[] {
  const rank = (one: Contestant): number => contestants.filter((o) => o.peer === one.peer && o.tolerance < one.tolerance).length
  return contestants.toSorted((a, b) => rank(a) - rank(b))
}

const reasonFor = (fault: unknown): string => (fault instanceof Error ? fault.message.split('\n')[0] ?? '' : String(fault))
const named = ({ peer, tolerance }: Contestant): string => `${peer} at ${tolerance}`

/** Those that are prepared by the deadline, and why the others are not. */
async function prepared(
  title: string, contestants: readonly Contestant[], deadline: number,
): Promise<{ readonly ready: readonly Contestant[]; readonly absent: readonly Absent[] }> {
  const ready = new Set<Contestant>()
  const absent: Absent[] = []
  const queue = async (by: Contestant['by']): Promise<void> => {
    for (const one of contestants.filter((c) => c.by === by)) {
      const left = deadline - clock()
      progress(`${title}: ${named(one)} is prepared`)
      try {
        if (left <= 0) throw new Error('the time for preparations was up')
        await one.prepare(left)
        ready.add(one)
      } catch (fault) {
        absent.push({ peer: named(one), reason: reasonFor(fault) })
      }
    }
  }
  await Promise.all([queue('compiler'), queue('python'), queue('process')])
  return { ready: contestants.filter((c) => ready.has(c)), absent }
}

/**
 * Prepares all, in at most half of the time, then measures them in turn, round after round, and keeps the least time of each: other
 * work on the machine only adds, and what lasts hits all alike. One that fails is named with its reason; behind the deadline nothing
 * begins.
 */
export async function contest(title: string, all: readonly Contestant[], deadline: number): Promise<Contest> {
  const { ready, absent } = await prepared(title, inTurn(all), (clock() + deadline) / 2)
  const found = new Map<Contestant, Sample>()
  const failed = new Map<Contestant, string>()
  for (let round = 0; round < ROUNDS && clock() < deadline; round += 1) {
    const spent = (c: Contestant): number => (round === 0 ? 0 : (found.get(c)?.seconds ?? Infinity) * (round + 1))
    for (const one of ready.filter((c) => spent(c) < PATIENCE)) {
      if (clock() > deadline) break
      progress(`${title}, round ${round + 1}: ${named(one)}`)
      const { peer, version, tolerance } = one
      try {
        const { seconds, error } = await one.measure(SLICE)
        found.set(one, { peer, version, tolerance, error, seconds: Math.min(seconds, found.get(one)?.seconds ?? Infinity) })
      } catch (fault) {
        failed.set(one, reasonFor(fault))
      }
    }
  }
  endProgress()
  const without = ready.filter((c) => !found.has(c))
  return {
    samples: [...found.values()],
    absent: [...absent, ...without.map((c) => ({ peer: named(c), reason: failed.get(c) ?? 'the time of the benchmark was up' }))],
  }
}
