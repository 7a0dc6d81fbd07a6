import { ONE, neg } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import { projector } from '../jets/operator.js'
import type { Constant, Size } from '../jets/space.js'
import { THETA, type Vector, ZERO_VECTOR, apply, combine, indicator } from '../jets/vector.js'

/** What a problem says of a named family. */
export interface FamilyStatement {
  readonly family: string
  readonly on?: readonly string[] | undefined
  readonly in?: readonly string[] | undefined
  readonly out?: readonly string[] | undefined
  readonly degree?: string | undefined
  readonly side?: 'left' | 'right' | undefined
}

export type Shapes = Readonly<Record<string, readonly Size[]>>

/** A family's generator, either as a vector over named sets or as components on blocks with arbitrary constants. */
export type FamilyGenerator =
  | { readonly kind: 'vector'; readonly vector: Vector; readonly time?: Expr; readonly sets: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'components'; readonly components: Readonly<Record<string, string>>; readonly constants: Readonly<Record<string, Constant>> }

interface Family {
  /** Which keys of the statement it reads, for the error that misses one. */
  readonly needs: readonly ('on' | 'in' | 'out')[]
  /** What stands for these where it is given. */
  readonly instead?: readonly ('on' | 'in' | 'out')[]
  /** Whether it mixes neurons, which are the rows of what comes in and the columns of what goes out. */
  readonly mixes?: boolean
  readonly summary: string
  readonly build: (statement: FamilyStatement, shapes: Shapes) => FamilyGenerator
}

const setName = (blocks: readonly string[]): string => blocks.join('_')
const named = (blocks: readonly string[]) => projector(setName(blocks), blocks)
const setsOf = (...sets: readonly (readonly string[])[]) => Object.fromEntries(sets.map((blocks) => [setName(blocks), blocks]))

function only(blocks: readonly string[], key: string): string {
  const [first, second] = blocks
  if (first === undefined || second !== undefined) throw new InputError(`'${key}' names ${blocks.length} blocks`, 'name exactly one')
  return first
}

const rowsOf = (shapes: Shapes, block: string): Size => shapes[block]?.[0] ?? 1
const columnsOf = (shapes: Shapes, block: string): Size => shapes[block]?.[1] ?? 1

/** The families of THEORY §2: generator of each, from the blocks it acts on. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  translation: {
    needs: ['on'],
    summary: 'theta_B -> theta_B + alpha: softmax logits, biases in front of a mean-subtracting normalization',
    build: ({ on = [] }) => ({ kind: 'vector', vector: indicator(named(on)), sets: setsOf(on) }),
  },
  scale: {
    needs: ['on'],
    summary: 'theta_B -> e^alpha theta_B: weights in front of a normalization',
    build: ({ on = [] }) => ({ kind: 'vector', vector: apply(named(on), THETA), sets: setsOf(on) }),
  },
  rescale: {
    needs: ['in', 'out'],
    summary: 'theta_in -> e^alpha theta_in, theta_out -> e^(-p alpha) theta_out: homogeneous activations of degree p',
    build: ({ in: into = [], out = [], degree = '1' }) => ({
      kind: 'vector',
      vector: combine([[ONE, apply(named(into), THETA)], [neg(readExpr(degree)), apply(named(out), THETA)]]),
      sets: setsOf(into, out),
    }),
  },
  linear: {
    needs: ['in', 'out'],
    mixes: true,
    summary: 'W_in -> e^(alpha M) W_in, W_out -> W_out e^(-alpha M): consecutive linear maps, with their biases',
    build: ({ in: into = [], out = [] }, shapes) => {
      const size = rowsOf(shapes, into[0] ?? '')
      const [incoming, outgoing] = [into.map((b) => [b, `M*${b}`]), out.map((b) => [b, `-${b}*M`])]
      return {
        kind: 'components',
        components: Object.fromEntries([...incoming, ...outgoing]),
        constants: { M: { shape: [size, size], kind: 'general' } },
      }
    },
  },
  orthogonal: {
    needs: ['on'],
    instead: ['in', 'out'],
    mixes: true,
    summary: 'W -> e^(alpha Omega) W or W e^(alpha Omega) with antisymmetric Omega: rotations; of a stream W_in -> e^(alpha Omega) W_in, W_out -> W_out e^(-alpha Omega)',
    build: ({ on = [], in: into = [], out = [], side = 'left' }, shapes) => {
      const [left, right] = side === 'left' ? [[...into, ...on], []] : [into, on]
      const size = left[0] !== undefined ? rowsOf(shapes, left[0]) : columnsOf(shapes, right[0] ?? out[0] ?? '')
      return {
        kind: 'components',
        components: Object.fromEntries([...left.map((b) => [b, `Omega*${b}`]), ...right.map((b) => [b, `${b}*Omega`]), ...out.map((b) => [b, `-${b}*Omega`])]),
        constants: { Omega: { shape: [size, size], kind: 'antisymmetric' } },
      }
    },
  },
  augmentation: {
    needs: ['on'],
    summary: 'W -> W e^(alpha Omega): the law of the inputs is invariant under rotations',
    build: ({ on = [] }, shapes) => {
      const block = only(on, 'on')
      const size = columnsOf(shapes, block)
      return {
        kind: 'components',
        components: { [block]: `${block}*Omega` },
        constants: { Omega: { shape: [size, size], kind: 'antisymmetric' } },
      }
    },
  },
  time: {
    needs: [],
    summary: 't -> t + alpha: neither the loss nor the rule depends on time',
    build: () => ({ kind: 'vector', vector: ZERO_VECTOR, time: ONE, sets: {} }),
  },
}

/** Whether a family mixes neurons. */
export const mixesNeurons = (family: string): boolean => Object.hasOwn(FAMILIES, family) && FAMILIES[family]?.mixes === true

/** @throws InputError if the family is unknown or misses blocks. */
export function familyGenerator(statement: FamilyStatement, shapes: Shapes): FamilyGenerator {
  const family = Object.hasOwn(FAMILIES, statement.family) ? FAMILIES[statement.family] : undefined
  if (family === undefined) throw new InputError(`unknown symmetry family '${statement.family}'`, `known are ${Object.keys(FAMILIES).join(', ')}`)
  const given = (key: 'on' | 'in' | 'out'): boolean => (statement[key] ?? []).length > 0
  for (const key of (family.instead ?? []).some(given) ? [] : family.needs) {
    if (!given(key))
      throw new InputError(`the family ${statement.family} needs '${key}'`, `write e.g. ${key}: [w] with the blocks it acts on`)
  }
  return family.build(statement, shapes)
}
