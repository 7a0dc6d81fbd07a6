import { ONE, add, atom as opaqueAtom, mul, sym, termsOf } from '../algebra/build.js'
import { atomsOf, subexpressions, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { rememberedByObject } from '../algebra/memo.js'
import { toLatex, toText } from '../algebra/print.js'
import { factored } from '../algebra/squareFree.js'
import { collectContractions } from './collect.js'
import type { Operator } from './operator.js'
import { type Field, isLoss, isLossAnywhere } from './field.js'
import type { Square } from './square.js'
import { type Writing, sandwichWritten, squareWritten } from './squareNotation.js'
import { type Vector, type VectorAtom, isGradientAnywhere, pointOf } from './vector.js'

/** An equation or expression in the two written forms. */
export interface Written {
  readonly text: string
  readonly latex: string
}

/** A subscript; a base that has one already gets both in one, as TeX has it. */
function subscript(given: string, set: string): string {
  const [, base = given, above = ''] = /^(.*?)(\^\{\(\d+\)\})?$/s.exec(given) ?? []
  const name = `\\mathrm{${set.replaceAll('_', '\\_')}}`
  const [, own, inBraces] = /_([^{}]|\{((?:[^{}]|\{[^{}]*\})*)\})$/.exec(base) ?? []
  return `${own === undefined ? `${base}_{${name}}` : `${base.slice(0, -own.length)}{${inBraces ?? own},${name}}`}${above}`
}

function variableText(name: string, order: number): string {
  return order === 0 ? name : order <= 2 ? 'd'.repeat(order) + name : `d${order}${name}`
}

function variableLatex(name: string, order: number): string {
  const base = toLatex(sym(name))
  const dots = ['', '\\dot', '\\ddot'][order]
  return dots === undefined ? `${base}^{(${order})}` : dots === '' ? base : `${dots}{${base}}`
}

const operatorText = (op: Operator): string => (op.kind === 'projector' ? `P_${op.name}` : `${op.name}${op.adjoint ? 't' : ''}`)
const operatorLatex = (op: Operator): string =>
  op.kind === 'projector' ? subscript('P', op.name) : `${toLatex(sym(op.name))}${op.adjoint ? '^{\\top}' : ''}`

type TensorAtom = Extract<VectorAtom, { kind: 'tensor' }>
const isGradient = (a: VectorAtom): a is TensorAtom => a.kind === 'tensor' && isLoss(a.field) && a.along.length === 0

/** `_y` behind a derivative of the loss at a point of that name; nothing at θ. */
const atText = ({ at }: Field): string => (at === undefined ? '' : `_${at.name}`)
/** `(y)` behind a derivative of the loss at a point of that name; nothing at θ. */
export const atLatex = ({ at }: Field): string => (at === undefined ? '' : `(${toLatex(sym(at.name))})`)

/** The gradient at a point that is not θ, restricted to blocks. */
const gradientPartLatex = (a: VectorAtom, set: string): string | undefined =>
  a.kind === 'tensor' && isGradientAnywhere(a) && a.field.at !== undefined ? `${subscript('g', set)}${atLatex(a.field)}` : undefined

/** The expression text of a vector atom: `theta_w`, `H(g)`, `D3(g, g)`, `At(theta)`. A law holds the same atoms in many contractions. */
export const atomText = rememberedByObject((a: VectorAtom): string => {
  switch (a.kind) {
    case 'variable':
      return variableText(a.name, a.order)
    case 'indicator':
      return `one_${a.set.name}`
    case 'apply': {
      const inner = atomText(a.argument)
      const plain = a.argument.kind === 'variable' || isGradient(a.argument)
      return a.operator.kind === 'projector' && plain ? `${inner}_${a.operator.name}` : `${operatorText(a.operator)}(${inner})`
    }
    case 'tensor':
      return tensorText(a)
    case 'elementwise':
      return toText(filled(a))
  }
})

/** A field, with the name of its point where that is not θ: `h_y`. */
export const fieldText = (field: Field): string => (field.at === undefined ? field.name : `${field.name}_${field.at.name}`)
export const fieldLatex = (field: Field): string => `${toLatex(sym(field.name))}${field.at === undefined ? '' : `(${toLatex(sym(field.at.name))})`}`

/** `D`, `D2` or `D^{2}` before what is differentiated. */
const derivativeName = (order: number, power: '' | '^'): string => (order === 0 ? '' : order === 1 ? 'D' : power === '' ? `D${order}` : `D^{${order}}`)

function tensorText(a: TensorAtom): string {
  if (a.field.sandwich !== undefined) return sandwichWritten(a.field.sandwich, pointOf(a.field), IN_TEXT)
  const along = a.along.map(atomText)
  const own = a.own.flatMap((s) => (s === null ? [] : [atomText(s)]))
  const order = a.along.length + (a.openAlong ? 1 : 0)
  const at = atText(a.field)
  if (isLossAnywhere(a.field)) return order === 1 ? `g${at}` : order === 2 ? `H${at}(${along.join()})` : `D${order}${at}(${along.join(', ')})`
  if (a.field.gradient !== undefined) return `${derivativeName(order - 1, '')}${a.field.gradient}(${[vectorText(pointOf(a.field)), ...along].join(', ')})`
  const prefix = `${derivativeName(order, '')}${fieldText(a.field)}`
  const args = [...along, ...own]
  const name = a.openAlong && a.field.slots > 0 ? `${prefix}t` : prefix
  return args.length === 0 ? name : `${name}(${args.join(', ')})`
}

/** LaTeX of a vector atom. */
export const atomLatex = rememberedByObject((a: VectorAtom): string => {
  switch (a.kind) {
    case 'variable':
      return variableLatex(a.name, a.order)
    case 'indicator':
      return subscript('\\mathbf{1}', a.set.name)
    case 'apply': {
      const inner = atomLatex(a.argument)
      const plain = a.argument.kind === 'variable' || isGradient(a.argument)
      if (a.operator.kind === 'projector' && plain) return subscript(inner, a.operator.name)
      const part = a.operator.kind === 'projector' ? gradientPartLatex(a.argument, a.operator.name) : undefined
      if (part !== undefined) return part
      return `${operatorLatex(a.operator)}${a.argument.kind === 'variable' ? '\\,' : ' '}${inner}`
    }
    case 'tensor':
      return tensorLatex(a)
    case 'elementwise':
      return toLatex(filled(a))
  }
})

function tensorLatex(a: TensorAtom): string {
  if (a.field.sandwich !== undefined) return sandwichWritten(a.field.sandwich, pointOf(a.field), IN_LATEX)
  const along = a.along.map(atomLatex)
  const own = a.own.flatMap((s) => (s === null ? [] : [atomLatex(s)]))
  const order = a.along.length + (a.openAlong ? 1 : 0)
  const at = atLatex(a.field)
  if (isLossAnywhere(a.field)) return order === 1 ? `g${at}` : order === 2 ? `H${at} ${along.join('')}` : `\\nabla^{${order}}\\! f${at}\\left(${along.join(', ')}\\right)`
  if (a.field.gradient !== undefined) {
    const directions = along.length === 0 ? '' : `\\left[${along.join(', ')}\\right]`
    return `${derivativeName(along.length, '^')}\\operatorname{${a.field.gradient}}\\left(${vectorLatex(pointOf(a.field))}\\right)${directions}`
  }
  if (a.field.slots === 0) {
    const gradient = `\\nabla${order === 1 ? '' : `^{${order}}`} ${fieldLatex(a.field)}`
    return along.length === 0 ? gradient : along.length === 1 ? `${gradient}\\,${along.join('')}` : `${gradient}\\left(${along.join(', ')}\\right)`
  }
  const base = `${derivativeName(order, '^')}${fieldLatex(a.field)}`
  const name = a.openAlong && a.field.slots > 0 ? `${base}^{\\top}` : base
  const args = [...along, ...own]
  return args.length === 0 ? name : `${name}\\left(${args.join(', ')}\\right)`
}

/** A vector atom as an opaque scalar, so that the scalar printer can lay out sums and coefficients; a product of matrices stands in brackets. */
function asOpaque(a: VectorAtom): Expr {
  const isProduct = a.kind === 'tensor' && a.field.sandwich !== undefined
  const text = (): string => (isProduct ? `(${atomText(a)})` : atomText(a))
  return opaqueAtom({ key: `vector:${a.key}`, text, latex: () => (isProduct ? `\\left(${atomLatex(a)}\\right)` : atomLatex(a)) })
}

const filled = (a: Extract<VectorAtom, { kind: 'elementwise' }>): Expr =>
  gathered(substitute(a.body, new Map(a.args.map((x, i) => [sym(`_${i}`), asOpaque(x)]))))

/** With each vector once where functions are taken of sums: `tanh(g*(1 - beta) + beta*m)`. */
function gathered(e: Expr): Expr {
  const sums = [...subexpressions(e)].flatMap((x) => (x.kind === 'call' ? x.args : [])).filter((x) => x.kind === 'sum')
  return substitute(e, new Map(sums.map((x) => [x, repeatsOne(x) ? collectContractions(x, factored) : x])))
}

/** Whether several terms of a sum hold the same opaque quantity. */
function repeatsOne(e: Expr): boolean {
  const held = termsOf(e).flatMap(({ factor }) => atomsOf(factor))
  return new Set(held).size < held.length
}

const asScalar = (x: Vector): Expr => add(...x.terms.map((t) => mul(t.coefficient, t.atom.kind === 'elementwise' ? filled(t.atom) : asOpaque(t.atom))))

/** The product of matrices that a vector is and nothing else, which needs no brackets. */
function soleProduct({ terms: [only, another] }: Vector): VectorAtom | undefined {
  return another === undefined && only?.coefficient === ONE && only.atom.kind === 'tensor' && only.atom.field.sandwich !== undefined ? only.atom : undefined
}

export function vectorText(x: Vector): string {
  const product = soleProduct(x)
  return product === undefined ? toText(asScalar(x)) : atomText(product)
}
export function vectorLatex(x: Vector): string {
  const product = soleProduct(x)
  return product === undefined ? toLatex(asScalar(x)) : atomLatex(product)
}
const IN_TEXT: Writing = { text: vectorText, tex: vectorLatex, latex: false }
const IN_LATEX: Writing = { ...IN_TEXT, latex: true }
export const writeVector = (x: Vector): Written => ({ text: vectorText(x), latex: vectorLatex(x) })
export const writeSquare = (x: Square): Written => ({ text: squareWritten(x, IN_TEXT), latex: squareWritten(x, IN_LATEX) })
export const writeScalar = (e: Expr): Written => ({ text: toText(e), latex: toLatex(e) })
export const writeEquation = (left: Written, right: Written): Written => ({
  text: `${left.text} = ${right.text}`,
  latex: `${left.latex} = ${right.latex}`,
})

/** ⟨x, P y⟩ is shown as ⟨x_P, y_P⟩. */
function shared(left: VectorAtom, right: VectorAtom): readonly [VectorAtom, VectorAtom, Operator | undefined] {
  if (right.kind === 'apply' && right.operator.kind === 'projector') return [left, right.argument, right.operator]
  if (left.kind === 'apply' && left.operator.kind === 'projector') return [left.argument, right, left.operator]
  return [left, right, undefined]
}

function projected(x: VectorAtom, op: Operator | undefined, write: (a: VectorAtom) => string, latex: boolean): string {
  const inner = write(x)
  if (op === undefined) return inner
  if (x.kind === 'variable' || isGradient(x)) return latex ? subscript(inner, op.name) : `${inner}_${op.name}`
  return latex ? (gradientPartLatex(x, op.name) ?? `${operatorLatex(op)} ${inner}`) : `${operatorText(op)}(${inner})`
}

/** `norm2(x)` or `dot(x, y)`. */
export function contractionText(c: { readonly left: VectorAtom; readonly right: VectorAtom }): string {
  const [x, y, op] = shared(c.left, c.right)
  const left = projected(x, op, atomText, false)
  return x === y ? `norm2(${left})` : `dot(${left}, ${projected(y, op, atomText, false)})`
}

/** |x| of ⟨x, x⟩. */
export function normLatex(c: { readonly left: VectorAtom; readonly right: VectorAtom }): string | undefined {
  const [x, y, op] = shared(c.left, c.right)
  return x === y ? `\\left|${projected(x, op, atomLatex, true)}\\right|` : undefined
}

/** |x|² or ⟨x, y⟩. */
export function contractionLatex(c: { readonly left: VectorAtom; readonly right: VectorAtom }): string {
  const [x, y, op] = shared(c.left, c.right)
  const norm = normLatex(c)
  return norm === undefined ? `\\left\\langle ${projected(x, op, atomLatex, true)}, ${projected(y, op, atomLatex, true)}\\right\\rangle` : `${norm}^{2}`
}
