import { add, div, mul, neg, pow, sqrt, sym, TWO } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { readExpr } from '../../algebra/read.js'
import { GRADIENT, coefficientOf, subVectors, variable, variableAtom, type Vector } from '../../jets/vector.js'
import { fieldToOrder } from '../../laws/engine.js'
import { modifiedField } from '../../rules/modifiedField.js'
import { modifiedFlow } from '../../rules/modifiedFlow.js'
import { readRule } from '../../rules/rule.js'
import type { Descent } from '../../problem/picture.js'
import { type Block, code } from '../document.js'
import { numberText } from '../numbers.js'
import type { Plot, Series } from '../plot.js'
import { type ConcreteLoss, inCoordinates } from './coordinates.js'
import { type Path, flowPath, iterates, numeric } from './paths.js'
import { spread } from './spread.js'

const NAMES = ['x', 'y'] as const
const VELOCITIES = ['x_rate', 'y_rate'] as const

function must<T>(value: T | undefined | { readonly ok: false; readonly reason: string }): T {
  if (value === undefined || (typeof value === 'object' && value !== null && 'reason' in value))
    throw new Error('gradient descent has a modified field and a modified flow')
  return value
}

/** The three continuous models of gradient descent, in coordinates, and how far each is from its iterates. */
export interface Comparison {
  readonly descent: Descent
  readonly iterates: Path
  readonly models: readonly {
    readonly name: string
    readonly role: 'theory' | 'second' | 'guide'
    readonly path: Path
    readonly error: number
  }[]
}

/** The modified flow m θ̈ + c θ̇ + rest = 0 as a system of first order, started with the velocity of the modified field. */
function secondOrder(equation: Vector, f: ConcreteLoss, eta: number): readonly Expr[] {
  const [m, c] = [coefficientOf(equation, variableAtom('theta', 2)), coefficientOf(equation, variableAtom('theta', 1))]
  const moving = [
    [m, variable('theta', 2)],
    [c, variable('theta', 1)],
  ] as const
  const rest = moving.reduce((x, [coefficient, v]) => subVectors(x, { terms: v.terms.map((t) => ({ ...t, coefficient })) }), equation)
  const force = inCoordinates(rest, f)
  const accelerations = force.map((e, i) => neg(div(add(e, mul(c, sym(VELOCITIES[i] ?? ''))), m)))
  return eta > 0 ? [...VELOCITIES.map((v) => sym(v)), ...accelerations] : force
}

/** Largest distance of a path, known at every step, from the iterates. */
const distance = (path: Path, points: Path, stride: number): number =>
  Math.max(
    ...points.x.map((x, k) =>
      Math.hypot((path.x[k * stride] ?? Number.NaN) - x, (path.y[k * stride] ?? Number.NaN) - (points.y[k] ?? Number.NaN)),
    ),
  )

const STRIDE = 6

/** Gradient descent against gradient flow, the modified loss's gradient flow and the modified flow, all derived by the engine. */
export function compare(descent: Descent): Comparison {
  const { eta, start, steps } = descent
  const f: ConcreteLoss = { coordinates: NAMES, loss: readExpr(descent.loss) }
  const rule = readRule({ name: 'sgd', lambda: 0 })
  const [field, flow] = [modifiedField(rule, 1), modifiedFlow(rule, 1)]
  const [modified, second] = [must(field.ok ? field.value : undefined), must(flow.ok ? flow.value : undefined)]
  const settings = { eta }
  const until = eta * steps
  const points = iterates(
    inCoordinates(GRADIENT, f).map((e) => neg(mul(sym('eta'), e))),
    NAMES,
    settings,
    start,
    steps,
  )
  const first = inCoordinates(fieldToOrder(modified, 1), f)
  const velocity = numeric(first, NAMES, settings)(start)
  const models = [
    {
      name: 'gradient flow',
      role: 'guide' as const,
      path: flowPath(inCoordinates(fieldToOrder(modified, 0), f), NAMES, settings, start, until, steps * STRIDE),
    },
    { name: 'modified loss', role: 'theory' as const, path: flowPath(first, NAMES, settings, start, until, steps * STRIDE) },
    {
      name: 'modified flow',
      role: 'second' as const,
      path: flowPath(
        secondOrder(second.equation, f, eta),
        [...NAMES, ...VELOCITIES],
        settings,
        [...start, ...velocity],
        until,
        steps * STRIDE,
      ),
    },
  ]
  return { descent, iterates: points, models: models.map((model) => ({ ...model, error: distance(model.path, points, STRIDE) })) }
}

/** Level curves of the loss: paths along the gradient turned by a right angle, at unit speed. */
function levels({ loss, start, window }: Descent): readonly Series[] {
  const slope = NAMES.map((name) => differentiate(readExpr(loss), name))
  const speed = sqrt(add(...slope.map((e) => pow(e, TWO))))
  const along = [neg(slope[1] ?? speed), slope[0] ?? speed].map((e) => div(e, speed))
  const reach = window.x[1] - window.x[0] + window.y[1] - window.y[0]
  const through = (seed: readonly [number, number]): Path => {
    const [behind, ahead] = [flowPath(along.map(neg), NAMES, {}, seed, reach), flowPath(along, NAMES, {}, seed, reach)]
    return { x: behind.x.toReversed().concat(ahead.x), y: behind.y.toReversed().concat(ahead.y) }
  }
  const own = through(start)
  const others = spread(window, [own], through, (window.y[1] - window.y[0]) / 9)
  return [own, ...others].map((path, i): Series => ({ kind: 'line', role: 'field', name: i === 0 ? 'levels of the loss' : '', ...path }))
}

function plotOf(comparison: Comparison): Plot {
  const { descent, iterates: points, models } = comparison
  const { window } = descent
  return {
    title: '',
    window: { x: { low: window.x[0], high: window.x[1] }, y: { low: window.y[0], high: window.y[1] } },
    x: { label: 'x', scale: 'linear' },
    y: { label: 'y', scale: 'linear' },
    series: [
      ...levels(descent),
      ...models.map((m): Series => ({ kind: 'line', role: m.role, name: m.name, ...m.path })),
      { kind: 'points', role: 'iterates', name: 'gradient descent', ...points },
    ],
  }
}

/** Gradient descent and its continuous models on a loss, with their errors. */
export function descentFigure(descent: Descent, id: string): Block {
  const comparison = compare(descent)
  const errors = comparison.models.map((m) => `${m.name} ${numberText(m.error, 2)}`).join(', ')
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: [plotOf(comparison)],
    caption: [
      'Gradient descent on the ',
      descent.name,
      ' loss ',
      code(descent.loss),
      ` at learning rate ${descent.eta}, and its continuous models; the dots are its steps. Largest distance from the iterates: ${errors}.`,
    ],
  }
}
