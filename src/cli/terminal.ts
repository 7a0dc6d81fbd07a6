import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk'
import type { ProgressStream } from '../training/progress.js'

/** What a command writes to. Results go to `out`; progress, backends and errors to `note`, so that `--json` can be piped. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly note: (text: string) => void
  /** Width in characters. */
  readonly columns: number
  /** Where progress is drawn; it may redraw its line where this is a terminal. */
  readonly noteStream: ProgressStream
  /** Whether results go to a terminal. */
  readonly outIsTTY?: boolean
  readonly colour: ChalkInstance
  readonly noteColour: ChalkInstance
}

/** https://no-color.org: set and not empty means none. chalk itself looks at FORCE_COLOR and the stream only. */
const colourWanted = (): boolean => (process.env['NO_COLOR'] ?? '') === ''

const levelOf = (support: typeof supportsColor): 0 | 1 | 2 | 3 => (colourWanted() && support !== false ? support.level : 0)

/** The terminal of this process; 80 columns where the width is unknown. */
export function processTerminal(): Terminal {
  const told = Number.parseInt(process.env['COLUMNS'] ?? '', 10)
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    columns: Math.max(20, process.stdout.columns ?? (told > 0 ? told : 80)),
    noteStream: process.stderr,
    outIsTTY: process.stdout.isTTY,
    colour: new Chalk({ level: levelOf(supportsColor) }),
    noteColour: new Chalk({ level: levelOf(supportsColorStderr) }),
  }
}

/** Writes the one document that `--json` promises. */
export const writeJson = (terminal: Terminal, value: unknown): void => terminal.out(JSON.stringify(value, undefined, 2))
