import { parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { type Vocabulary, readVector } from '../jets/read.js'
import { projector } from '../jets/operator.js'
import { type Square, stateSquare } from '../jets/square.js'
import { vectorKey } from '../jets/vectorKey.js'
import { THETA, type Vector, addVectors, apply, subVectors, variable } from '../jets/vector.js'
import { refuseBlockAsNumber } from './blockAsNumber.js'
import { readMatrixUpdate, sidesOfStates } from './matrixStates.js'
import { type MatrixState, NEXT_THETA, type Update, nextName } from './model.js'
import { ownComponents } from './zeroComponents.js'

/** The names in a text. */
export const wordsIn = (text: string): readonly string[] => text.match(/[A-Za-z]\w*/g) ?? []

/** Whether a text asks for the new value of a name as such, as in `y_next - y`: the plain name then is that before the step. */
const tellsApart = (text: string, name: string): boolean => wordsIn(text).some((word) => word === nextName(name) || word.startsWith(`${nextName(name)}_`))

/** Gives every point at which a rule reads the gradient a name of its own that no other thing of the rule has: phi, then phi_1, phi_2, … */
function pointNames(taken: ReadonlySet<string>): (point: Vector) => string {
  const base = ['phi', 'psi', 'chi'].find((name) => !taken.has(name)) ?? 'point'
  const names = new Map<string, string>()
  return (point) => {
    const key = vectorKey(point)
    const name = names.get(key) ?? (names.size === 0 ? base : `${base}_${names.size}`)
    names.set(key, name)
    return name
  }
}

/** What injected noise is called. */
const NOISE = /^xi\d*$/

/** The names xi, xi1, … in update equations that nothing else has; with a block, as in xi_W1, each stands for a part of itself. */
export function noisesOf(update: Readonly<Record<string, string>>, taken: readonly string[]): readonly string[] {
  const words = Object.values(update).flatMap(wordsIn).flatMap((word) => [word, word.split('_')[0] ?? word])
  return [...new Set(words)].filter((word) => NOISE.test(word) && !taken.includes(word)).sort()
}

interface Known extends Pick<Vocabulary, 'sets' | 'fields' | 'numbers'> {
  readonly noises: readonly string[]
  /** Whether the equations were written with these blocks in mind; those of a named rule were not. */
  readonly written: boolean
}

/** theta after a step of which some blocks have equations of their own; the others go with theta's, or stay. */
function assembled(parts: ReadonlyMap<string, Vector>, sets: Vocabulary['sets']): Vector {
  const rest = parts.get('theta') ?? THETA
  const own = [...parts].filter(([name]) => name !== 'theta')
  return own.reduce((x, [block, value]) => {
    const part = projector(block, sets[block])
    return addVectors(x, apply(part, subVectors(ownComponents(value, part), rest)))
  }, rest)
}

/** @throws InputError if a block has two equations or none. */
function checkBlocks(named: readonly string[], sets: Vocabulary['sets']): void {
  const owner = new Map<string, string>()
  for (const name of named) {
    for (const member of sets[name] ?? []) {
      const other = owner.get(member)
      if (other !== undefined) throw new InputError(`${other} and ${name} both move the block ${member}`, 'leave one of the two updates out')
      owner.set(member, name)
    }
  }
  if (named.includes('theta')) return
  const left = Object.values(sets).flat().find((member) => !owner.has(member))
  if (left !== undefined) throw new InputError(`the rule does not update the block ${left}`, `add an equation for ${left}, or theta: … for all blocks that have none`)
}

/** The updates of θ and of the states that are vectors, and of those that are matrices. */
export interface UpdatesRead {
  readonly updates: readonly Update[]
  readonly matrices: readonly Omit<MatrixState, 'initial'>[]
}

/**
 * Reads update equations, in order. One for theta moves all parameters, one for a block this part of them, and theta's beside it the others. A
 * name already updated means its new value: a block's right after its equation, theta's after the last of them; where `y_next` stands beside it, y is
 * that before the step.
 *
 * @param states the states by the names that the texts have for them, each with the name it is called by.
 * @throws InputError for names that are neither states nor blocks, for what has no equation, and for texts that are no vectors
 */
export function readUpdates(update: Readonly<Record<string, string>>, states: ReadonlyMap<string, string>, { noises, written, ...known }: Known): UpdatesRead {
  const equations = Object.entries(update)
  const isPart = (name: string): boolean => !states.has(name) && (name === 'theta' || Object.hasOwn(known.sets, name))
  const named = equations.map(([name]) => name).filter(isPart)
  if (named.length === 0) throw new InputError('the rule does not update theta', 'add an equation such as theta: "theta - eta*g"')
  checkBlocks(named, known.sets)
  const still = [...states.keys()].find((name) => !Object.hasOwn(update, name))
  if (still !== undefined) throw new InputError(`the state ${still} has no update`, `add an equation for ${still}, or leave it out; what never changes is a hyperparameter`)
  const parts = new Map<string, Vector>()
  const moved = new Map<string, Vector>()
  const nameOfPoint = pointNames(new Set([...states.keys(), ...states.values(), ...Object.keys(known.sets), ...Object.values(update).flatMap(wordsIn)]))
  const vocabulary = (text: string, nameOfPoint: (point: Vector) => string, squares: ReadonlyMap<string, Square>): Vocabulary => {
    const inText = <T>(known: ReadonlyMap<string, T>): readonly (readonly [string, T])[] => [...known].filter(([name]) => !tellsApart(text, name))
    const given = [...[...states].map(([key, s]) => [key, variable(s)] as const), ...noises.map((noise) => [noise, variable(noise)] as const), ...inText(moved)]
    const vectors = { ...Object.fromEntries(given), ...(given.some(([key]) => key === nextName('theta')) ? {} : { [nextName('theta')]: NEXT_THETA }) }
    return { ...known, vectors, operators: {}, nameOfPoint, squares: Object.fromEntries([...before, ...inText(squares)]) }
  }
  const before = new Map<string, Square>()
  const sides = sidesOfStates(update, [...states.keys()], vocabulary('', () => '', before))
  for (const [key, side] of sides) before.set(key, stateSquare(states.get(key) ?? key, side))
  const squares = new Map<string, Square>()
  const [updates, matrices]: [Update[], UpdatesRead['matrices'][number][]] = [[], []]
  const renew = (key: string, x: Vector): unknown => moved.set(key, x).set(nextName(key), x)
  for (const [name, text] of equations) {
    if (!isPart(name) && !states.has(name))
      throw new InputError(`the update of '${name}', which is no state`, `list it under state with its initial value, e.g. state: { ${name}: 0 }`)
    const names = vocabulary(text, nameOfPoint, squares)
    const side = sides.get(name)
    const state = states.get(name)
    if (side !== undefined && state !== undefined) {
      const value = readMatrixUpdate(name, side, text, names)
      matrices.push({ name: state, side, update: value, after: updates.length })
      squares.set(name, value).set(nextName(name), value)
      continue
    }
    const value = readVector(text, names)
    if (written) refuseBlockAsNumber(parseSyntax(text), name, names)
    if (state !== undefined) {
      renew(name, variable(nextName(state)))
      updates.push({ name: state, value })
      continue
    }
    parts.set(name, value)
    if (name !== 'theta') renew(name, apply(projector(name, known.sets[name]), value))
    if (parts.size < named.length) continue
    renew('theta', NEXT_THETA)
    for (const block of parts.keys()) if (block !== 'theta') renew(block, apply(projector(block, known.sets[block]), NEXT_THETA))
    updates.push({ name: 'theta', value: assembled(parts, known.sets) })
  }
  return { updates, matrices }
}
