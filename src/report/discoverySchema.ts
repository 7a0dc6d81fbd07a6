import * as z from 'zod'
import type { DiscoveryReport } from './content/discovery.js'
import { parse } from './schema.js'
import { real } from './schemaScalars.js'

const text = z.string()
const count = z.int().nonnegative()
const violated = z.object({ family: text, degree: real.exactOptional(), generator: z.record(text, text), violation: real })

const evidence = z.object({
  prime: count,
  seed: z.number(),
  point: z.array(z.number()),
  rank: count,
  depth: count,
  stopped: z.enum(['bound', 'closure', 'none']),
})

const certificate = z.object({
  complete: z.boolean(),
  parameters: count,
  lie: count,
  laws: z.object({ atLeast: count, atMost: count }),
  evidence: z.array(evidence),
  statement: text,
})

const law = z.object({
  text,
  form: z.enum(['matrix', 'antisymmetric', 'diagonal', 'vector', 'scalar']),
  scalars: count,
  symmetry: z.object({
    family: text,
    generator: z.record(text, text),
    constant: z.enum(['symmetric', 'antisymmetric', 'diagonal', 'any']).exactOptional(),
  }),
})

const network = z.object({
  parameters: count,
  independent: count,
  certificate,
  notes: z.array(text),
  components: z.array(
    z.object({ blocks: z.array(z.object({ name: text, shape: z.array(count) })), independent: count, certificate, laws: z.array(law) }),
  ),
})

const sampled = z.object({
  space: z.enum(['affine', 'blocks', 'diagonal']),
  unknowns: count,
  samples: count,
  gap: z.object({ above: real, below: real, ratio: real }),
  symmetries: z.array(violated),
  approximate: z.array(violated),
})

const run = z.union([
  z.object({ reason: text }),
  z.object({
    network: z.array(text),
    data: z.object({ name: text, source: text, samples: count }),
    rates: z.array(real),
    time: z.array(real),
    loss: z.array(real),
    laws: z.array(
      z.object({ law: text, drift: z.array(z.array(real)), observed: real.exactOptional(), verdict: z.enum(['passed', 'failed']) }),
    ),
  }),
])

/** `found` stands beside the facts in the file, as `noether discover --json` prints it. */
const discovery = z
  .looseObject({
    format: z.literal('noether-discovery-1'),
    title: text,
    version: text,
    date: text,
    document: z.unknown(),
    complete: z.boolean(),
    run,
  })
  .transform((all, context) => {
    const found = 'symmetries' in all ? sampled.safeParse(all) : network.safeParse(all)
    const { title, version, date, document, complete, run: watched } = all
    if (found.success) return { title, version, date, document, complete, run: watched, found: found.data }
    for (const { path, message } of found.error.issues) context.addIssue({ code: 'custom', path: [...path], message })
    return z.NEVER
  })

/** @throws {InputError} that names the first place in the JSON text that is not as it has to be. */
export const parseDiscovery = (json: string, file: string): DiscoveryReport => parse<DiscoveryReport>(discovery, json, file)
