import { sym } from '../../algebra/build.js'
import { Graph } from '../graph.js'
import { f64 } from '../ir.js'
import { Lowering } from '../lower.js'
import { literal, straightLine } from '../pythonText.js'
import { ordered } from './derivative.js'
import { type Access, type Sizes, type Tensor, argsOf, argument, isPlain, reachOf, sizeOf } from './graph.js'
import { type Contraction, labelsOf } from './layout.js'

/** A vector field of tensors, what its inputs are, and how its state is put together. */
export interface TensorField {
  readonly field: readonly Tensor[]
  readonly parameters: readonly { readonly name: string; readonly start: number }[]
  readonly data: Readonly<Record<string, ArrayLike<number>>>
  readonly scalars: readonly string[]
  readonly note: string
}

/** What adds values into zeros at places that may be named twice, which NumPy does in place and JAX does not. */
const SCATTER = {
  numpy: ['    out = np.zeros(shape)', '    np.add.at(out, index, values)', '    return out'],
  jax: ['    return np.zeros(shape).at[index].add(values)'],
}

const tuple = (items: readonly (string | number)[]): string => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`
const unique = (access: Access): readonly string[] => [...new Set(labelsOf(access))]

/** Whether labels run over whole axes, one over each. */
const isWhole = (access: Access, shape: readonly number[], sizes: Sizes): boolean =>
  isPlain(access) && access.every(({ terms }, k) => sizes[terms[0]?.label ?? ''] === shape[k])

/** Zeros that an access needs before and behind each axis, so that none of its elements is absent. */
const margins = (access: Access, shape: readonly number[], sizes: Sizes): readonly (readonly [number, number])[] =>
  access.map((index, k) => {
    const [low, high] = reachOf(index, sizes)
    return [Math.max(0, -low), Math.max(0, high - (shape[k] ?? 1) + 1)]
  })

/** The index of each axis as an open grid over the labels. */
function grid(access: Access, labels: readonly string[], sizes: Sizes, margin: readonly (readonly [number, number])[]): string {
  const run = (label: string, factor: number): string => {
    const shape = labels.map((other) => (other === label ? sizes[label] ?? 1 : 1))
    return `${factor === 1 ? '' : `${factor} * `}np.arange(${sizes[label] ?? 1}).reshape${tuple(shape)}`
  }
  const at = access.map(({ terms, offset }, k) => {
    const first = offset + (margin[k]?.[0] ?? 0)
    return [...terms.map(({ label, factor }) => run(label, factor)), ...(first === 0 && terms.length > 0 ? [] : [`${first}`])].join(' + ')
  })
  return tuple(at)
}

/**
 * Text of a contraction: a matrix product, a repetition, or a sum in Einstein's notation, between a gather and a scatter where its indices
 * are no plain labels.
 */
function contraction(t: Contraction, args: readonly string[]): string {
  const operands = args.map((name, i) => {
    const [access, shape] = [t.inputs[i] ?? [], t.args[i]?.shape ?? []]
    if (isWhole(access, shape, t.sizes)) return { name, labels: labelsOf(access) }
    const [labels, margin] = [unique(access), margins(access, shape, t.sizes)]
    const padded = margin.some((m) => m[0] + m[1] > 0) ? `np.pad(${name}, ${tuple(margin.map((m) => tuple(m)))})` : name
    return { name: `${padded}[${grid(access, labels, t.sizes, margin)}]`, labels }
  })
  const whole = isWhole(t.output, t.shape, t.sizes)
  const result = whole ? labelsOf(t.output) : unique(t.output)
  const missing = Object.keys(t.sizes).filter((label) => !operands.some((o) => o.labels.includes(label)))
  const value = matrixProduct(operands, result) ?? repetition(operands, result, t.sizes) ??
    einstein([...operands, ...missing.map((label) => ({ name: `np.ones(${t.sizes[label] ?? 1})`, labels: [label] }))], result)
  if (whole) return value
  const margin = margins(t.output, t.shape, t.sizes)
  const wide = t.shape.map((size, k) => size + (margin[k]?.[0] ?? 0) + (margin[k]?.[1] ?? 0))
  const kept = t.shape.map((size, k) => `${margin[k]?.[0] ?? 0}:${(margin[k]?.[0] ?? 0) + size}`)
  return `scatter(${tuple(wide)}, ${grid(t.output, result, t.sizes, margin)}, ${value})${kept.length > 0 ? `[${kept.join(', ')}]` : ''}`
}

interface Operand {
  readonly name: string
  readonly labels: readonly string[]
}

function matrixProduct(operands: readonly Operand[], result: readonly string[]): string | undefined {
  const [row, column] = result
  const left = operands.find((o) => o.labels.includes(row ?? ''))
  const right = operands.find((o) => o !== left && o.labels.includes(column ?? ''))
  const depth = left?.labels.find((label) => label !== row)
  const fits = operands.length === 2 && result.length === 2 && left?.labels.length === 2 && right?.labels.length === 2
  if (!fits || left === undefined || right === undefined || !right.labels.includes(depth ?? '') || depth === column) return undefined
  return `${left.name}${left.labels[0] === row ? '' : '.T'} @ ${right.name}${right.labels[1] === column ? '' : '.T'}`
}

/** One tensor repeated along new axes. */
function repetition([only, ...others]: readonly Operand[], result: readonly string[], sizes: Sizes): string | undefined {
  const kept = result.filter((label) => only?.labels.includes(label))
  if (only === undefined || others.length > 0 || kept.join() !== only.labels.join()) return undefined
  const index = result.map((label) => (only.labels.includes(label) ? ':' : 'None')).join(', ')
  return `np.broadcast_to(${only.name}[${index}], ${tuple(result.map((label) => sizes[label] ?? 1))})`
}

function einstein(operands: readonly Operand[], result: readonly string[]): string {
  const letters = new Map([...new Set(operands.flatMap((o) => o.labels))].map((label, k) => [label, String.fromCodePoint(97 + k)]))
  const spelled = (labels: readonly string[]): string => labels.map((label) => letters.get(label) ?? '').join('')
  return `np.einsum("${operands.map((o) => spelled(o.labels)).join(',')}->${spelled(result)}", ${operands.map((o) => o.name).join(', ')})`
}

/**
 * Lines of a Python file that define `rhs(t, y, p, u=())`, the field as NumPy code; what no parameter changes is computed once.
 * @param jax whether `np` is JAX's NumPy.
 */
export function fieldInPython({ field, parameters, data, scalars, note }: TensorField, jax: boolean): readonly string[] {
  const names = new Map<Tensor, string>()
  const fixed = new Set<Tensor>()
  const [constants, lines]: [string[], string[]] = [[], []]
  const scalarsOf = new Map([[sym('t'), f64('t')] as const, ...scalars.map((name, k) => [sym(name), f64(`p[${k}]`)] as const)])
  let scatters = false
  const nameOf = (t: Tensor): string => names.get(t) ?? ''
  const put = (t: Tensor, isFixed: boolean, text: string, before: readonly string[] = []): void => {
    const name = `${isFixed ? 'c' : 'v'}${names.size}`
    names.set(t, name)
    if (isFixed) fixed.add(t)
    const indent = isFixed ? '' : '    '
    for (const line of [...before.map((one) => one.trimStart()), `${name} = ${text}`]) (isFixed ? constants : lines).push(`${indent}${line}`)
  }
  for (const t of ordered(field)) {
    const isFixed = argsOf(t).every((a) => fixed.has(a))
    switch (t.kind) {
      case 'input': {
        const start = parameters.find((p) => p.name === t.name)?.start
        const text = start === undefined
          ? `np.array([${Array.from(data[t.name] ?? []).map(literal).join(', ')}], dtype=float)`
          : `y[${start}:${start + sizeOf(t.shape)}]`
        put(t, start === undefined, `${text}.reshape(${tuple(t.shape)})`)
        break
      }
      case 'fill':
        put(t, true, `np.full(${tuple(t.shape)}, ${literal(t.value)}, dtype=float)`)
        break
      case 'largest':
        put(t, isFixed, `np.max(${nameOf(t.arg)}, axis=-1)`)
        break
      case 'map': {
        const g = new Graph()
        const own = new Map(t.args.map((a, k) => [argument(k), f64(nameOf(a))]))
        let pure = true
        const lowering = new Lowering(g, (quantity) => {
          const local = own.get(quantity) ?? scalarsOf.get(quantity)
          if (local !== undefined && !own.has(quantity)) pure = false
          return local === undefined ? undefined : g.read(local)
        })
        const { lines: before, values } = straightLine([lowering.lower(t.value)])
        put(t, isFixed && pure, values[0] ?? '', before)
        break
      }
      case 'contract':
        scatters ||= !isWhole(t.output, t.shape, t.sizes)
        put(t, isFixed, contraction(t, t.args.map(nameOf)))
    }
  }
  return [
    ...(scatters ? ['def scatter(shape, index, values):', ...SCATTER[jax ? 'jax' : 'numpy'], '', ''] : []),
    ...constants, '', '',
    'def rhs(t, y, p, u=()):',
    `    """Rates of ${note} p: ${scalars.join(', ') || 'none'}. y may have a second axis, one column a trajectory."""`,
    '    if y.ndim > 1:',
    '        values = [[q[k] if np.ndim(q) > 0 else q for q in p] for k in range(y.shape[1])]',
    '        return np.stack([rhs(t, y[:, k], values[k]) for k in range(y.shape[1])], axis=1)',
    ...lines,
    `    return np.concatenate([${field.map((t) => `${nameOf(t)}.ravel()`).join(', ')}])`,
  ]
}
