import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { InputError } from '../errors.js'
import { networkSchema } from '../network/schema.js'
import { decodeFrames, encodeFrame, frameSize } from './frames.js'

/** Name and version of the layout below; a reader refuses any other. */
export const FORMAT = 'noether-recording-1'

/** `header.json`: everything that decides what a run computes, so that two runs with equal headers (but for `planned`) are the same run. */
export const headerSchema = z.object({
  format: z.literal(FORMAT),
  network: networkSchema,
  rule: z.array(z.string()),
  sets: z.string(),
  states: z.array(z.string()),
  matrices: z.array(z.object({ name: z.string(), side: z.enum(['rows', 'columns']), initial: z.number() })).exactOptional(),
  hyperparameters: z.record(z.string(), z.union([z.number(), z.string()])),
  data: z.object({ name: z.string(), source: z.string(), train: z.number(), test: z.number(), checksum: z.number() }),
  batchSize: z.int().positive(),
  replacement: z.literal(true).exactOptional(),
  metric: z.object({ kind: z.enum(['fisher', 'diagonal_fisher']), damping: z.number(), samples: z.number() }).exactOptional(),
  seed: z.number(),
  backend: z.string(),
  unitRoundoff: z.number(),
  storage: z.enum(['float32', 'float64']),
  planned: z.int().positive(),
  columns: z.array(z.object({ id: z.string(), width: z.int().nonnegative(), meaning: z.string() })),
})
export type Header = z.output<typeof headerSchema>

/** `summary.json`, written when a run ends in good order. */
export const summarySchema = z.object({ steps: z.int().nonnegative(), testAccuracy: z.number().nullable(), testLoss: z.number().nullable().default(null), gradientError: z.number().nullable().default(null), seconds: z.number() })
export type Summary = z.output<typeof summarySchema>

/** The state a run continues from: the number of updates done, then θ and the states, laid end to end. */
export interface Checkpoint {
  readonly step: number
  readonly values: Float64Array
}

/** Writes part of a buffer to an open file and returns how many bytes went through; `fs.writeSync`, or a stand-in that fails on purpose. */
export type Write = (file: number, bytes: Uint8Array, offset: number, length: number) => number

const names = { header: 'header.json', initial: 'initial.bin', rows: 'steps.bin', checkpoint: 'checkpoint.bin', summary: 'summary.json' } as const

/** A run's files, open for appending. */
export interface Store {
  /** Rows already there, oldest first: what a resumed run need not compute again. */
  readonly rows: readonly Float64Array[]
  readonly checkpoint: Checkpoint | undefined
  /** Keeps θ before the first step. */
  begin(initial: Float64Array): void
  append(row: Float64Array): void
  /** Forces the rows to the disk, then replaces the checkpoint in one step. */
  save(checkpoint: Checkpoint): void
  finish(summary: Summary): void
  close(): void
}

/** What to do with a directory that holds a recording already. */
export type Existing = 'refuse' | 'resume' | 'replace'

/**
 * Opens a directory for a run. A row is `rowLength` numbers, a checkpoint `stateLength`.
 * @throws InputError if the directory holds a recording that `existing` forbids to touch or that is of another run, or cannot be written
 */
export function openStore(directory: string, header: Header, rowLength: number, stateLength: number, existing: Existing, write: Write = writeSync): Store {
  const path = (name: keyof typeof names): string => join(directory, names[name])
  const guarded = <T>(work: () => T): T => withInputErrors(directory, work)
  const old = existsSync(path('header')) && existing !== 'replace' ? readHeader(directory) : undefined
  if (old !== undefined && existing === 'refuse')
    throw new InputError('there is a recording already', 'resume it, replace it, or give another directory', { file: directory })
  if (old !== undefined && identity(old) !== identity(header))
    throw new InputError('the recording there is of another run', 'replace it, or give another directory', { file: directory })
  const kept = old === undefined ? { rows: [], checkpoint: undefined } : readFrom(directory, 0, rowLength, stateLength)
  const rows = kept.rows.slice(0, kept.checkpoint?.step ?? 0)
  const checkpoint = kept.checkpoint !== undefined && rows.length === kept.checkpoint.step ? kept.checkpoint : undefined
  const file = guarded(() => {
    mkdirSync(directory, { recursive: true })
    for (const name of ['summary', ...(checkpoint === undefined ? (['checkpoint'] as const) : [])] as const) rmSync(path(name), { force: true })
    replaceFile(path('header'), new TextEncoder().encode(`${JSON.stringify(header, undefined, 1)}\n`), write)
    // A device such as /dev/full has no length to cut.
    if (existsSync(path('rows')) && statSync(path('rows')).isFile()) truncateSync(path('rows'), (checkpoint?.step ?? 0) * frameSize(rowLength))
    return openSync(path('rows'), 'a')
  })
  const frame = new Uint8Array(frameSize(rowLength))
  return {
    rows: checkpoint === undefined ? [] : rows,
    checkpoint,
    begin(initial) {
      guarded(() => replaceFile(path('initial'), encodeFrame(initial), write))
    },
    append(row) {
      guarded(() => writeAll(file, encodeFrame(row, frame), write))
    },
    save(state) {
      guarded(() => {
        if (statSync(path('rows')).isFile()) fsyncSync(file)
        replaceFile(path('checkpoint'), encodeFrame(Float64Array.of(state.step, ...state.values)), write)
      })
    },
    finish(summary) {
      guarded(() => replaceFile(path('summary'), new TextEncoder().encode(`${JSON.stringify(summary)}\n`), write))
    },
    close: () => closeSync(file),
  }
}

/** What makes a run that run. */
const identity = (header: Header): string => JSON.stringify({ ...header, planned: 0 })

/** @throws InputError if there is no recording or it is not readable. */
export function readHeader(directory: string): Header {
  const file = join(directory, names.header)
  return withInputErrors(file, () => {
    const parsed = headerSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw new InputError(`not the header of a recording: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, `it must be of format ${FORMAT}`, { file })
  })
}

/** What is left of a recording, whatever state it was left in. */
interface Remains {
  readonly initial: Float64Array | undefined
  readonly rows: readonly Float64Array[]
  readonly checkpoint: Checkpoint | undefined
}

/**
 * Reads rows of `rowLength` numbers, checkpoints of `stateLength`, and a θ of `size` from a recording.
 * @throws InputError if the files cannot be read
 */
export function readFrom(directory: string, size: number, rowLength: number, stateLength: number): Remains {
  const read = (name: keyof typeof names, length: number): readonly Float64Array[] => {
    const file = join(directory, names[name])
    return existsSync(file) ? withInputErrors(file, () => decodeFrames(readFileSync(file), length)) : []
  }
  const [state] = read('checkpoint', stateLength + 1)
  const step = state?.[0]
  const checkpoint = state === undefined || step === undefined ? undefined : { step, values: state.slice(1) }
  return { initial: read('initial', size)[0], rows: read('rows', rowLength), checkpoint }
}

/** How the run ended, if it ended in good order. */
export function readSummary(directory: string): Summary | undefined {
  const file = join(directory, names.summary)
  if (!existsSync(file)) return undefined
  return withInputErrors(file, () => summarySchema.parse(JSON.parse(readFileSync(file, 'utf8'))))
}

function writeAll(file: number, bytes: Uint8Array, write: Write): void {
  for (let done = 0; done < bytes.length; ) done += write(file, bytes, done, bytes.length - done)
}

/** A reader of `file` sees the old contents or the new ones, never a part. */
function replaceFile(file: string, bytes: Uint8Array, write: Write): void {
  const draft = `${file}.new`
  const opened = openSync(draft, 'w')
  try {
    writeAll(opened, bytes, write)
    fsyncSync(opened)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(opened)
  }
  renameSync(draft, file)
}

const reasons: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free some space, then resume: everything up to this step is recorded'],
  EDQUOT: ['the disk quota is used up', 'free some space, then resume: everything up to this step is recorded'],
  EACCES: ['no permission', 'give a directory that you may write to'],
  EPERM: ['no permission', 'give a directory that you may write to'],
  EROFS: ['the file system is read-only', 'give a directory that can be written'],
  ENOENT: ['there is no such file or directory', 'give the directory of a recording'],
  ENOTDIR: ['a part of the path is not a directory', 'give another directory'],
  EEXIST: ['there is a file in place of the directory', 'give another directory'],
  EISDIR: ['there is a directory in place of a file', 'give another directory'],
  EIO: ['the disk does not respond as it should', 'check the disk, then resume'],
}

/** Turns what the file system and broken contents can do to us into errors a user can act on. */
export function withInputErrors<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw new InputError(`not readable: ${error.message}`, 'give a file that this program wrote', { file })
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = reasons[code]
    if (reason === undefined) throw error
    throw new InputError(reason[0], reason[1], { file })
  }
}
