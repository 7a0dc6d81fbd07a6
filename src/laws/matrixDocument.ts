import { mul, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { writeMatrix } from '../jets/word.js'
import type { Derivation, MatrixLaw, Statement, Step } from './derivation.js'
import { documentOf } from './document.js'
import type { Laws } from './engine.js'
import { type Stripping, checkStripping, stripLaws, stripScalar, strippingOf } from './matrix.js'

/** Whether the first bracket closes with the last character. */
function isBracketed(text: string, open: string, close: string): boolean {
  if (!text.startsWith(open) || !text.endsWith(close)) return false
  let depth = 0
  for (let i = 0; i < text.length - close.length; i += 1) {
    if (text.startsWith(open, i)) depth += 1
    if (text.startsWith(close, i)) depth -= 1
    if (depth === 0) return false
  }
  return true
}

/** A matrix that stands alone needs no brackets. */
function bare<S extends Statement>(statement: S): S {
  const { text, latex } = statement
  return {
    ...statement,
    text: isBracketed(text, '(', ')') ? text.slice(1, -1) : text,
    latex: isBracketed(latex, '\\left(', '\\right)') ? latex.slice('\\left('.length, -'\\right)'.length).trim() : latex,
  }
}

function bareLaws(laws: Derivation['laws']): Derivation['laws'] {
  const { discrete, flow } = laws
  return {
    ...laws,
    flow: flow.map((f) => ({ ...f, charge: bare(f.charge) })),
    discrete: discrete === undefined ? undefined : {
      ...discrete,
      charge: bare(discrete.charge),
      recursion: bare(discrete.recursion),
      drives: discrete.drives.map(bare),
      closure: discrete.closure.map(({ contraction, next }) => ({ contraction: bare(contraction), next: bare(next) })),
    },
  }
}

/** The charges of all laws, that of the discrete law first. */
const chargesOf = (laws: Laws): readonly Expr[] => [...(laws.discrete === undefined ? [] : [laws.discrete.charge]), ...laws.flows.map((f) => f.law.charge)]

/** `trace(C*M) = scale*charge`. */
function traceIdentity(charge: Expr, s: Stripping): Statement {
  const matrix = writeMatrix(stripScalar(charge, s) ?? charge)
  const name = writeScalar(sym(s.constant))
  const constant = s.transposed ? { text: `transpose(${name.text})`, latex: `${name.latex}^{\\top}` } : name
  const trace = { text: `trace((${matrix.text})*${constant.text})`, latex: `\\operatorname{tr}\\left(\\left(${matrix.latex}\\right) ${constant.latex}\\right)` }
  return writeEquation(trace, writeScalar(mul(s.scale, charge)))
}

/** A law stripped of one constant, and the step of the derivation that does it. */
interface Stripped {
  readonly law: MatrixLaw
  readonly step: Step
}

function strippedOf(laws: Laws, constant: string): Stripped | undefined {
  const charges = chargesOf(laws)
  const found = charges.flatMap((charge) => {
    const s = strippingOf(charge, laws.symmetry.space, constant)
    return s === undefined ? [] : [{ charge, s }]
  })
  const [first] = found
  const stripped = first === undefined ? undefined : stripLaws(laws, first.s)
  if (first === undefined || stripped === undefined) return undefined
  const { charge, s } = first
  const kind = s.kind
  const verified = checkStripping(laws, s, laws.symmetry)
  const statement = traceIdentity(charge, s)
  const step: Step = {
    section: 'Stripping the constants',
    before: writeScalar(charge),
    after: statement,
    why: `Every contraction of the laws is linear in ${constant}, so it is the trace of a matrix times ${constant}; as ${constant} is an arbitrary ${kind === 'general' ? '' : `${kind} `}matrix, the laws hold for the matrices.`,
    verified,
  }
  return { law: { constant, kind, identity: statement, laws: bareLaws(documentOf('', stripped, []).laws), verified }, step }
}

/**
 * A derivation with its arbitrary constants stripped where its laws are linear in them: one matrix law each. A single constant's
 * matrix law takes the place of the coordinate-free one, which stays beside it.
 */
export function stripped(derivation: Derivation, laws: Laws): Derivation {
  const all = Object.keys(laws.symmetry.space.constants).flatMap((constant) => strippedOf(laws, constant) ?? [])
  const [first] = all
  if (first === undefined) return derivation
  const beside = { ...derivation, matrix: all.map((s) => s.law), steps: [...derivation.steps, ...all.map((s) => s.step)] }
  return Object.keys(laws.symmetry.space.constants).length === 1 ? { ...beside, laws: first.law.laws, coordinateFree: derivation.laws } : beside
}
