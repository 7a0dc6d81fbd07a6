import { ONE, num } from '../algebra/build.js'
import { InputError } from '../errors.js'
import { type Value, isPlain, symmetric } from '../jets/readSquare.js'
import { readValue } from '../jets/read.js'
import { type Side, type Square, combineSquares, mapSquare, stateSquare } from '../jets/square.js'
import { rebuildVector } from '../jets/substitute.js'
import { type Vector, fieldAt, pointOf } from '../jets/vector.js'
import type { Vocabulary } from '../jets/vocabulary.js'
import { squaresIn } from '../jets/walk.js'
import { type MatrixState, type Rule, nextName } from './model.js'

/** What only matrices are written with. */
const OF_MATRICES = /\b(?:transpose|mpow|diag)\s*\(|\bI\b/

/** Whether an update may be that of a matrix. */
export const speaksOfMatrices = (text: string): boolean => OF_MATRICES.test(text)

function valueOf(text: string, names: Vocabulary): Value | undefined {
  try {
    return readValue(text, names)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/**
 * Which states are matrices, and on which side of a block: those whose updates are sums with a matrix. Of states that take over each other it is found
 * out one after the other.
 */
export function sidesOfStates(update: Readonly<Record<string, string>>, states: readonly string[], names: Vocabulary): ReadonlyMap<string, Side> {
  const found = new Map<string, Side | 'vector'>()
  if (!Object.values(update).some(speaksOfMatrices)) return new Map()
  for (let known = -1; known < found.size; ) {
    known = found.size
    const unknown = states.flatMap((state) => (found.has(state) ? [] : [state, nextName(state)]))
    const squares = Object.fromEntries([...found].flatMap(([state, side]) => (side === 'vector' ? [] : [state, nextName(state)].map((name) => [name, stateSquare(name, side)] as const))))
    for (const state of states) {
      const value = found.has(state) ? undefined : valueOf(update[state] ?? '0', { ...names, squares, unknown })
      const kind = value?.kind === 'square' ? value.value.side : value?.kind === 'vector' ? 'vector' : undefined
      if (kind !== undefined) found.set(state, kind)
    }
  }
  return new Map([...found].flatMap(([state, side]) => (side === 'vector' ? [] : [[state, side] as const])))
}

/** The new value of a matrix. @throws InputError with the column for what is none of its shape, or is not symmetric. */
export function readMatrixUpdate(name: string, side: Side, text: string, names: Vocabulary): Square {
  const value = readValue(text, names)
  if (value.kind === 'square') return { ...symmetric(value.value, `the update of ${name}`, 1), side: value.value.side ?? side }
  throw new InputError(`the update of the matrix ${name} is ${isPlain(value) && value.kind === 'scalar' ? 'a number' : 'a vector'}`, `it is [${side}, ${side}], as ${side === 'rows' ? 'g*transpose(g)' : 'transpose(g)*g'} is`, { column: 1 })
}

/** Whether updates multiply vectors by matrices. */
export const multipliesByMatrices = ({ updates }: Pick<Rule, 'updates'>): boolean => updates.some((u) => squaresIn(u.value).length > 0)

/** Why a rule that multiplies by matrices has no flow beyond the leading order, nor an equation with higher rates. */
export const MOVING_MATRICES = 'the update multiplies by matrices that change along the flow, and derivatives of their powers, which the expansion in eta takes, are not derived'

/** A sum that holds all of what a state becomes, with the state's new name in its place. */
function named(square: Square, states: readonly Pick<MatrixState, 'name' | 'side' | 'update'>[]): Square {
  return states.reduce((current, { name, side, update }) => {
    const rest = combineSquares([[ONE, current], [num(-1), update]])
    const holds = current.side === side && update.terms.length > 0 && rest.terms.length + update.terms.length === current.terms.length
    return holds ? combineSquares([[ONE, stateSquare(nextName(name), side, update)], [ONE, rest]]) : current
  }, square)
}

/** A vector in which what matrices become goes by their new names, `L_next`. */
export const withMatrixNames = (x: Vector, states: readonly MatrixState[]): Vector => (states.length === 0 ? x : rebuildVector(x, { square: (s) => named(s, states), field: (field) => (field.sandwich === undefined ? field : fieldAt(field, { name: '', point: withMatrixNames(pointOf(field), states) })) }))

/** The same for what a later matrix becomes. */
export const squareWithNames = (square: Square, states: readonly MatrixState[]): Square => mapSquare(square, (x) => withMatrixNames(x, states), (e) => e, (s) => named(s, states))
