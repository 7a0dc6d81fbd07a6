import { ONE, add, atom as opaqueAtom, mul, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { toLatex, toText } from '../algebra/print.js'
import { type Sandwich, type Square, type SquareFactor, squareKey } from './square.js'
import type { Vector } from './vector.js'

/** How vectors are written in matrices, as text that reads back and as LaTeX; which of the two is asked for. */
export interface Writing {
  readonly text: (x: Vector) => string
  readonly tex: (x: Vector) => string
  readonly latex: boolean
}

const vectorWritten = (x: Vector, { text, tex, latex }: Writing): string => (latex ? tex : text)(x)

const bracketed = (inner: string, { latex }: Writing): string => (latex ? `\\left(${inner}\\right)` : `(${inner})`)

/** A vector as a factor: a name or a call stands without brackets. */
function asFactor(x: Vector, writing: Writing): string {
  const inner = vectorWritten(x, writing)
  const [only, another] = x.terms
  const isPlain = another === undefined && only?.coefficient === ONE && (only.atom.kind === 'variable' || only.atom.kind === 'apply' || (only.atom.kind === 'tensor' && only.atom.field.sandwich === undefined))
  return isPlain ? inner : bracketed(inner, writing)
}

function gramWritten({ left, right }: Extract<SquareFactor, { kind: 'gram' }>, side: Square['side'], writing: Writing): string {
  const [x, y] = [asFactor(left, writing), asFactor(right, writing)]
  if (writing.latex) return side === 'columns' ? `${x}^{\\top} ${y}` : `${x} ${y}^{\\top}`
  return side === 'columns' ? `transpose(${writing.text(left)})*${y}` : `${x}*transpose(${writing.text(right)})`
}

function factorWritten(f: SquareFactor, side: Square['side'], writing: Writing): string {
  switch (f.kind) {
    case 'identity':
      return 'I'
    case 'state':
      return writing.latex ? toLatex(sym(f.name)) : f.name
    case 'gram':
      return gramWritten(f, side, writing)
    case 'power':
      return writing.latex ? `${bracketed(squareWritten(f.of, writing), writing)}^{${toLatex(f.exponent)}}` : `mpow(${squareWritten(f.of, writing)}, ${toText(f.exponent)})`
    case 'diagonal':
      return `${writing.latex ? '\\operatorname{diag}' : 'diag'}${bracketed(squareWritten(f.of, writing), writing)}`
  }
}

/** A matrix as a sum. */
export function squareWritten({ side, terms }: Square, writing: Writing): string {
  const factor = (f: SquareFactor): Expr => {
    const write = (latex: boolean) => (): string => factorWritten(f, side, { ...writing, latex })
    return opaqueAtom({ key: `square:${squareKey({ side, terms: [{ coefficient: ONE, factor: f }] })}`, text: write(false), latex: write(true) })
  }
  return (writing.latex ? toLatex : toText)(add(...terms.map((t) => mul(t.coefficient, factor(t.factor)))))
}

function besideVector(square: Square, writing: Writing): string {
  const [only, another] = square.terms
  const inner = squareWritten(square, writing)
  return another === undefined && only?.coefficient === ONE && only.factor.kind !== 'gram' ? inner : bracketed(inner, writing)
}

/** L x R. */
export function sandwichWritten({ left, right }: Sandwich, x: Vector, writing: Writing): string {
  const factors = [...(left === undefined ? [] : [besideVector(left, writing)]), asFactor(x, writing), ...(right === undefined ? [] : [besideVector(right, writing)])]
  return factors.join(writing.latex ? ' ' : '*')
}
