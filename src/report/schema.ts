import * as z from 'zod'
import { InputError } from '../errors.js'
import type { RunResult } from '../validation/result.js'
import type { Book, BookEntry } from './content/book.js'
import { derivation } from './derivationSchema.js'
import { count, curve, real, text, verdict } from './schemaScalars.js'

const symmetry = z.object({
  name: text,
  origin: text,
  family: text,
  degree: text.exactOptional(),
  count,
  sets: z.record(text, z.array(z.object({ parameter: text, axis: count.exactOptional(), shape: z.array(count).exactOptional(), apart: z.literal(true).exactOptional() }))),
  broken: z.object({ by: text, value: real }).exactOptional(),
})

const curves = z
  .object({
    step: curve,
    time: curve,
    measured: z.array(curve),
    theory: z.array(curve),
    begins: count.exactOptional(),
    band: z.array(curve),
    discreteResidual: z.array(curve),
    runs: count.exactOptional(),
  })
  .superRefine((value, context) => {
    const rows = [value.measured, value.theory, value.band, value.discreteResidual]
    const named = ['measured', 'theory', 'band', 'discreteResidual']
    rows.forEach((row, index) => {
      if (row.some((each) => each.length !== value.step.length))
        context.addIssue({
          code: 'custom',
          path: [named[index] ?? ''],
          message: `every curve needs ${value.step.length} values, one a step`,
        })
      const optional = index > 0 && row.length === 0
      if (!optional && row.length !== value.measured.length)
        context.addIssue({ code: 'custom', path: [named[index] ?? ''], message: `needs ${value.measured.length} curves, one a neuron` })
    })
  })

const rung = z.object({
  rung: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]),
  name: text,
  measured: real,
  tolerance: real,
  reason: text,
  verdict: z.enum(['passed', 'failed', 'skipped']),
  detail: text,
})

const law = z.object({
  symmetry,
  derivation,
  rungs: z.array(rung),
  curves,
  orders: z.array(z.object({ model: text, eta: curve, error: curve, observed: real, derived: real, perStep: z.literal(2).exactOptional(), unit: z.int().exactOptional() })),
  atRate: z
    .object({
      eta: real,
      time: real,
      models: z.array(z.object({ model: text, error: real })),
      improves: z.boolean(),
      asymptoticFrom: real.exactOptional(),
      summary: text,
    })
    .exactOptional(),
  budget: z
    .object({ step: curve, mechanisms: z.array(z.object({ mechanism: text, cumulative: z.array(curve) })), closure: real, tolerance: real })
    .exactOptional(),
  noise: z
    .object({
      step: curve,
      mechanisms: z.array(z.object({ mechanism: text, change: z.array(curve) })),
      noise: z.array(curve),
      closure: real,
      tolerance: real,
      summary: text,
    })
    .exactOptional(),
  verdict,
  summary: text,
})

const training = z.object({
  backend: text,
  steps: count,
  batchSize: count,
  seconds: real,
  hyperparameters: z.record(text, real),
  seed: real,
  data: z.object({ name: text, source: text, train: count, test: count }),
  loss: z.object({ step: curve, value: curve }),
  testAccuracy: real,
  testLoss: real.default(Number.NaN),
  network: z.array(text),
  parameters: count,
  partial: z.boolean(),
})

const run = z.object({
  format: z.literal('noether-result-1'),
  title: text,
  version: text,
  date: text,
  training,
  laws: z.array(law),
  breaking: z.array(z.object({ symmetry: text, by: text, value: curve, violation: curve })),
  verdict,
})

const point = z.tuple([z.number(), z.number()])
const window = z.object({ x: point, y: point })

const picture = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('conserved curves'),
    loss: text,
    generator: z.object({ x: text, y: text }),
    window,
    start: point,
    rate: z.number(),
  }),
  z.object({ kind: z.literal('descent'), name: text, loss: text, eta: z.number(), start: point, steps: count, window }),
  z.object({
    kind: z.literal('phase portraits'),
    settings: z.array(z.object({ eta: z.number(), beta: z.number(), lambda: z.number(), D: z.number() })),
  }),
  z.object({ kind: z.literal('beside rmsprop'), eta: z.number(), lambda: z.number(), steps: count }),
  z.object({
    kind: z.literal('minibatch noise'),
    eta: z.number(),
    beta: z.number().exactOptional(),
    steps: count,
    batch: count,
    runs: count,
  }),
  z.object({ kind: z.literal('function space'), rates: z.array(z.number()), widths: z.array(count) }),
  z.object({ kind: z.literal('augmentation'), moves: z.enum(['shifts', 'rotations']), positions: z.array(count) }),
])

/** A run that was recorded in a folder of its own within the book's, by that folder's name. */
const recorded = z.object({ folder: z.string().regex(/^(?!\.)[\w.-]+$/, 'the name of a folder beside book.json is expected') })

const entry = z.object({
  title: text,
  part: text.exactOptional(),
  content: z.union([run, z.array(derivation), recorded]),
  introduction: text.exactOptional(),
  picture: picture.exactOptional(),
})

const book = z.object({
  format: z.literal('noether-book-1'),
  ksb: z.boolean().exactOptional(),
  title: text,
  subtitle: text,
  date: text,
  entries: z.array(entry),
})

/** `book.json`: a book whose runs may stand in folders of their own. */
export interface StoredBook extends Omit<Book, 'entries'> {
  readonly format: 'noether-book-1'
  readonly entries: readonly (Omit<BookEntry, 'content' | 'folder'> & {
    readonly content: BookEntry['content'] | { readonly folder: string }
  })[]
}

/** @throws {InputError} that names the first place in the JSON text that is not as it has to be. */
export const parseRun = (json: string, file: string): RunResult => parse<RunResult>(run, json, file)

/** @throws {InputError} as {@link parseRun}. */
export const parseBook = (json: string, file: string): StoredBook => parse<StoredBook>(book, json, file)

/** @throws {InputError} that names the first place in the JSON text that does not fit the schema. */
export function parse<T>(schema: z.ZodType<T>, json: string, file: string): T {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch (error) {
    throw new InputError(`not JSON: ${error instanceof Error ? error.message : String(error)}`, 'run noether again to write it anew', {
      file,
    })
  }
  const outcome = schema.safeParse(data)
  if (outcome.success) return outcome.data
  const { path: place, message } = furthest(outcome.error.issues)
  const path = place.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const where = path === '' ? 'the document' : path.replace(/^\./, '')
  throw new InputError(`${where}: ${message}`, 'mend this value or run noether again', { file })
}

interface Fault {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** The fault that lies deepest in the document: of a choice between forms, that of the form which fits longest. */
function furthest(issues: readonly z.core.$ZodIssue[]): Fault {
  const faults = issues.map((issue): Fault => {
    const inner = issue.code === 'invalid_union' ? issue.errors.filter((each) => each.length > 0).map(furthest) : []
    return deepest([{ path: [], message: issue.message }, ...inner], issue.path)
  })
  return deepest(faults, [])
}

const deepest = (faults: readonly Fault[], within: readonly PropertyKey[]): Fault => {
  const first = { path: [], message: 'malformed' }
  const { path, message } = faults.reduce((best, each) => (each.path.length > best.path.length ? each : best), faults[0] ?? first)
  return { path: [...within, ...path], message }
}

/** JSON text that is read back to the same numbers. */
export const writeJson = <T extends { readonly format: string }>(value: T, indent?: number): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each), indent)
