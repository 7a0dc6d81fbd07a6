import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Discovery, discoverBatch, discoverLayered, readLayeredInput } from '../../discovery/index.js'
import { InputError } from '../../errors.js'
import { readDocument } from '../../problem/index.js'
import { wrapFormula, wrapText } from '../format/wrap.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface DiscoverOptions {
  readonly batch?: string
  readonly json?: boolean
}

/** `noether discover`: one network of a file, or a batch with one network a line. */
export async function discover(terminal: Terminal, file: string | undefined, { batch, json }: DiscoverOptions): Promise<void> {
  if (batch !== undefined && file === undefined) return discoverLines(terminal, batch)
  if (file === undefined || batch !== undefined) throw new InputError('discover takes either a network file or --batch', 'give one of them')
  const { value, place } = await readDocument(file)
  try {
    const input = readLayeredInput(value)
    const started = performance.now()
    const discovery = discoverLayered(input)
    if (json === true) return writeJson(terminal, { ...input, ...discovery, laws: discovery.laws.map(({ text }) => text), seconds: (performance.now() - started) / 1000 })
    terminal.out(renderDiscovery(discovery, terminal))
  } catch (error) {
    throw error instanceof InputError ? error.at(place([])) : error
  }
}

async function discoverLines(terminal: Terminal, file: string): Promise<void> {
  const stream = file === '-' ? process.stdin : createReadStream(file)
  for await (const record of discoverBatch(createInterface({ input: stream, crlfDelay: Infinity }))) terminal.out(JSON.stringify(record))
}

function renderDiscovery({ parameters, independent, certificate, laws }: Discovery, { colour, columns }: Terminal): string {
  const verdict = wrapText(certificate.statement, columns).join('\n')
  return [
    colour.bold(`${independent} independent ${independent === 1 ? 'law' : 'laws'} of ${parameters} parameters`),
    ...laws.map(({ text }) => wrapFormula(text, columns - 2).map((line) => `  ${line}`).join('\n')),
    certificate.complete ? colour.green(verdict) : colour.yellow(verdict),
  ].join('\n')
}
