import { add, div, mul, neg, sub, sym } from '../../algebra/build.js'
import { evaluateNumber } from '../../algebra/evaluate.js'
import { readExpr } from '../../algebra/read.js'
import { derive } from '../../laws/derive.js'
import type { LinearLaw } from '../../laws/flow.js'
import { solveLaw } from '../../laws/solve.js'
import type { PhasePortraits } from '../../problem/picture.js'
import type { Block } from '../document.js'
import { numberText } from '../numbers.js'
import type { Plot, Series } from '../plot.js'
import { type Path, flowPath } from './paths.js'

const NAMES = ['q', 'q_rate'] as const
const DRIVE = 'D'

/** The law of a weight norm under momentum, its drive held constant. */
export function normLaw(): LinearLaw {
  const [derived] = derive({ title: 'phase portrait', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'momentum' }, order: 1 })
  const law = derived?.laws.flows.find((f) => f.model === 'modified flow')?.law
  if (law === undefined || law.coefficients.length !== 3) throw new Error('momentum makes the norm an oscillator')
  return { ...law, drive: sym(DRIVE), drives: [] }
}

/** The regime that the derived discriminant assigns to hyperparameters. */
export function regimeAt(law: LinearLaw, values: Readonly<Record<string, number>>): string {
  const regimes = solveLaw(law)
  const discriminant = regimes[0]?.discriminant
  const sign = discriminant === undefined ? 0 : Math.sign(Number(evaluateNumber(discriminant, values).toFixed(12)))
  return regimes.find((r) => r.relation === (sign < 0 ? '<' : sign > 0 ? '>' : '='))?.name ?? ''
}

type Setting = PhasePortraits['settings'][number]

function portrait(law: LinearLaw, values: Setting): Plot {
  const [k = readExpr('0'), c = readExpr('0'), m = readExpr('1')] = law.coefficients
  const force = sub(law.drive, add(mul(k, sym('q')), mul(c, sym('q_rate'))))
  const field = [sym('q_rate'), div(force, m)]
  const rest = evaluateNumber(div(law.drive, k), values)
  const swing = Math.sqrt(evaluateNumber(div(k, m), values))
  const damping = evaluateNumber(div(c, mul(readExpr('2'), m)), values)
  const until = Math.max(8 / swing, Math.min(12 / damping, 40 / swing))
  // A path that turns shows the whole plane by itself.
  const count = damping < 0.9 * swing ? 2 : 8
  const angles = Array.from({ length: count }, (_, i) => (2 * Math.PI * i) / count)
  const paths = angles.map((angle): Path => {
    const start = [rest + Math.cos(angle), swing * Math.sin(angle)]
    return flowPath(field, NAMES, values, start, until, 240)
  })
  const drawn = paths.map((path, i): Series => ({ kind: 'line', role: 'theory', name: i === 0 ? 'paths of the norm' : '', ...path }))
  const slope = evaluateNumber(neg(div(k, c)), values)
  const fastest = Math.max(...paths.flatMap(({ y }) => y.map(Math.abs)))
  // The line goes no further than the paths, or it alone would set the scale.
  const reach = Math.min(1, fastest / Math.abs(slope))
  return {
    title: `${regimeAt(law, values)}, η = ${numberText(values.eta, 3)}`,
    x: { label: 'q', scale: 'linear' },
    y: { label: 'dq/dt', scale: 'linear' },
    series: [
      ...drawn,
      { kind: 'line', role: 'guide', name: 'first-order law', x: [rest - reach, rest + reach], y: [-slope * reach, slope * reach] },
      { kind: 'points', role: 'second', name: 'equilibrium', x: [rest], y: [0] },
    ],
  }
}

/** The plane of a norm and its rate; the derived law says in which regime each is. */
export function phaseFigure({ settings }: PhasePortraits, id: string): Block {
  const law = normLaw()
  const [first] = settings
  const held = first === undefined ? '' : ` ${first.beta} with weight decay ${first.lambda}`
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: settings.map((setting) => portrait(law, setting)),
    caption: [
      `Phase portraits of a squared weight norm under momentum${held}, the drive held constant, in the regimes of the derived law. `,
      'All paths end at the equilibrium; the dashed line is where the law without inertia lives.',
    ],
  }
}
