import * as z from 'zod'
import { count, order, text } from './schemaScalars.js'

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

const solutionCase = statement.extend({
  name: text,
  condition: statement,
  abbreviated: statement.exactOptional(),
  where: z.array(statement).exactOptional(),
  verified: check,
})

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
    missing: z
      .object({
        discrete: text.exactOptional(),
        discreteSolution: text.exactOptional(),
        flow: text.exactOptional(),
        solution: text.exactOptional(),
        mean: text.exactOptional(),
      })
      .exactOptional(),
    solution: statement.extend({
      note: text.exactOptional(),
      cases: z.array(solutionCase),
      steadyState: statement.exactOptional(),
      implications: z.array(statement.extend({ name: text, meanings: z.array(text).exactOptional(), why: text, verified: check })).exactOptional(),
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

/** A derivation as JSON: `Derivation` of the laws. */
export const derivation = z.object({
  title: text,
  symmetry: z.object({
    name: text,
    generator: statement,
    notation: text.exactOptional(),
    parts: z.array(z.object({ name: statement, meaning: statement })).exactOptional(),
    constraints: z.array(statement),
    finite: statement.exactOptional(),
    commutators: z.array(commutator).exactOptional(),
  }),
  rule: z.object({
    name: text,
    update: z.array(z.object({ name: text, value: statement })),
    hyperparameters: z.array(text),
    points: z.array(z.object({ name: text, meaning: statement })).exactOptional(),
    schedules: z.array(z.object({ name: text, value: statement })).exactOptional(),
    flows: z.array(z.object({ order, model: text, equation: statement })),
    kept: z.array(z.object({ name: text, meaning: statement })).exactOptional(),
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
