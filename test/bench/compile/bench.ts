import type { Absent } from './contest.js'

/** What every problem of the benchmark is given. */
export interface Bench {
  /** Folder of `install-peers.sh`. */
  readonly peers: string
  readonly output: string
  /** Second on the clock at which no round of measurements begins any more. */
  readonly deadline: number
  /** Whether the machine has a C compiler. */
  readonly compiler: boolean
}

/** Says why a peer does not take part, for `catch`. */
export const reasonOf = (peer: string) => (fault: unknown): Absent =>
  ({ peer, reason: fault instanceof Error ? fault.message : String(fault) })

/** Why a peer of `install-peers.sh` is not there. */
export const notInstalled = (peers: string): string => `not installed at ${peers}: test/bench/compile/install-peers.sh`
