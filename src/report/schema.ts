import { z } from 'zod'
import { InputError } from '../errors.js'
import type { RunResult } from '../validation/result.js'
import type { Book, BookEntry } from './content/book.js'

/** JSON has no NaN and no infinities; a run that diverged does. They are written as these words. */
export const real = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
const text = z.string()
const count = z.int().nonnegative()
/** Of a flow in eta: halves stand for powers of √eta. */
const order = z.number().nonnegative().multipleOf(0.5)
const curve = z.array(real)
const verdict = z.enum(['passed', 'failed'])

const statement = z.object({ text, latex: text })
const check = z.object({ passed: z.boolean(), method: text, instances: count.exactOptional(), detail: text.exactOptional() })
const step = z.object({ section: text, before: statement, after: statement, why: text, source: text.exactOptional(), verified: check })

const discreteLaw = z.object({
  charge: statement,
  recursion: statement,
  drives: z.array(statement.extend({ name: text })),
  closure: z.array(z.object({ contraction: statement, next: statement })),
  definitions: z.array(z.object({ name: text, meaning: statement })),
})

const solutionCase = statement.extend({ name: text, condition: statement, abbreviated: statement.exactOptional(), where: z.array(statement).exactOptional(), verified: check })

const discreteSolution = statement.extend({
  step: text,
  initial: z.array(statement.extend({ name: text })),
  cases: z.array(solutionCase.extend({ factors: z.array(statement), undisturbed: statement.exactOptional() })),
  steadyState: statement.exactOptional(),
})

const laws = z
  .object({
    discrete: discreteLaw.nullish(),
    discreteSolution: discreteSolution.exactOptional(),
    budget: z.array(z.object({ mechanism: text, statement })).exactOptional(),
    noise: statement.extend({ earlier: z.array(text).exactOptional() }).exactOptional(),
    letter: text.exactOptional(),
    flow: z.array(z.object({ order, model: text, charge: statement, equation: statement })),
    missing: z.object({ discrete: text.exactOptional(), discreteSolution: text.exactOptional(), flow: text.exactOptional(), solution: text.exactOptional() }).exactOptional(),
    solution: statement.extend({
      note: text.exactOptional(),
      cases: z.array(solutionCase),
      steadyState: statement.exactOptional(),
      implications: z.array(statement.extend({ name: text, why: text, verified: check })).exactOptional(),
    }),
  })
  .transform(({ discrete, ...rest }) => ({ ...rest, discrete: discrete ?? undefined }))

const commutator = z.object({ other: text, bracket: statement, relation: z.enum(['zero', 'multiple', 'member', 'new']), meaning: text })

const matrixLaw = z.object({
  constant: text,
  kind: z.enum(['general', 'symmetric', 'antisymmetric', 'diagonal']),
  identity: statement,
  laws,
  verified: check,
})

const derivation = z.object({
  title: text,
  symmetry: z.object({ name: text, generator: statement, constraints: z.array(statement), finite: statement.exactOptional(), commutators: z.array(commutator).exactOptional() }),
  rule: z.object({
    name: text,
    update: z.array(z.object({ name: text, value: statement })),
    hyperparameters: z.array(text),
    schedules: z.array(z.object({ name: text, value: statement })).exactOptional(),
    flows: z.array(z.object({ order, model: text, equation: statement })),
    conditions: z.array(text).exactOptional(),
    withoutFlow: z.array(z.object({ model: text, reason: text })).exactOptional(),
  }),
  lagrangian: statement.extend({ verified: z.boolean(), exists: z.boolean(), reason: text, approximate: z.literal(true).exactOptional() }),
  rayleigh: z.object({ lagrangian: statement, dissipation: statement }).exactOptional(),
  ksb: statement.extend({ vanishes: z.boolean() }),
  noether: z.object({ charge: statement, parts: z.array(statement.extend({ name: text })) }).exactOptional(),
  laws,
  matrix: z.array(matrixLaw).exactOptional(),
  coordinateFree: laws.exactOptional(),
  steps: z.array(step),
})

const symmetry = z.object({
  name: text,
  origin: text,
  family: text,
  degree: text.exactOptional(),
  count,
  sets: z.record(text, z.array(z.object({ parameter: text, axis: count.exactOptional() }))),
  broken: z.object({ by: text, value: real }).exactOptional(),
})

const curves = z
  .object({ step: curve, time: curve, measured: z.array(curve), theory: z.array(curve), band: z.array(curve), discreteResidual: z.array(curve) })
  .superRefine((value, context) => {
    const rows = [value.measured, value.theory, value.band, value.discreteResidual]
    const named = ['measured', 'theory', 'band', 'discreteResidual']
    rows.forEach((row, index) => {
      if (row.some((each) => each.length !== value.step.length)) context.addIssue({ code: 'custom', path: [named[index] ?? ''], message: `every curve needs ${value.step.length} values, one a step` })
      const optional = index > 0 && row.length === 0
      if (!optional && row.length !== value.measured.length) context.addIssue({ code: 'custom', path: [named[index] ?? ''], message: `needs ${value.measured.length} curves, one a neuron` })
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
  orders: z.array(z.object({ model: text, eta: curve, error: curve, observed: real, derived: real })),
  atRate: z.object({ eta: real, time: real, models: z.array(z.object({ model: text, error: real })), improves: z.boolean(), asymptoticFrom: real.exactOptional(), summary: text }).exactOptional(),
  budget: z.object({ step: curve, mechanisms: z.array(z.object({ mechanism: text, cumulative: z.array(curve) })), closure: real, tolerance: real }).exactOptional(),
  noise: z.object({ step: curve, mechanisms: z.array(z.object({ mechanism: text, change: z.array(curve) })), noise: z.array(curve), closure: real, tolerance: real, summary: text }).exactOptional(),
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
  z.object({ kind: z.literal('conserved curves'), loss: text, generator: z.object({ x: text, y: text }), window, start: point, rate: z.number() }),
  z.object({ kind: z.literal('descent'), name: text, loss: text, eta: z.number(), start: point, steps: count, window }),
  z.object({ kind: z.literal('phase portraits'), settings: z.array(z.object({ eta: z.number(), beta: z.number(), lambda: z.number(), D: z.number() })) }),
  z.object({ kind: z.literal('beside rmsprop'), eta: z.number(), lambda: z.number(), steps: count }),
  z.object({ kind: z.literal('minibatch noise'), eta: z.number(), beta: z.number().exactOptional(), steps: count, batch: count, runs: count }),
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
  readonly entries: readonly (Omit<BookEntry, 'content' | 'folder'> & { readonly content: BookEntry['content'] | { readonly folder: string } })[]
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
    throw new InputError(`not JSON: ${error instanceof Error ? error.message : String(error)}`, 'run noether again to write it anew', { file })
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
