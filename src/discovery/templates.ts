import { R1 } from '../algebra/rational.js'
import { type ConservationLaw, formEntries, formLaw } from './describe.js'
import type { LawSearch, Support } from './laws.js'
import type { Model, ParameterBlock } from './model.js'
import { type FormSum, type TensorForm, formPolynomial, formSize, formSumText, normalized } from './tensor-forms.js'

/** Axes of a block, those along which it is likely to be read first where a size leaves more than one reading. */
function axes(block: ParameterBlock, produced: boolean): readonly number[] {
  const all = block.shape.map((_, axis) => axis)
  const likely = (axis: number): number => ((axis === block.outputAxis) === produced ? 0 : 1)
  return all.sort((a, b) => likely(a) - likely(b))
}

/** Pairs of a block and its velocities, for a momentum flow. */
function wedges(support: Support, { parameters, clock }: NonNullable<Model['momentum']>): readonly TensorForm[] {
  return support.blocks.flatMap((block) => {
    const velocity = support.blocks.find((b) => b.offset === block.offset + parameters && b.name === `d${block.name}`)
    return velocity === undefined ? [] : block.shape.map((_, axis) => ({ block, kind: 'wedge' as const, axis, velocity, clock }))
  })
}

/** The forms of one kind on a support. The block in front is taken to produce the units of an interface, the others to read them. */
function forms(support: Support, kind: TensorForm['kind']): readonly TensorForm[] {
  return support.blocks.flatMap((block, i) => {
    if (kind === 'norm' || kind === 'entries' || block.shape.length === 0) return [{ block, kind, axis: 0 }]
    return axes(block, i === 0 || block.shape.length === 1).map((axis) => ({ block, kind, axis }))
  })
}

function bySize(all: readonly TensorForm[]): readonly (readonly TensorForm[])[] {
  const groups = new Map<number, TensorForm[]>()
  for (const form of all) groups.set(formSize(form), [...(groups.get(formSize(form)) ?? []), form])
  return [...groups.values()]
}

/**
 * Laws that are sums of tensors of one kind over the blocks of a support — Gram matrices, their diagonals, squared norms, sums along an axis,
 * the blocks themselves. One coefficient for each block and axis, so that the linear algebra is tiny; every entry is then proved.
 */
export class TemplateSearch {
  private readonly settled = new Set<string>()

  constructor(
    private readonly search: LawSearch,
    private readonly wanted: number,
    private readonly momentum: Model['momentum'],
  ) {}

  /** Laws of one kind on one support; `wedge` needs a momentum flow. */
  find(support: Support, kind: TensorForm['kind']): readonly ConservationLaw[] {
    if (kind === 'wedge' && this.momentum === undefined) return []
    const all = kind === 'wedge' && this.momentum !== undefined ? wedges(support, this.momentum).filter((form) => formSize(form) > 1) : forms(support, kind)
    return bySize(all).flatMap((group) => {
      if (this.search.independent >= this.wanted) return []
      const columns = group.map((form) => formPolynomial([{ coefficient: R1, form }], 0, kind === 'wedge' ? 1 : 0))
      return this.search.candidates(columns).flatMap((vector) => {
        const sum = normalized(vector.flatMap((coefficient, i) => (group[i] === undefined ? [] : [{ coefficient, form: group[i] }])))
        return this.prove(support, sum)
      })
    })
  }

  private prove(support: Support, sum: FormSum): readonly ConservationLaw[] {
    const text = formSumText(sum)
    const form = this.settled.has(text) ? undefined : this.provedForm(support, sum)
    if (form === undefined) return []
    this.settled.add(text)
    const law = formLaw(sum, form)
    const before = this.search.independent
    for (const h of law.polynomials) if (this.search.independent < this.wanted) this.search.count(h)
    return this.search.independent > before ? [law] : []
  }

  /** The largest form of which every entry is conserved. */
  private provedForm(support: Support, sum: FormSum): ConservationLaw['form'] | undefined {
    const holds = (form: ConservationLaw['form']): boolean => formEntries(sum, form).every((h) => !this.search.refutes(h) && support.system.conserves(h))
    const kind = sum[0]?.form.kind
    const single = sum[0] === undefined || formSize(sum[0].form) === 1
    if (kind === 'wedge') return holds('antisymmetric') ? 'antisymmetric' : undefined
    if (kind !== 'gram') return holds(single ? 'scalar' : 'vector') ? (single ? 'scalar' : 'vector') : undefined
    if (!holds('diagonal')) return undefined
    if (single) return 'scalar'
    return holds('matrix') ? 'matrix' : 'diagonal'
  }
}
