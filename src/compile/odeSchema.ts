import * as z from 'zod'
import { LARGEST_SEED } from './brownian.js'

/** Values of states that a result may hold: as JSON, with their times, they stay below the longest text that V8 has. */
export const LARGEST = 2 ** 22

const quantity = z.union([z.number(), z.string()])
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name is a letter followed by letters, digits and _')

/** What takes the place of a value of the file, member by member of an ensemble. */
const variation = z.union([
  z.array(quantity).min(1, 'give a value'),
  z.strictObject({
    from: quantity, to: quantity, count: z.int().min(2).max(LARGEST),
    scale: z.enum(['linear', 'log']).optional().describe('what is evenly spaced, the values (if not given) or their logarithms'),
  }),
  z.strictObject({ normal: z.strictObject({ mean: quantity, deviation: quantity }) }),
  z.strictObject({ uniform: z.strictObject({ from: quantity, to: quantity }) }),
]).describe('a list; a range, both ends included; or a random number drawn anew for each member. All may be expressions, as what they replace')

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
  seed: z.int().nonnegative().max(LARGEST_SEED).optional().describe('of the Brownian motions and of drawn values, 0 if not given'),
  sensitivities: z.array(name).min(1, 'name a parameter or a state').optional()
    .describe('parameters, and states for their initial values: derivatives of all states by them, dx_dmu, are integrated too'),
  ensemble: z.strictObject({
    vary: z.record(name, variation).optional().describe('for parameters and initial values of states: the values to take'),
    together: z.boolean().optional()
      .describe('true: the first values of all lists and ranges belong together, then the second ones; else every combination is taken'),
    samples: z.int().positive().max(LARGEST).optional()
      .describe('how many times each combination is integrated, with drawn values and noise of its own each time; 1 if not given'),
  }).optional().describe('many trajectories of the equation; member k, counted from 0, has its noise of the seed + k'),
  events: z.array(z.strictObject({
    name: z.string().optional(),
    zero: quantity.describe('the event happens where this passes zero, also twice within a step; not at a pole; where it only touches zero, rounding decides'),
    direction: z.enum(['rising', 'falling', 'any']).optional().describe('as the integration goes; any if not given'),
    terminal: z.boolean().optional().describe('whether the integration ends there'),
  })).optional(),
}).describe('Ordinary or stochastic differential equation')
export type OdeFile = z.infer<typeof odeSchema>

/** What fields of several forms may be. */
const UNIONS: Readonly<Record<string, string>> = {
  at: 'give numbers, [0, 1.5, 2], or how many times', atol: 'give a number, or names with values, { x: … }, one for each state',
}

/** What is wrong with a variation: in the form whose names it has, if it has those of one. */
function saidOfVariation(forms: readonly (readonly z.core.$ZodIssue[])[]): string {
  const strange = (issues: readonly z.core.$ZodIssue[]): number => issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])).length
  const ofItsKind = forms.filter((issues) => issues.every(({ code, path }) => code !== 'invalid_type' || path.length > 0))
  const fewest = Math.min(...ofItsKind.map(strange))
  const [found, ...others] = ofItsKind.filter((issues) => strange(issues) === fewest)
  const fault = found?.find(({ code }) => code === 'unrecognized_keys') ?? found?.[0]
  if (fault === undefined || others.length > 0)
    return 'give a list, { from: …, to: …, count: … }, { normal: { mean: …, deviation: … } } or { uniform: { from: …, to: … } }'
  return `${fault.path.map((p) => `${String(p)}: `).join('')}${said(fault)}`
}

/** What a fault of the schema is, in the words of an ODE file. */
export function said(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_union':
      if (issue.errors.flat().some((inner) => inner.message.endsWith('received null'))) return 'has no value'
      if (issue.path[0] === 'ensemble') return saidOfVariation(issue.errors)
      if (issue.errors.flat().some((inner) => inner.message.endsWith('received undefined'))) return 'is missing'
      return issue.errors.flat().find((inner) => inner.code !== 'invalid_type')?.message ?? UNIONS[issue.path[0]?.toString() ?? ''] ??
        'give finite numbers, or expression text where it may stand'
    case 'invalid_type': {
      if (issue.message.endsWith('received undefined')) return 'is missing'
      if (issue.message.endsWith('expected int, received number')) return 'must be a whole number'
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
