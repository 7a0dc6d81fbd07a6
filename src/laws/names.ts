import { symbolsOf } from '../algebra/build.js'
import { InputError } from '../errors.js'
import { RULES } from '../rules/catalogue.js'
import { type Rule, readRule } from '../rules/rule.js'
import { RELATIVE_RATE } from '../rules/slow.js'
import { TAKEN } from '../rules/stateNames.js'
import type { Symmetry } from '../symmetry/symmetry.js'

/** What the printed laws call their own quantities. */
const OF_LAWS: Readonly<Record<string, string>> = {
  ...TAKEN,
  s: 'the time inside an integral',
  q: 'the charge',
  q_0: "the charge's initial value",
  dq_0: "the charge's initial rate",
  alpha: 'the size of a finite transformation',
}

/** Where a block or constant has one of these names the laws call their own quantity something else; for a rule's number only the last of them does. */
const GIVE_WAY: ReadonlySet<string> = new Set(['s', 'q', 'q_0', 'dq_0', 'alpha'])

const renaming = (name: string, like: string, taken: readonly string[]): string => `rename it, e.g. ${name}_${like}; the names ${taken.join(', ')} are taken`

/**
 * Blocks, constants and hyperparameters whose names the printed laws use for something else would make them ambiguous, or wrong where a
 * hyperparameter t would pass for time; of blocks and constants only those that the laws cannot make room for.
 * @throws InputError with the name, what has it, and how to rename
 */
export function refuseTakenNames({ space, generator, names }: Symmetry, rule: Rule): void {
  // A block called like a hyperparameter of a named rule would be read in its place; of a rule written down, what stands there is meant.
  const usual = !Object.hasOwn(RULES, rule.name) ? ['eta'] : readRule({ name: rule.name }).hyperparameters
  const inRule = new Map([...usual.map((name) => [name, 'a hyperparameter of the rule'] as const), ...rule.states.map(({ name }) => [name, 'a state of the rule'] as const), ...rule.hyperparameters.map((name) => [name, 'a hyperparameter of the rule'] as const)])
  const mayPass = (name: string): boolean => GIVE_WAY.has(name) || (name === 'k' && !rule.hyperparameters.includes('k') && !rule.schedule && rule.schedules.size === 0)
  for (const [kind, given] of [['block', Object.keys(space.blocks)], ['constant', Object.keys(space.constants)]] as const) {
    for (const name of given) {
      const taken = (mayPass(name) ? undefined : OF_LAWS[name]) ?? inRule.get(name)
      if (taken !== undefined) throw new InputError(`the ${kind} '${name}' has the name of ${taken} in the laws`, renaming(name, kind === 'block' ? 'block' : 'matrix', Object.keys(OF_LAWS).filter((other) => !GIVE_WAY.has(other))))
    }
  }
  for (const noise of rule.noises) {
    if (!Object.hasOwn(space.fields, noise)) continue
    const free = ['xi', ...Array.from({ length: 9 }, (_, i) => `xi${i + 1}`)].find((name) => !Object.hasOwn(space.fields, name) && !rule.noises.includes(name))
    const remedy = Object.hasOwn(RULES, rule.name) ? `write the update of ${rule.name} down with ${free ?? 'xi10'} for its noise` : `call it ${free ?? 'xi10'}`
    throw new InputError(`the noise '${noise}' has the name of the generator in the laws`, remedy)
  }
  // A factor t of a generator is time itself, as in a boost; within an operator or a field it would be a number.
  const ofGenerator = generator.terms.flatMap((term) => [...symbolsOf(term.coefficient)]).filter((name) => name !== 't')
  const coefficients = [
    ...Object.values(space.fields).flatMap((field) => Object.values(field).flat()).map((term) => term.coefficient),
    ...Object.values(names.operators).flatMap((operator) => (operator.kind === 'map' ? operator.terms.map((term) => term.coefficient) : [])),
  ]
  const numbers = [...ofGenerator, ...coefficients.flatMap((e) => [...symbolsOf(e)]), ...rule.hyperparameters.filter((name) => name !== 'k' && name !== 'alpha')]
  for (const name of numbers) {
    const taken = name === RELATIVE_RATE && rule.schedules.has('eta') ? 'the learning rate relative to the first one' : Object.hasOwn(OF_LAWS, name) ? OF_LAWS[name] : undefined
    if (taken !== undefined) throw new InputError(`the number '${name}' has the name of ${taken} in the laws`, renaming(name, '1', Object.keys(OF_LAWS)))
  }
}
