import { InputError } from '../../errors.js'

/** A law or a parametrization as the verifier reads it; apart from the project's own reader on purpose. */
export type Tree =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tree[] }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'negative'; readonly of: Tree }

const TOKEN = /\s*(?:(\d+)|([A-Za-z]\w*)|([-+*/^(),]))/y

function tokens(text: string): readonly string[] {
  const found: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new InputError(`'${text}' cannot be read`, `look at column ${at + 1}`, { column: at + 1 })
    found.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return found
}

/** Reads sums, products, quotients, powers, signs and calls. @throws InputError for anything else. */
export function parseTree(text: string): Tree {
  const list = tokens(text)
  let at = 0
  const take = (): string => list[at++] ?? ''
  const fail = (found: string): InputError => new InputError(`'${text}' cannot be read`, `unexpected '${found === '' ? 'end' : found}'`)
  const expect = (wanted: string): void => {
    const found = take()
    if (found !== wanted) throw fail(found)
  }
  const call = (name: string): Tree => {
    at += 1
    const args = [sum()]
    while (list[at] === ',') {
      at += 1
      args.push(sum())
    }
    expect(')')
    return { kind: 'call', name, args }
  }
  const atom = (): Tree => {
    const token = take()
    if (token === '(') {
      const inner = sum()
      expect(')')
      return inner
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) }
    if (!/^[A-Za-z]/.test(token)) throw fail(token)
    return list[at] === '(' ? call(token) : { kind: 'name', name: token }
  }
  const power = (): Tree => {
    const left = atom()
    if (list[at] !== '^') return left
    at += 1
    return { kind: 'binary', operator: '^', left, right: atom() }
  }
  const factor = (): Tree => {
    if (list[at] !== '-') return power()
    at += 1
    return { kind: 'negative', of: factor() }
  }
  const chain = (operators: readonly string[], next: () => Tree): Tree => {
    let left = next()
    while (operators.includes(list[at] ?? '')) left = { kind: 'binary', operator: take(), left, right: next() }
    return left
  }
  const term = (): Tree => chain(['*', '/'], factor)
  const sum = (): Tree => chain(['+', '-'], term)
  const tree = sum()
  if (at < list.length) throw fail(list[at] ?? '')
  return tree
}

/** All names in a text. */
export function treeNames(tree: Tree): readonly string[] {
  switch (tree.kind) {
    case 'number':
      return []
    case 'name':
      return [tree.name]
    case 'negative':
      return treeNames(tree.of)
    case 'call':
      return tree.args.flatMap(treeNames)
    case 'binary':
      return [...treeNames(tree.left), ...treeNames(tree.right)]
  }
}
