import { ONE, isZero, mul, sym, termsOf } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { arbitraryIn } from '../jets/space.js'
import { bare } from './bare.js'
import type { Derivation, MatrixLaw, Statement, Step } from './derivation.js'
import { documentOf } from './document.js'
import type { Laws } from './engine.js'
import { type BlockForm, type Stripping, bearers, inBlocks, isLinearIn, lawsInBlocks, matrixForm, scalarsOf, strippingOf, traceForm } from './matrix.js'
import { checkBlockForms } from './matrixCheck.js'
import { namedParts } from './noetherParts.js'

function bareLaws(laws: Derivation['laws']): Derivation['laws'] {
  const { discrete, discreteSolution, flow } = laws
  return {
    ...laws,
    flow: flow.map((f) => ({ ...f, charge: bare(f.charge) })),
    ...(discreteSolution === undefined ? {} : { discreteSolution: { ...discreteSolution, initial: discreteSolution.initial.map(bare) } }),
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

/** A factor of a product: a sum of several matrices in brackets. */
function inBrackets(matrix: Expr): Statement {
  const { text, latex } = writeScalar(matrix)
  return termsOf(matrix).length === 1 ? { text, latex } : { text: `(${text})`, latex: `\\left(${latex}\\right)` }
}

/** `trace(C*M) = scale*charge`. */
function traceIdentity(charge: Expr, matrix: Expr, s: Stripping): Statement {
  const [left, name] = [inBrackets(matrix), writeScalar(sym(s.constant))]
  const constant = s.transposed ? { text: `transpose(${name.text})`, latex: `${name.latex}^{\\top}` } : name
  const trace = { text: `trace(${left.text}*${constant.text})`, latex: `\\operatorname{tr}\\left(${left.latex} ${constant.latex}\\right)` }
  return writeEquation(trace, writeScalar(mul(s.scale, charge)))
}

const SECTION = 'In blocks'

/** Noether's identity in the block form, unscaled: δT = tr(K M). Parts that vanish there are left out. */
function noetherInBlocks(derivation: Derivation, { noether }: Laws, form: BlockForm): Pick<Derivation, 'ksb' | 'noether'> {
  const kinetic = noether === undefined ? undefined : inBlocks(noether.kinetic, form)
  if (noether === undefined || kinetic === undefined) return derivation
  const parts = namedParts(noether).map(({ name, value }) => ({ name, value: inBlocks(value, form) ?? value })).filter(({ value }) => !isZero(value))
  const ksb = { ...derivation.ksb, ...bare(writeScalar(kinetic)), vanishes: isZero(kinetic) }
  return { ksb, noether: { charge: bare(writeScalar(inBlocks(noether.charge, form) ?? noether.charge)), parts: parts.map(({ name, value }) => ({ name, ...bare(writeScalar(value)) })) } }
}

/** A law stripped of one constant, and the step of the derivation that does it. */
interface Stripped {
  readonly law: MatrixLaw
  readonly stripping: Stripping
  readonly step: Step
}

function strippedOf(laws: Laws, constant: string): Stripped | undefined {
  const candidates = chargesOf(laws).flatMap((charge) => {
    const stripping = strippingOf(charge, laws.symmetry.space, constant)
    return stripping === undefined ? [] : [{ charge, stripping }]
  })
  const [first] = candidates
  if (first === undefined || !isLinearIn(laws)) return undefined
  const { charge, stripping } = first
  const form = matrixForm(stripping)
  const [matrices, matrixCharge] = [lawsInBlocks(laws, form), inBlocks(charge, form)]
  if (matrices === undefined || matrixCharge === undefined) return undefined
  const { kind, scale, transposed } = stripping
  const verified = checkBlockForms(laws, form, scale, { kind: 'constant', name: constant, transposed })
  const identity = traceIdentity(charge, matrixCharge, stripping)
  const why = `Every contraction of the laws is linear in ${constant}, so it is the trace of a matrix times ${constant}; as ${constant} is an arbitrary ${kind === 'general' ? '' : `${kind} `}matrix, the laws hold for the matrices.`
  const step = { section: SECTION, before: writeScalar(charge), after: identity, why, verified }
  return { law: { constant, kind, identity, laws: bareLaws(documentOf('', matrices, []).laws), verified }, stripping, step }
}

/** The laws with operators and polynomial fields written out as traces of products of blocks. */
function inTraces(derivation: Derivation, laws: Laws): Derivation {
  const form = traceForm(laws.symmetry.space)
  const [charge] = chargesOf(laws)
  const [traces, written] = [lawsInBlocks(laws, form), charge === undefined ? undefined : inBlocks(charge, form)]
  if (charge === undefined || traces === undefined || written === undefined || scalarsOf(laws).every((e) => bearers(e).length === 0)) return derivation
  const verified = checkBlockForms(laws, form, ONE)
  const step = { section: SECTION, before: writeScalar(charge), after: writeScalar(written), why: 'Inner products are traces of products of blocks.', verified }
  return { ...derivation, ...noetherInBlocks(derivation, laws, form), laws: documentOf('', traces, []).laws, coordinateFree: derivation.laws, steps: [...derivation.steps, step] }
}

/**
 * A derivation whose laws are written in blocks: stripped of their arbitrary constant where there is one and they are linear in it,
 * else as traces. The coordinate-free laws stay beside them; several constants give one matrix law each.
 */
export function writtenInBlocks(derivation: Derivation, laws: Laws): Derivation {
  const constants = arbitraryIn(laws.symmetry.space.constants)
  const all = constants.flatMap((constant) => strippedOf(laws, constant) ?? [])
  const [first] = all
  if (first === undefined) return inTraces(derivation, laws)
  const noether = noetherInBlocks(derivation, laws, matrixForm({ ...first.stripping, scale: ONE }))
  const base = constants.length === 1 ? { ...derivation, ...noether, laws: first.law.laws, coordinateFree: derivation.laws } : inTraces(derivation, laws)
  return { ...base, matrix: all.map((s) => s.law), steps: [...base.steps, ...all.map((s) => s.step)] }
}
