import * as z from 'zod'
import { networkSchema } from '../network/schema.js'
import { dataSchema, trainSchema } from '../training/schema.js'

const isUsableName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && name.length <= 64 && !(name in {})

const nameRule = 'a name: a letter, then letters, digits and underscores'
/** A name of a block, state, constant or hyperparameter. */
const nameSchema = z.string().refine(isUsableName, { error: `not ${nameRule}` }).describe(nameRule)
const namesSchema = z.array(nameSchema).min(1)

/** Expression text; a plain number is taken as its text. The engine reads it, this schema only bounds it. */
const formulaSchema = z
  .union([z.string().min(1).max(10_000), z.number()], { error: 'expected expression text or a number' })
  .transform(String)
  .describe('expression text')

const sizeSchema = z.union([z.int().positive(), nameSchema], { error: 'a size is a whole number above 0 or a name' })
const shapeSchema = z.array(sizeSchema).max(6).describe('sizes, as symbols or numbers; [] is a single number')

/** Named families, as the symmetry layer has them (which is not loaded to read a file). */
export const families = ['translation', 'scale', 'rescale', 'linear', 'orthogonal', 'augmentation', 'time'] as const

const familySchema = z.strictObject({
  family: z.enum(families),
  on: namesSchema.optional().describe('the blocks transformed (translation, scale, orthogonal)'),
  in: namesSchema.optional().describe('the blocks in front (rescale, linear, orthogonal)'),
  out: namesSchema.optional().describe('the blocks behind (rescale, linear, orthogonal)'),
  degree: formulaSchema.optional().describe('degree p of a homogeneous activation, 1 unless said'),
  side: z.enum(['left', 'right']).optional().describe('the side a matrix is multiplied from (orthogonal)'),
})

/** Kinds of constant matrices; a constant in none of these lists is general. */
export const constantKinds = ['symmetric', 'antisymmetric', 'diagonal'] as const

const isKind = (name: string): boolean => [...constantKinds, 'fixed'].some((kind) => kind === name)
const kindSchema = z.array(nameSchema).optional()

const generatorSchema = z
  .strictObject({
    generator: z.record(nameSchema, formulaSchema).describe('the velocity of each block under the transformation'),
    constants: z
      .record(nameSchema, shapeSchema)
      .optional()
      .describe('arbitrary constants by name and shape; the keys symmetric, antisymmetric, diagonal and fixed list names instead'),
    symmetric: kindSchema.describe('constants that equal their transpose'),
    antisymmetric: kindSchema.describe('constants that equal minus their transpose'),
    diagonal: kindSchema.describe('diagonal constants'),
    fixed: kindSchema.describe('constants that are one matrix and not any, such as a column of ones: there is no law for each of their entries'),
    time: formulaSchema.optional().describe('the rate tau(t) at which time is moved with the generator, e.g. 1 or t'),
    gauge: formulaSchema.optional().describe('what the action may change by at its ends, a function of theta and t, e.g. t*dot(one_w, theta)'),
  })
  .transform(({ generator, constants = {}, time, gauge, ...lists }) => {
    const listed = (kind: (typeof constantKinds)[number] | 'fixed'): readonly string[] => [...(lists[kind] ?? []), ...(constants[kind] ?? []).map(String)]
    return {
      generator,
      constants: Object.fromEntries(Object.entries(constants).filter(([name]) => !isKind(name))),
      symmetric: listed('symmetric'),
      antisymmetric: listed('antisymmetric'),
      diagonal: listed('diagonal'),
      fixed: listed('fixed'),
      ...(time === undefined ? {} : { time }),
      ...(gauge === undefined ? {} : { gauge }),
    }
  })

const inferSchema = z.strictObject({ infer: z.literal(true).describe('every symmetry the network has') })

const symmetrySchema = z.union([familySchema, generatorSchema, inferSchema], {
  error: 'a symmetry has one of the keys family, generator, infer',
})

const numberOrFormula = z.union([z.number(), z.string().min(1).max(10_000)], { error: 'expected a number or expression text' })
const hyperparameterSchema = z
  .union([numberOrFormula, z.record(nameSchema, numberOrFormula)], { error: 'expected a number, expression text, or one of these for each block' })
  .describe('a number, a symbol, a schedule in k, or one of these for each block')

const ownRuleSchema = z
  .object({
    name: z.string().min(1).max(64).optional().describe('what a report calls it'),
    state: z.record(nameSchema, formulaSchema).optional().describe('initial value of each state: a number, or theta for a copy of the parameters'),
    update: z.record(nameSchema, formulaSchema).describe('one equation a name (theta, a block or a state), in order; a name already updated means its new value; xi, xi1, … are injected noise; theta_next makes a step an equation'),
  })
  .catchall(hyperparameterSchema)

const namedRuleSchema = z.object({ name: z.string().min(1).max(64).describe('a rule known by name') }).catchall(hyperparameterSchema)

const ruleSchema = z.union([ownRuleSchema, namedRuleSchema], { error: 'a rule has a name, or update equations' })

/** A problem file: what to derive, and what to run where a run is wanted. */
export const problemSchema = z
  .strictObject({
    title: z.string().min(1).max(200).default('Untitled problem'),
    parameters: z.record(nameSchema, shapeSchema).optional().describe('the blocks that theta consists of'),
    symmetry: z.union([symmetrySchema, z.array(symmetrySchema).min(1)], { error: 'a symmetry has one of the keys family, generator, infer' }),
    rule: ruleSchema,
    order: z.int().min(0).max(12).default(1).describe('highest power of eta kept in the flows'),
    network: networkSchema.optional(),
    data: dataSchema.optional(),
    train: trainSchema.optional(),
  })
  .meta({ title: 'noether problem' })

export type Problem = z.output<typeof problemSchema>
/** A problem as a person writes it, before defaults are filled in. */
export type ProblemInput = z.input<typeof problemSchema>
export type ProblemSymmetry = z.output<typeof symmetrySchema>
export type ProblemRule = z.output<typeof ruleSchema>
export type OwnRule = z.output<typeof ownRuleSchema>

/** Whether a rule brings its own update equations. */
export const isOwnRule = (rule: ProblemRule): rule is OwnRule => typeof rule['update'] === 'object'

/** The JSON Schema (draft 2020-12) of problem files, for editors. */
export const problemJsonSchema = (): Record<string, unknown> => z.toJSONSchema(problemSchema, { io: 'input' })
