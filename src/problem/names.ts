import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { nearest } from '../algebra/nearest.js'
import { InputError } from '../errors.js'

/** The terms of a sum. */
function termsOf(tree: Syntax): readonly Syntax[] {
  if (tree.kind === 'unary') return termsOf(tree.operand)
  if (tree.kind === 'binary' && (tree.operator === '+' || tree.operator === '-')) return [...termsOf(tree.left), ...termsOf(tree.right)]
  return [tree]
}

type Name = Extract<Syntax, { kind: 'name' }>

function namesIn(tree: Syntax): readonly Name[] {
  switch (tree.kind) {
    case 'number':
      return []
    case 'name':
      return [tree]
    case 'unary':
      return namesIn(tree.operand)
    case 'binary':
      return [...namesIn(tree.left), ...namesIn(tree.right)]
    case 'call':
      return tree.args.flatMap(namesIn)
  }
}

/**
 * A symbol may scale a block, but a term of symbols alone is a slip: what is constant along the symmetry has to be declared.
 *
 * @param text a generator's component
 * @param declared names of blocks and constants
 * @throws InputError with the column of the name
 */
export function refuseUndeclaredTerms(text: string, declared: readonly string[]): void {
  for (const term of termsOf(parseSyntax(text))) {
    const names = namesIn(term)
    const [first] = names
    if (first === undefined || names.some(({ name }) => declared.includes(name.replace(/^theta_/, '')))) continue
    const meant = nearest(first.name, declared)
    const remedy = meant === undefined ? `blocks and constants are ${declared.join(', ')}; declare a constant under constants` : `did you mean ${meant}?`
    throw new InputError(`unknown symbol ${first.name}`, remedy, { column: first.column })
  }
}
