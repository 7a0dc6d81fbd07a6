/** `W1` ↦ W_{1}, `gamma1` ↦ \gamma_{1}, `dU` ↦ \dot{U} where U is a block, `W1_2_3` ↦ (W_{1})_{2,3}. */
function nameLatex(name: string, blocks: ReadonlySet<string>): string {
  const [block = '', ...indices] = name.split('_')
  if (block.startsWith('d') && blocks.has(block.slice(1))) return indexed(`\\dot{${nameLatex(block.slice(1), blocks)}}`, indices)
  const [, letters = block, tail = ''] = /^([A-Za-z]+?)(\d\w*)?$/.exec(block) ?? []
  const greek = /^(?:alpha|beta|gamma|delta|eta|theta|lambda|mu|omega)$/.test(letters)
  const body = greek ? `\\${letters}` : letters.length > 1 ? `\\mathrm{${letters}}` : letters
  return indexed(tail === '' ? body : `${body}_{${tail}}`, indices)
}

const indexed = (body: string, indices: readonly string[]): string => (indices.length === 0 ? body : `(${body})_{${indices.join(',')}}`)

const FUNCTIONS: readonly (readonly [RegExp, (argument: string, axis: string) => string])[] = [
  [/transpose\(([^(),]+)\)/g, (x) => `${x}^{\\top}`],
  [/norm2\(([^(),]+)\)/g, (x) => `\\lVert ${x}\\rVert^{2}`],
  [/gram\(([^(),]+),(\d+)\)/g, (x, axis) => `\\operatorname{Gram}_{${axis}}[${x}]`],
  [/total\(([^(),]+)(?:,(\d+))?\)/g, (x, axis) => (axis === '' ? `\\textstyle\\sum ${x}` : `\\textstyle\\sum_{${axis}} ${x}`)],
  [/exp\(([^()]+)\)/g, (x) => `e^{${x}}`],
  [/diag\(/g, () => '\\operatorname{diag}('],
]

const CALLS: ReadonlySet<string> = new Set(['transpose', 'norm2', 'gram', 'total', 'exp', 'diag', 't'])

/** One quotient of products of parameters, `u_1*u_2/(v_1*v_2)`. */
const QUOTIENT = /^(-?)([\w*^]+)\/(?:\(([\w*^]+)\)|([A-Za-z][\w^]*))$/

/** The text of a law in LaTeX (math mode, no delimiters). */
export function lawLatex(text: string, blocks: readonly string[]): string {
  const [, sign = '', above, within, below = within] = QUOTIENT.exec(text) ?? []
  if (above !== undefined && below !== undefined) return `${sign}\\frac{${lawLatex(above, blocks)}}{${lawLatex(below, blocks)}}`
  const known = new Set(blocks)
  const named = text.replaceAll(/[A-Za-z]\w*/g, (name) => (CALLS.has(name) && !known.has(name) ? name : `{${nameLatex(name, known)}}`))
  // Names are in braces from here on, so that no function meets a parenthesis of theirs.
  const held: string[] = []
  const opened = named.replaceAll(/\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}/g, (_, body: string) => `@${held.push(body) - 1}@`)
  const typeset = FUNCTIONS.reduce((s, [pattern, write]) => s.replaceAll(pattern, (_, x: string, axis?: string) => write(x ?? '', axis ?? '')), opened)
  return typeset
    .replaceAll(/\b(\d+)\/(\d+)\b/g, '\\tfrac{$1}{$2}')
    .replaceAll(/\^(\d+)/g, '^{$1}')
    .replaceAll('*', '\\,')
    .replaceAll(/@(\d+)@/g, (_, n: string) => held[Number(n)] ?? '')
}
