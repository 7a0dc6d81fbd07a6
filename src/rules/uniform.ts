import { sym } from '../algebra/build.js'
import { ONES } from '../jets/elementwise.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { type VectorAtom, isOnes, scaleVector } from '../jets/vector.js'
import { childrenOf } from '../jets/walk.js'
import { type Rule, nextName } from './model.js'

/** An atom and what it is made of, contractions left out: in these a vector is a number already. */
const within = (a: VectorAtom): readonly VectorAtom[] => [a, ...(a.kind === 'elementwise' ? a.args : childrenOf(a)).flatMap(within)]

/**
 * The states whose components are one and the same number at every step, as that of s' = s + |g|² is, and which other updates take component by
 * component. A law knows that what is divided by such a state keeps its direction where the state is written as its mean.
 */
export function uniformStates({ states, updates }: Pick<Rule, 'states' | 'updates'>): readonly string[] {
  const stays = (name: string, among: readonly string[]): boolean => {
    const numbers = Object.fromEntries(among.flatMap((s) => [s, nextName(s)].map((x) => [x, scaleVector(sym(`_number of ${s}`), ONES)] as const)))
    const update = updates.find((u) => u.name === name)?.value
    return update === undefined || simplifyVector(replaceInVector(update, byName(numbers))).terms.every(({ atom }) => isOnes(atom))
  }
  let uniform = states.filter(({ initial }) => initial !== 'theta').map(({ name }) => name)
  for (let kept = uniform.length + 1; kept > uniform.length;) {
    kept = uniform.length
    const among = uniform
    uniform = among.filter((name) => stays(name, among))
  }
  const taken = (name: string): boolean => updates.some((u) => u.name !== name && u.value.terms.some(({ atom }) => within(atom).some((a) => a.kind === 'variable' && (a.name === name || a.name === nextName(name)))))
  return uniform.filter(taken)
}
