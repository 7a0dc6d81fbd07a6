import { type Tensor, argsOf, contract, fill, largest, map, partial, plus, times } from './graph.js'

/** All tensors below the roots, arguments before their users. */
export function ordered(roots: readonly Tensor[]): readonly Tensor[] {
  const done = new Set<Tensor>()
  const order: Tensor[] = []
  const stack = roots.map((tensor) => ({ tensor, entered: false }))
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.entered) order.push(item.tensor)
    else if (!done.has(item.tensor)) {
      done.add(item.tensor)
      stack.push({ tensor: item.tensor, entered: true })
      for (const a of argsOf(item.tensor)) if (!done.has(a)) stack.push({ tensor: a, entered: false })
    }
  }
  return order
}

/** What the cotangent of a tensor contributes to its argument i. */
function pulledBack(t: Tensor, i: number, cotangent: Tensor): Tensor | undefined {
  if (t.kind === 'map') return times(cotangent, partial(t, i))
  if (t.kind !== 'contract') return undefined
  const target = t.args[i]
  const access = t.inputs[i]
  if (target === undefined || access === undefined) return undefined
  const others = t.args.map((_, k) => k).filter((k) => k !== i)
  return contract(
    [cotangent, ...others.flatMap((k) => t.args[k] ?? [])],
    [t.output, ...others.flatMap((k) => (t.inputs[k] === undefined ? [] : [t.inputs[k]]))],
    access, t.sizes, target.shape,
  )
}

/**
 * Reverse mode: the derivatives of a scalar by tensors below it, as tensors of their shapes.
 * @throws RangeError if the first argument is no scalar.
 */
export function gradient(value: Tensor, by: readonly Tensor[]): readonly Tensor[] {
  if (value.shape.length !== 0) throw new RangeError('only a scalar has a gradient')
  const cotangents = new Map<Tensor, Tensor>([[value, fill(1)]])
  const order = ordered([value])
  const wanted = new Set(by)
  const relevant = new Set<Tensor>()
  for (const t of order) if (wanted.has(t) || argsOf(t).some((a) => relevant.has(a))) relevant.add(t)
  for (const t of order.toReversed()) {
    const cotangent = cotangents.get(t)
    if (cotangent === undefined) continue
    for (const [i, a] of argsOf(t).entries()) {
      if (!relevant.has(a)) continue
      const part = pulledBack(t, i, cotangent)
      const known = cotangents.get(a)
      if (part !== undefined) cotangents.set(a, known === undefined ? part : plus(known, part))
    }
  }
  return by.map((t) => cotangents.get(t) ?? fill(0, t.shape))
}

/** Forward mode: the derivatives of tensors along directions given for some of the tensors below them. */
export function tangent(values: readonly Tensor[], directions: ReadonlyMap<Tensor, Tensor>): readonly Tensor[] {
  const tangents = new Map<Tensor, Tensor>(directions)
  for (const t of ordered(values)) {
    if (tangents.has(t)) continue
    let total: Tensor | undefined
    for (const [i, a] of argsOf(t).entries()) {
      const direction = tangents.get(a)
      if (direction === undefined) continue
      const part = pushedForward(t, i, direction)
      if (part !== undefined) total = total === undefined ? part : plus(total, part)
    }
    if (total !== undefined) tangents.set(t, total)
  }
  return values.map((t) => tangents.get(t) ?? fill(0, t.shape))
}

function pushedForward(t: Tensor, i: number, direction: Tensor): Tensor | undefined {
  if (t.kind === 'map') return times(partial(t, i), direction)
  if (t.kind !== 'contract') return undefined
  return contract(t.args.map((a, k) => (k === i ? direction : a)), t.inputs, t.output, t.sizes, t.shape)
}

/** Tensors with others in the place of some that stand in them: inputs, or what is computed from them. */
export function substituted(roots: readonly Tensor[], values: ReadonlyMap<Tensor, Tensor>): readonly Tensor[] {
  const made = new Map<Tensor, Tensor>(values)
  const put = (t: Tensor): Tensor => made.get(t) ?? t
  for (const t of ordered(roots)) if (!made.has(t)) made.set(t, remade(t, argsOf(t).map(put)))
  return roots.map(put)
}

function remade(t: Tensor, args: readonly Tensor[]): Tensor {
  const [first] = args
  if (first === undefined || args.every((a, i) => a === argsOf(t)[i])) return t
  if (t.kind === 'map') return map(t.value, ...args)
  return t.kind === 'contract' ? contract(args, t.inputs, t.output, t.sizes, t.shape) : largest(first)
}

/** Hessian of a scalar applied to directions: forward over reverse mode. */
export const hessianVector = (value: Tensor, by: readonly Tensor[], direction: readonly Tensor[]): readonly Tensor[] =>
  tangent(gradient(value, by), directionsOf(by, direction))

/** The third derivative of a scalar contracted with two directions. */
export const thirdDerivative = (value: Tensor, by: readonly Tensor[], x: readonly Tensor[], y: readonly Tensor[]): readonly Tensor[] =>
  tangent(hessianVector(value, by, x), directionsOf(by, y))

function directionsOf(by: readonly Tensor[], direction: readonly Tensor[]): ReadonlyMap<Tensor, Tensor> {
  return new Map(by.flatMap((t, i) => (direction[i] === undefined ? [] : [[t, direction[i]] as const])))
}
