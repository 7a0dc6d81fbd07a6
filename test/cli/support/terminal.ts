import { Writable } from 'node:stream'
import { Chalk } from 'chalk'
import type { Terminal } from '../../../src/cli/terminal.js'

export interface RecordingTerminal extends Terminal {
  readonly outText: () => string
  readonly noteText: () => string
}

/** A terminal that keeps what was written to it. */
export function recordingTerminal({ columns = 80, colours = false } = {}): RecordingTerminal {
  const out: string[] = []
  const notes: string[] = []
  const colour = new Chalk({ level: colours ? 1 : 0 })
  return {
    out: (text) => void out.push(`${text}\n`),
    note: (text) => void notes.push(`${text}\n`),
    columns,
    noteStream: new Writable({ write: (chunk, _, done) => done(void notes.push(String(chunk))) }),
    colour,
    noteColour: colour,
    outText: () => out.join(''),
    noteText: () => notes.join(''),
  }
}
