import { InputError } from '../errors.js'
import { trainSchema } from '../training/schema.js'
import { meantBy, remedyFor } from './suggest.js'
import { type Problem, isOwnRule } from './schema.js'
import { noName } from './faults.js'
import type { Path, Source } from './source.js'

/**
 * What a schema cannot say: that names are declared and that rates have a sign that makes sense.
 *
 * @throws InputError with the place of the first fault
 */
export function checkProblem(problem: Problem, source: Source): void {
  if (problem.parameters === undefined && problem.network === undefined) {
    throw new InputError('neither parameters nor a network', 'name the blocks, e.g. parameters: { w: [d] }', source.place([]))
  }
  checkSymmetries(problem, source)
  checkRule(problem, source)
  if (problem.train !== undefined) {
    const keys = Object.keys(trainSchema.shape)
    checkHyperparameters(Object.fromEntries(Object.entries(problem.train).filter(([key]) => !keys.includes(key))), ['train'], keys, source)
  }
}

function checkSymmetries({ symmetry, parameters, network }: Problem, source: Source): void {
  const blocks = parameters === undefined ? undefined : Object.keys(parameters)
  const many = Array.isArray(symmetry)
  for (const [index, one] of (many ? symmetry : [symmetry]).entries()) {
    const path: Path = many ? ['symmetry', index] : ['symmetry']
    if ('infer' in one && network === undefined) {
      throw new InputError('symmetries are inferred from a network, and there is none', 'add network, or name a family', source.place(path))
    }
    const shared = 'generator' in one ? Object.keys(one.constants).find((name) => blocks?.includes(name) === true) : undefined
    if (shared !== undefined) throw new InputError(`the constant '${shared}' has the name of a block`, `rename it, e.g. ${shared}_matrix`, source.place(path))
    const named = 'generator' in one ? Object.keys(one.generator) : 'family' in one ? [...(one.on ?? []), ...(one.in ?? []), ...(one.out ?? [])] : []
    for (const name of named) if (blocks !== undefined) requireBlock(name, blocks, path, source)
  }
}

function requireBlock(name: string, blocks: readonly string[], path: Path, source: Source): void {
  if (!blocks.includes(name)) throw new InputError(`${path.join('.')}: no block ${name} in parameters`, remedyFor(name, blocks), source.place(path))
}

function checkRule({ rule, parameters, network }: Problem, source: Source): void {
  if (isOwnRule(rule)) {
    const { name, state, update, ...hyperparameters } = rule
    if (network === undefined) checkUpdate(Object.keys(update), Object.keys(state ?? {}), Object.keys(parameters ?? {}), source)
    checkHyperparameters(hyperparameters, ['rule'], Object.keys({ name, state, update }), source)
    return
  }
  const hyperparameters = Object.entries(rule).filter(([key]) => key !== 'name')
  checkHyperparameters(Object.fromEntries(hyperparameters), ['rule'], ['name', 'state', 'update'], source)
}

function checkUpdate(updated: readonly string[], states: readonly string[], blocks: readonly string[], source: Source): void {
  if (!updated.some((name) => name === 'theta' || blocks.includes(name) && !states.includes(name))) {
    throw new InputError('rule.update never changes theta', 'add an equation for theta, e.g. theta: "theta - eta*g", or one for each block', source.place(['rule', 'update']))
  }
  for (const name of updated.filter((candidate) => candidate !== 'theta' && !states.includes(candidate) && !blocks.includes(candidate))) {
    throw new InputError(`rule.update changes ${name}, which is no state or block`, `add it to rule.state with its initial value`, source.keyPlace(['rule', 'update', name]))
  }
}

/** Signs that only a slip can give: a learning rate is positive, a decay not negative, a momentum at most 1. */
const signs: Readonly<Record<string, { readonly holds: (value: number) => boolean; readonly is: string }>> = {
  eta: { holds: (value) => value > 0, is: 'a learning rate is above 0' },
  lambda: { holds: (value) => value >= 0, is: 'a weight decay is not negative' },
  beta: { holds: (value) => value >= 0 && value <= 1, is: 'a momentum lies between 0 and 1' },
}

function checkHyperparameters(values: Readonly<Record<string, unknown>>, path: Path, keys: readonly string[], source: Source): void {
  for (const [name, value] of Object.entries(values)) {
    const place: Path = [...path, name]
    const meant = name.length > 3 ? meantBy(name, keys) : undefined
    if (meant !== undefined) throw new InputError(`unknown key ${JSON.stringify(name)} in ${path.join('.')}`, `did you mean ${meant}?`, source.keyPlace(place))
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || name in {}) throw noName(name, place, source)
    const sign = signs[name]
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
    if (sign !== undefined && !Number.isNaN(number) && !sign.holds(number)) {
      throw new InputError(`${place.join('.')} is ${number}`, sign.is, source.place(place))
    }
  }
}
