import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type DiscoverOptions as SearchOptions, answerDocument, discoverBatch } from '../../discovery/index.js'
import { InputError } from '../../errors.js'
import { readDocument } from '../../problem/index.js'
import { renderAnswer } from '../format/discovery.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface DiscoverOptions extends SearchOptions {
  readonly batch?: string
  readonly json?: boolean
}

/** `noether discover`: one document of a file, or a batch with one network a line. @returns the exit code */
export async function discover(terminal: Terminal, file: string | undefined, { batch, json = false, ...search }: DiscoverOptions): Promise<0 | 1> {
  if ((file === undefined) === (batch === undefined)) throw new InputError('discover takes either a network file or --batch', 'give one of them')
  if (search.degree === 0) throw new InputError('--degree 0: a constant is no law', 'give a degree from 1')
  if (batch !== undefined) await discoverLines(terminal, batch, search)
  else if (file !== undefined) await discoverFile(terminal, file, json, search)
  return 0
}

async function discoverFile(terminal: Terminal, file: string, json: boolean, search: SearchOptions): Promise<void> {
  const { value, place } = await readDocument(file)
  const started = performance.now()
  try {
    const answer = answerDocument(value, search)
    if (json) writeJson(terminal, { ...answer.json, seconds: (performance.now() - started) / 1000 })
    else terminal.out(renderAnswer(answer, terminal))
  } catch (error) {
    throw error instanceof InputError ? error.at(place([])) : error
  }
}

/** Each answer is written as soon as it is known. */
async function discoverLines(terminal: Terminal, file: string, { damping, ...search }: SearchOptions): Promise<void> {
  if (damping !== undefined) throw new InputError('--damping is for one network at a time', 'leave it out, or put damping into the lines with phi')
  const stream = file === '-' ? process.stdin : createReadStream(file)
  for await (const record of discoverBatch(createInterface({ input: stream, crlfDelay: Infinity }), search)) terminal.out(JSON.stringify(record))
}
