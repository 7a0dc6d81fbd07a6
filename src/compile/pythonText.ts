import { type Node, type OperationName, argumentsOf } from './ir.js'
import { countUses, isShared } from './schedule.js'

const join = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)})`
const of = (name: string) => (a: readonly string[]): string => `np.${name}(${a.join(', ')})`
const OPERATION: Partial<Record<OperationName, (args: readonly string[]) => string>> = {
  add: join('+'), sub: join('-'), mul: join('*'), div: join('/'), min: of('minimum'), max: of('maximum'), neg: (a) => `(-${a[0]})`,
  abs: of('abs'), sqrt: of('sqrt'), floor: of('floor'), lt: join('<'), le: join('<='), select: of('where'),
}
const FUNCTION: Readonly<Record<string, string>> = { asinh: 'arcsinh', atan: 'arctan', pow: 'power' }

/** What a JAX file does besides, for whose program computes in 32 bits. */
export const SETS_X64 = 'Importing it sets jax_enable_x64: the whole program computes in 64 bits from then on, unless told otherwise.'

/** A number as Python writes it. */
export const literal = (value: number): string => (Number.isFinite(value) ? `${value}` : `float("${value}")`)

/** Statements of a function body that computes the nodes, and the texts of their values. */
export function straightLine(outputs: readonly Node[]): { readonly lines: readonly string[]; readonly values: readonly string[] } {
  const { uses } = countUses(outputs)
  const names = new Map<Node, string>()
  const lines: string[] = []
  const write = (node: Node): string => {
    const known = names.get(node)
    if (known !== undefined) return known
    const args = argumentsOf(node).map(write)
    let text: string
    if (node.kind === 'constant') text = literal(Number(node.value))
    else if (node.kind === 'local') text = node.local.name
    else if (node.kind === 'call') text = of(FUNCTION[node.callee] ?? node.callee)(args)
    else {
      const form = node.kind === 'operation' ? OPERATION[node.op] : undefined
      if (form === undefined) throw new TypeError('operation without a NumPy form')
      text = form(args)
    }
    if (!isShared(node, uses.get(node) ?? 1)) return text
    const name = `s${names.size}`
    names.set(node, name)
    lines.push(`    ${name} = ${text}`)
    return name
  }
  const values = outputs.map(write)
  return { lines, values }
}
