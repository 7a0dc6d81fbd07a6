import * as z from 'zod'
import { LARGEST_SEED } from './brownian.js'

/** Values of states that a result may hold: as JSON, with their times, they stay below the longest text that V8 has. */
export const LARGEST = 2 ** 22

const quantity = z.union([z.number(), z.string()])
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name is a letter followed by letters, digits and _')

/** The file that `noether integrate` reads, YAML or JSON. Every string but names is expression text. */
export const odeSchema = z.strictObject({
  title: z.string().optional(),
  states: z.record(name, quantity).describe('each state with its rate'),
  initial: z.record(name, quantity).describe('initial values: numbers, or expressions in the parameters'),
  parameters: z.record(name, quantity).optional().describe('numbers, or expressions in the parameters before'),
  time: name.optional().describe('name of the independent variable, t if not given'),
  span: z.array(quantity).length(2, 'give the start and the end').describe('start and end: numbers, or expressions in the parameters'),
  at: z.union([z.array(z.number()).min(1, 'give a time'), z.int().min(2).max(LARGEST)]).optional()
    .describe('output times in order, or their number (evenly spaced, both ends included); 101 if not given'),
  method: z.string().optional().describe('as --method; auto if not given'),
  rtol: z.number().positive().optional().describe('relative tolerance, 1e-9 if not given'),
  atol: z.union([z.number().positive(), z.record(name, z.number().positive())]).optional()
    .describe('absolute tolerance, one or one a state; 1e-9 if not given'),
  step: z.number().positive().optional().describe('step of a method of fixed step; else the first step to try'),
  largestStep: z.number().positive().optional().describe('no step is longer'),
  maxSteps: z.int().positive().optional().describe('limit on attempted steps, 1000000 if not given'),
  signals: z.strictObject({
    start: z.number().optional().describe('time of the first sample, 0 if not given'),
    spacing: z.number().positive().describe('time between samples'),
    shape: z.enum(['constant', 'linear']).optional()
      .describe('constant: a sample holds until the next (if not given); linear: straight lines between samples'),
    values: z.record(name, z.array(z.number()).min(1, 'give a sample')).describe('samples of each signal, equally many'),
  }).optional().describe('recorded signals that drive the equation: names that rates and events may use'),
  noise: z.record(name, z.union([quantity, z.array(quantity)])).optional()
    .describe('Itô noise: for each state the amplitude of its own Brownian motion, or a list, one for each of several shared ones'),
  seed: z.int().nonnegative().max(LARGEST_SEED).optional().describe('of the Brownian motions, 0 if not given'),
  events: z.array(z.strictObject({
    name: z.string().optional(),
    zero: quantity.describe('the event happens where this passes zero, also twice within a step; not at a pole'),
    direction: z.enum(['rising', 'falling', 'any']).optional().describe('as the integration goes; any if not given'),
    terminal: z.boolean().optional().describe('whether the integration ends there'),
  })).optional(),
}).describe('Ordinary or stochastic differential equation')
export type OdeFile = z.infer<typeof odeSchema>

/** What fields of several forms may be. */
const UNIONS: Readonly<Record<string, string>> = {
  at: 'give numbers, [0, 1.5, 2], or how many times', atol: 'give a number, or names with values, { x: … }, one for each state',
}

/** What a fault of the schema is, in the words of an ODE file. */
export function said(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_union':
      if (issue.errors.flat().some((inner) => inner.message.endsWith('received null'))) return 'has no value'
      if (issue.errors.flat().some((inner) => inner.message.endsWith('received undefined'))) return 'is missing'
      return issue.errors.flat().find((inner) => inner.code !== 'invalid_type')?.message ?? UNIONS[issue.path[0]?.toString() ?? ''] ??
        'give finite numbers, or expression text where it may stand'
    case 'invalid_type': {
      if (issue.message.endsWith('received undefined')) return 'is missing'
      const wanted = issue.expected === 'record' || issue.expected === 'object' ? 'names with values, { x: … }' : `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
      return `expected ${wanted}, ${issue.message.replace(/^.*, received/, 'found').replace('string', 'text')}`
    }
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return issue.message
      return `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int' ? `must be at most ${issue.maximum}` : issue.message
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message
    case 'unrecognized_keys':
      return `unknown field ${issue.keys[0]}`
    default:
      return issue.message.replace(/^Invalid \w+: /, '')
  }
}
