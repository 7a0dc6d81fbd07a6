import { InputError } from '../errors.js'
import { type Rule, nextName } from './model.js'

/** What update equations and laws call their own quantities, and nothing else can be called. */
export const TAKEN: Readonly<Record<string, string>> = {
  theta: 'all parameters',
  g: 'the gradient',
  f: 'the loss',
  t: 'time',
  k: 'the step number',
}

/**
 * A state that is called like something else would be read in its place, or printed as it.
 * @throws InputError with the name, what has it, and how to rename
 */
export function refuseTakenStates(states: Rule['states']): void {
  const next = new Map(['theta', ...states.map(({ name }) => name)].map((name) => [nextName(name), `the new value of ${name}`]))
  for (const { name } of states) {
    const own = Object.hasOwn(TAKEN, name) ? TAKEN[name] : next.get(name)
    const taken = name === 'eta' ? 'the learning rate' : /^d(?:d|\d+)?theta$/.test(name) ? 'a rate of the parameters' : own
    if (taken !== undefined) throw new InputError(`the state '${name}' has the name of ${taken}`, `rename it, e.g. ${name}_state`)
  }
}
