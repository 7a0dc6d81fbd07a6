import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type Answer,
  type DiscoverOptions as SearchOptions,
  answerBlocks,
  answerDocument,
  discoverBatch,
  watchLaws,
} from '../../discovery/index.js'
import { InputError } from '../../errors.js'
import { readDocument } from '../../problem/index.js'
import { type Reported, renderAnswer } from '../format/discovery.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'

export interface DiscoverOptions extends SearchOptions {
  readonly batch?: string
  readonly out?: string
  readonly blocks?: boolean
  readonly json?: boolean
}

/**
 * `noether discover`: one document of a file, with a report if asked, or a batch with one network a line.
 *
 * @returns the exit code: 1 if a law did not hold on the run
 */
export async function discover(
  terminal: Terminal,
  file: string | undefined,
  { batch, out, blocks = false, json = false, ...search }: DiscoverOptions,
): Promise<0 | 1> {
  if ((file === undefined) === (batch === undefined))
    throw new InputError('discover takes either a network file or --batch', 'give one of them')
  if (search.degree === 0) throw new InputError('--degree 0: a constant is no law', 'give a degree from 1')
  if (blocks && (batch ?? out ?? search.damping) !== undefined)
    throw new InputError('--blocks goes with none of --batch, --out and --damping', 'leave the other out')
  if (file !== undefined && blocks) return discoverByLayers(terminal, file, json, search)
  if (file !== undefined) return discoverFile(terminal, file, { ...(out === undefined ? {} : { out }), json, ...search })
  if (out !== undefined) throw new InputError('--out is for one network at a time', 'leave it out: a batch prints its answers')
  if (batch !== undefined) await discoverLines(terminal, batch, search)
  return 0
}

async function discoverFile(terminal: Terminal, file: string, { out, json, ...search }: DiscoverOptions): Promise<0 | 1> {
  const { value, place } = await readNetwork(file)
  const started = performance.now()
  try {
    const answer = answerDocument(value, search)
    const seconds = (performance.now() - started) / 1000
    const reported = out === undefined ? undefined : await reportOf(file, value, answer, search, out)
    if (json) writeJson(terminal, { ...answer.json, seconds, ...reported })
    else terminal.out(renderAnswer(answer, terminal, reported))
    return reported === undefined || 'reason' in reported.run || reported.run.laws.every((law) => law.verdict === 'passed') ? 0 : 1
  } catch (error) {
    throw error instanceof InputError ? error.at(place([])) : error
  }
}

async function discoverByLayers(terminal: Terminal, file: string, json: boolean, search: SearchOptions): Promise<0> {
  const { value, place } = await readNetwork(file)
  try {
    const answer = answerBlocks(value, search)
    if (json) writeJson(terminal, answer.json)
    else terminal.out(renderAnswer(answer, terminal))
    return 0
  } catch (error) {
    throw error instanceof InputError ? error.at(place([])) : error
  }
}

/** @throws InputError besides as {@link readDocument}, for an empty file */
async function readNetwork(file: string): ReturnType<typeof readDocument> {
  const document = await readDocument(file)
  if (document.value === null || document.value === undefined)
    throw new InputError('the file is empty', 'write a network, e.g. layers: [5, 3, 2]', document.place([]))
  return document
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** Watches the laws in a run, where the document is a network that can be trained, and writes the report. */
async function reportOf(
  file: string,
  document: unknown,
  { found, json, complete }: Answer,
  { damping }: SearchOptions,
  out: string,
): Promise<Reported> {
  const { writeDiscovery } = await import('../../report/index.js')
  const run = 'symmetries' in found ? { reason: 'A sampled loss has no run of its own.' } : await watchLaws(document, found)
  const given = isRecord(document) ? document['title'] : undefined
  const named = typeof given === 'string' ? given : `All conservation laws of ${basename(file).replace(/\.[^.]+$/, '')}`
  const title = damping === undefined ? named : `${named}, under momentum with damping ${damping}`
  const report = await writeDiscovery(
    { title, version: version(), date: new Date().toISOString().slice(0, 10), document, found, complete, run },
    json,
    out,
  )
  return { run, report }
}

/** Each answer is written as soon as it is known. */
async function discoverLines(terminal: Terminal, file: string, { damping, ...search }: SearchOptions): Promise<void> {
  if (damping !== undefined)
    throw new InputError('--damping is for one network at a time', 'leave it out, or put damping into the lines with phi')
  const stream = file === '-' ? process.stdin : createReadStream(file)
  for await (const record of discoverBatch(createInterface({ input: stream, crlfDelay: Infinity }), search))
    terminal.out(JSON.stringify(record))
}
