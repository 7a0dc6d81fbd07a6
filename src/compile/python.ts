import { InputError } from '../errors.js'
import { sym } from '../algebra/build.js'
import { toNumber } from '../algebra/rational.js'
import type { System } from './integrator/rightHandSide.js'
import { Graph, type Node, type OperationName, argumentsOf, f64 } from './ir.js'
import { Lowering } from './lower.js'
import { TABLEAUS } from './methods/index.js'
import { countUses, isShared } from './schedule.js'

const join = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)})`
const of = (name: string) => (a: readonly string[]): string => `np.${name}(${a.join(', ')})`
const OPERATION: Partial<Record<OperationName, (args: readonly string[]) => string>> = {
  add: join('+'), sub: join('-'), mul: join('*'), div: join('/'), min: of('minimum'), max: of('maximum'), neg: (a) => `(-${a[0]})`,
  abs: of('abs'), sqrt: of('sqrt'), lt: join('<'), le: join('<='), select: of('where'),
}
const FUNCTION: Readonly<Record<string, string>> = { atan: 'arctan', pow: 'power' }

/** Statements of a function body that computes the nodes, and the texts of their values. */
function straightLine(outputs: readonly Node[]): { readonly lines: readonly string[]; readonly values: readonly string[] } {
  const { uses } = countUses(outputs)
  const names = new Map<Node, string>()
  const lines: string[] = []
  const write = (node: Node): string => {
    const known = names.get(node)
    if (known !== undefined) return known
    const args = argumentsOf(node).map(write)
    let text: string
    if (node.kind === 'constant') text = `${node.value}`
    else if (node.kind === 'local') text = node.local.name
    else if (node.kind === 'call') text = of(FUNCTION[node.callee] ?? node.callee)(args)
    else {
      const form = node.kind === 'operation' ? OPERATION[node.op] : undefined
      if (form === undefined) throw new TypeError('operation without a NumPy form')
      text = form(args)
    }
    if (!isShared(node, uses.get(node) ?? 1)) return text
    const name = `s${names.size}`
    names.set(node, name)
    lines.push(`    ${name} = ${text}`)
    return name
  }
  const values = outputs.map(write)
  return { lines, values }
}

function rightHandSide(system: System): readonly string[] {
  const g = new Graph()
  const variables = new Map([
    [sym(system.time ?? 't'), g.read(f64('t'))] as const,
    ...(system.parameters ?? []).map((name, i) => [sym(name), g.read(f64(`p[${i}]`))] as const),
    ...system.states.map((name, i) => [sym(name), g.read(f64(`y[${i}]`))] as const),
  ])
  const lowering = new Lowering(g, (quantity) => variables.get(quantity))
  const { lines, values } = straightLine(system.rhs.map((e) => lowering.lower(e)))
  return [
    'def rhs(t, y, p):',
    `    """Rates of ${system.states.join(', ')}; y[i] may be an array, one entry a trajectory; ` +
      `p: ${system.parameters?.join(', ') || 'none'}."""`,
    ...lines,
    `    return np.stack(np.broadcast_arrays(${values.map((v) => `np.asarray(${v})`).join(', ')}, y[0])[:-1])`,
  ]
}

const NUMPY_LOOP = `
def integrate(y0, t0, t1, p=(), rtol=1e-9, atol=1e-12, step=None, max_steps=1000000):
    """Integrates from t0 to t1. Returns (t, y, steps): the time reached, the state there, the accepted steps.

    Raises ArithmeticError, with the place, if the step size falls below roundoff or max_steps is reached.
    """
    y = np.asarray(y0, dtype=float)
    t, direction = float(t0), 1.0 if t1 >= t0 else -1.0
    k = [None] * len(A)
    k[0] = rhs(t, y, p)
    h = abs(t1 - t0) * 1e-3 if step is None else step
    if E is not None and step is None:
        d0 = np.max(np.abs(y) / (atol + rtol * np.abs(y)))
        d1 = np.max(np.abs(k[0]) / (atol + rtol * np.abs(y)))
        h = min(abs(t1 - t0), 0.01 * d0 / d1 if d0 > 1e-5 and d1 > 1e-5 else 1e-6)
    steps = attempts = 0
    while (t1 - t) * direction > 0:
        attempts += 1
        if attempts > max_steps:
            raise ArithmeticError(f"step limit reached at t = {t}, y = {y}")
        last = abs(t1 - t) <= 1.0001 * h
        s = t1 - t if last else h * direction
        if not last and abs(s) <= 1e-15 * abs(t):
            raise ArithmeticError(f"step size below roundoff at t = {t}, y = {y}")
        for i in range(1, len(A) - 1):
            k[i] = rhs(t + C[i] * s, y + s * sum(a * k[j] for j, a in enumerate(A[i]) if a != 0), p)
        new = y + s * sum(b * k[j] for j, b in enumerate(B[:-1]) if b != 0)
        k[-1] = rhs(t + s, new, p)
        if E is None:
            if not np.all(np.isfinite(new)):
                raise ArithmeticError(f"solution not finite at t = {t}, y = {y}")
            t, y, steps = (t1 if last else t + s), new, steps + 1
            k[0] = k[-1]
            continue
        scale = atol + rtol * np.maximum(np.abs(y), np.abs(new))
        error = np.sqrt(np.mean((s * sum(e * k[j] for j, e in enumerate(E) if e != 0) / scale) ** 2, axis=0)).max()
        if error <= 1:
            t, y, steps = (t1 if last else t + s), new, steps + 1
            k[0] = k[-1]
            h = abs(s) * min(10.0, 0.9 * max(error, 1e-10) ** (-1 / ORDER))
        else:
            h = abs(s) * (max(0.1, 0.9 * error ** (-1 / ORDER)) if np.isfinite(error) else 0.1)
    return t, y, steps
`

const JAX_LOOP = `
@partial(jax.jit, static_argnames=("max_steps",))
def integrate(y0, t0, t1, p=(), rtol=1e-9, atol=1e-12, step=1e-3, max_steps=1000000):
    """Integrates from t0 to t1 > t0. Returns (t, y, steps); t < t1 tells that max_steps was reached or the solution left its domain.

    Differentiable forward, and mapped over initial values and parameters by jax.vmap.
    """
    y0 = np.asarray(y0, dtype=np.float64)

    def advance(carry):
        t, y, first, h, steps, attempts = carry
        last = t1 - t <= 1.0001 * h
        s = np.where(last, t1 - t, h)
        k = [first]
        for i in range(1, len(A) - 1):
            k.append(rhs(t + C[i] * s, y + s * sum(a * k[j] for j, a in enumerate(A[i]) if a != 0), p))
        new = y + s * sum(b * k[j] for j, b in enumerate(B[:-1]) if b != 0)
        k.append(rhs(t + s, new, p))
        if E is None:
            error = np.where(np.all(np.isfinite(new)), 0.0, np.inf)
        else:
            scale = atol + rtol * np.maximum(np.abs(y), np.abs(new))
            error = np.sqrt(np.mean((s * sum(e * k[j] for j, e in enumerate(E) if e != 0) / scale) ** 2))
        ok = error <= 1
        finite = np.isfinite(error)
        factor = np.where(finite, np.clip(0.9 * np.maximum(np.where(finite, error, 1.0), 1e-10) ** (-1 / ORDER), 0.1, 10.0), 0.1)
        h = h if E is None else s * factor
        return (np.where(ok, np.where(last, t1, t + s), t), np.where(ok, new, y), np.where(ok, k[-1], first), h,
                steps + ok, attempts + 1)

    def running(carry):
        t, _, _, h, _, attempts = carry
        return (t < t1) & (attempts < max_steps) & (h > 1e-15 * np.abs(t))

    start = (np.asarray(t0, dtype=np.float64), y0, rhs(t0, y0, p), np.asarray(step, dtype=np.float64), 0, 0)
    t, y, _, _, steps, _ = jax.lax.while_loop(running, advance, start)
    return t, y, steps
`

/**
 * Python source of an integrator: the right-hand side as NumPy code and an adaptive loop over the method's tableau; for JAX the same
 * under \`jit\`, ready for \`vmap\`.
 * @throws InputError for a method without tableau and for driven systems, which the compiled targets serve.
 */
export function pythonSource(system: System, method: string, jax: boolean): string {
  const tableau = TABLEAUS[method]
  if (tableau === undefined) throw new InputError(`method ${method} has no Python form`, `one of ${Object.keys(TABLEAUS).join(', ')}`)
  if ((system.signals?.names.length ?? 0) > 0) throw new InputError('driven systems have no Python form', 'emit C and load it by ctypes')
  const list = (row: readonly { readonly num: bigint; readonly den: bigint }[]): string => `[${row.map(toNumber).join(', ')}]`
  const error = tableau.errors[0]
  return [
    `"""Integrator of ${system.states.join(', ')} by ${tableau.title}, generated by noether. ${tableau.source}"""`,
    ...(jax
      ? ['from functools import partial', '', 'import jax', 'import jax.numpy as np', '', 'jax.config.update("jax_enable_x64", True)']
      : ['import numpy as np']),
    '',
    `STATES = ${JSON.stringify(system.states)}`,
    `PARAMETERS = ${JSON.stringify(system.parameters ?? [])}`,
    `C = ${list(tableau.c)}`,
    `A = [${tableau.a.map(list).join(',\n     ')}]`,
    `B = ${list(tableau.b)}`,
    `E = ${error === undefined ? 'None' : list(error.weights)}`,
    `ORDER = ${error === undefined ? tableau.order : error.order + 1}`,
    '',
    '',
    ...rightHandSide(system),
    '',
    jax ? JAX_LOOP : NUMPY_LOOP,
  ].join('\n').replaceAll('\\`', '`')
}
