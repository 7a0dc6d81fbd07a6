import { mulR, rational } from '../algebra/rational.js'
import type { Support } from './laws.js'
import { type Model, type ParameterBlock, parameterName, proves } from './model.js'
import { type Polynomial, derivative, variablesOf } from './polynomial.js'
import { type GramEntry, type GramTerm, asGramEntry, combinationText, gramPolynomial, gramSumText, patternKey } from './recognise.js'

/** A one-parameter family of maps of the parameters that leaves the network's function unchanged. */
export interface CausingSymmetry {
  /** Family as in a problem file: `linear`, `rescale`, `scale`, or `polynomial` for a generator that is none of these. */
  readonly family: string
  /** δ of each block (or parameter) that moves, in the expression text. */
  readonly generator: Readonly<Record<string, string>>
  /** What the constant M may be, where there is one. */
  readonly constant?: 'symmetric' | 'diagonal'
}

/** A law, or all the laws of one matrix form. */
export interface ConservationLaw {
  /** In the expression text; `diag(X)` are the diagonal entries of X, `gram(K,a)` the inner products of the slices of a tensor along axis a. */
  readonly text: string
  readonly form: 'matrix' | 'diagonal' | 'scalar'
  /** Number of scalar laws: n(n+1)/2 for a symmetric matrix, n for its diagonal. They may depend on each other. */
  readonly scalars: number
  readonly symmetry: CausingSymmetry
  /** The scalar laws themselves, over the numbered parameters. */
  readonly polynomials: readonly Polynomial[]
}

/** M acts on a block along the axis of its Gram matrix: W·M on columns, M·W on rows. */
function actionText({ block, axis }: GramTerm): string {
  if (block.shape.length < 2) return `M*${block.name}`
  if (block.shape.length === 2) return axis === 1 ? `${block.name}*M` : `M*${block.name}`
  return `act(M,${block.name},${axis + 1})`
}

function gramSymmetry(entry: GramEntry, constant: 'symmetric' | 'diagonal'): CausingSymmetry {
  const generator = Object.fromEntries(
    entry.terms.map((t) => [t.block.name, combinationText([{ coefficient: t.coefficient, text: actionText(t) }])]),
  )
  const family = entry.terms.length === 1 ? 'scale' : constant === 'diagonal' ? 'rescale' : 'linear'
  return { family, generator, constant }
}

/** A polynomial in the names of the single parameters. */
export function polynomialText(blocks: readonly ParameterBlock[], h: Polynomial): string {
  return combinationText(
    h.map(({ coefficient, monomial }) => {
      const factors = [...new Set(monomial)].map((v) => {
        const exponent = monomial.filter((x) => x === v).length
        return exponent === 1 ? parameterName(blocks, v) : `${parameterName(blocks, v)}^${exponent}`
      })
      return { coefficient, text: factors.join('*') }
    }),
  )
}

/** ⟨∇h, ∇φᵢ⟩ = 0 says that φ is invariant under the flow of ∇h: every law of a Euclidean gradient flow has a symmetry. */
function gradientSymmetry(blocks: readonly ParameterBlock[], h: Polynomial): CausingSymmetry {
  const degree = Math.max(...h.map((t) => t.monomial.length))
  const scale = rational(1, degree === 2 && h.every((t) => t.monomial.length === 2) ? 2 : 1)
  const generator = variablesOf(h).map((v) => {
    const slope = derivative(h, v).map((t) => ({ monomial: t.monomial, coefficient: mulR(t.coefficient, scale) }))
    return [parameterName(blocks, v), polynomialText(blocks, slope)] as const
  })
  return { family: degree === 1 ? 'translation' : degree === 2 ? 'linear' : 'polynomial', generator: Object.fromEntries(generator) }
}

const scalarLaw = (blocks: readonly ParameterBlock[], h: Polynomial): ConservationLaw => ({
  text: polynomialText(blocks, h), form: 'scalar', scalars: 1, symmetry: gradientSymmetry(blocks, h), polynomials: [h],
})

function entriesOf(entry: GramEntry, diagonal: boolean): readonly Polynomial[] {
  const result: Polynomial[] = []
  for (let j = 0; j < entry.size; j++)
    for (let k = j; k < (diagonal ? j + 1 : entry.size); k++) result.push(gramPolynomial(entry.terms, j, k))
  return result
}

/** Puts laws that are entries of one matrix together where the whole matrix, or its whole diagonal, is proved; the others stay scalars. */
export function describeLaws(model: Model, supports: readonly Support[], laws: readonly Polynomial[]): readonly ConservationLaw[] {
  const described: ConservationLaw[] = []
  const settled = new Set<string>()
  for (const law of laws) {
    const entry = asGramEntry(model.blocks, law)
    const key = entry === undefined ? '' : patternKey(entry)
    if (entry === undefined) described.push(scalarLaw(model.blocks, law))
    else if (!settled.has(key)) {
      const diagonal = entriesOf(entry, true)
      const matrix = entriesOf(entry, false)
      const text = gramSumText(entry.terms)
      const provedDiagonal = diagonal.every((h) => proves(supports, h))
      if (provedDiagonal && entry.size > 1 && matrix.every((h) => proves(supports, h))) {
        described.push({ text, form: 'matrix', scalars: matrix.length, symmetry: gramSymmetry(entry, 'symmetric'), polynomials: matrix })
        settled.add(key)
      } else if (provedDiagonal && law.every((t) => t.monomial[0] === t.monomial[1])) {
        described.push({
          text: entry.size > 1 ? `diag(${text})` : text,
          form: 'diagonal', scalars: entry.size, symmetry: gramSymmetry(entry, 'diagonal'), polynomials: diagonal,
        })
        settled.add(key)
      } else described.push(scalarLaw(model.blocks, law))
    }
  }
  return described
}
