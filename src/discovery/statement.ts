import { compareR, divR, equalR, negR, textR } from '../algebra/rational.js'
import type { CausingSymmetry } from './describe.js'
import type { FormSum } from './tensor-forms.js'

/** The `parameters:` and `symmetry:` of a problem file from which a law and its fate under any learning rule can be derived. */
export interface ProblemStatement {
  readonly parameters: Readonly<Record<string, readonly (number | string)[]>>
  readonly symmetry: Readonly<Record<string, unknown>>
}

/** One member of a family of rescalings: the slices of each block that belong to it, as vectors of their own. */
function slices(sum: FormSum): ProblemStatement['parameters'] {
  return Object.fromEntries(sum.map(({ form }) => [form.block.name, form.block.shape.length < 2 && form.kind === 'gram' ? [] : [`d_${form.block.name}`]]))
}

/** `scale`, or `rescale` where the coefficients take one positive and one negative value, else the generator block by block. */
function scaling(sum: FormSum, symmetry: CausingSymmetry): Readonly<Record<string, unknown>> {
  const name = (t: FormSum[number]): string => t.form.block.name
  const positive = sum.filter((t) => t.coefficient.num > 0n)
  const negative = sum.filter((t) => t.coefficient.num < 0n)
  const [first, last] = [positive[0], negative[0]]
  const even = [positive, negative].every((part) => part.every((t) => part[0] !== undefined && equalR(t.coefficient, part[0].coefficient)))
  if (!even || first === undefined)
    return { generator: Object.fromEntries(sum.map((t) => [name(t), compareR(t.coefficient, { num: 1n, den: 1n }) === 0 ? name(t) : `${textR(t.coefficient)}*${name(t)}`])) }
  if (last === undefined) return { family: symmetry.family, on: sum.map(name) }
  return { family: 'rescale', in: positive.map(name), out: negative.map(name), degree: textR(divR(negR(last.coefficient), first.coefficient)) }
}

/** The statement for a law that is a sum of tensor forms. Undefined for tensors of more than two axes with a matrix of constants. */
export function statementOf(sum: FormSum, form: string, symmetry: CausingSymmetry): ProblemStatement | undefined {
  const [first] = sum
  if (first === undefined) return undefined
  const { kind } = first.form
  const names = sum.map((t) => t.form.block.name)
  if (kind === 'total' || kind === 'entries') {
    const single = kind === 'entries' || sum.every((t) => equalR(t.coefficient, first.coefficient))
    return single ? { parameters: Object.fromEntries(names.map((n) => [n, [`d_${n}`]])), symmetry: { family: 'translation', on: names } } : undefined
  }
  if (form === 'diagonal' || form === 'scalar') return { parameters: slices(sum), symmetry: scaling(sum, symmetry) }
  if (sum.some((t) => t.form.block.shape.length > 2)) return undefined
  const size = first.form.block.shape[first.form.axis] ?? 1
  return {
    parameters: Object.fromEntries(sum.map(({ form: { block } }) => [block.name, block.shape.length === 1 ? [...block.shape, 1] : block.shape])),
    symmetry: { generator: symmetry.generator, constants: { M: [size, size] }, [symmetry.constant ?? 'symmetric']: ['M'] },
  }
}
