import { z } from 'zod'

/** Values of states that a result may hold: memory for a quarter of a gigabyte. */
export const LARGEST = 2 ** 25

const quantity = z.union([z.number(), z.string()])
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name is a letter followed by letters, digits and _')

/** The file that `noether integrate` reads, YAML or JSON. Every string but names is expression text. */
export const odeSchema = z.strictObject({
  title: z.string().optional(),
  /** Name of each state with its rate. */
  states: z.record(name, quantity),
  /** Initial values: numbers, or expressions in the parameters. */
  initial: z.record(name, quantity),
  /** Numbers, or expressions in the parameters before. */
  parameters: z.record(name, quantity).optional(),
  /** Name of the independent variable. */
  time: name.optional(),
  /** Start and end: numbers, or expressions in the parameters. */
  span: z.array(quantity).length(2, 'give the start and the end'),
  /** Output times, or their number (evenly spaced, both ends included). */
  at: z.union([z.array(z.number()).min(1, 'give a time'), z.int().min(2).max(LARGEST)]).optional(),
  method: z.string().optional(),
  rtol: z.number().positive().optional(),
  atol: z.union([z.number().positive(), z.record(name, z.number().positive())]).optional(),
  step: z.number().positive().optional(),
  maxSteps: z.int().positive().optional(),
  /** Itô noise: for each state the amplitude of its own Brownian motion, or a list, one amplitude for each of several shared ones. */
  noise: z.record(name, z.union([quantity, z.array(quantity)])).optional(),
  seed: z.int().nonnegative().optional(),
  events: z.array(z.strictObject({
    name: z.string().optional(),
    /** The event happens where this is zero. */
    zero: quantity,
    direction: z.enum(['rising', 'falling', 'any']).optional(),
    terminal: z.boolean().optional(),
  })).optional(),
}).describe('Ordinary or stochastic differential equation')
export type OdeFile = z.infer<typeof odeSchema>


/** What a fault of the schema is, in the words of an ODE file. */
export function said(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_union':
      return issue.errors.flat().find((inner) => inner.code !== 'invalid_type')?.message ??
        'give finite numbers, or expression text where it may stand'
    case 'invalid_type': {
      const wanted = issue.expected === 'record' || issue.expected === 'object' ? 'names with values, { x: … }' : `a ${issue.expected}`
      return `expected ${wanted}, ${issue.message.replace(/^.*, received/, 'found').replace('string', 'text')}`
    }
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return issue.message
      return `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int' ? `must be at most ${issue.maximum}` : issue.message
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.join(', ')}`
    default:
      return issue.message.replace(/^Invalid \w+: /, '')
  }
}
