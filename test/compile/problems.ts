import type { Expr } from '../../src/algebra/expr.js'
import { readExpr } from '../../src/algebra/read.js'
import type { System } from '../../src/compile/system.js'

/** A classical test problem with its published solution. */
export interface TestProblem {
  readonly name: string
  readonly system: System
  readonly y0: readonly number[]
  readonly t1: number
  /** Values of the first states at t1, and where they are printed. */
  readonly solution: readonly number[]
  readonly source: string
  readonly stiff: boolean
}

const read = (texts: readonly string[]): readonly Expr[] => texts.map((text) => readExpr(text))
const numbered = (name: string, n: number): readonly string[] => Array.from({ length: n }, (_, i) => `${name}${i + 1}`)


function pleiades(): System {
  const stars = numbered('', 7)
  const pull = (axis: 'x' | 'y', i: string): string => stars.filter((j) => j !== i)
    .map((j) => `${j}*(${axis}${j} - ${axis}${i})/((x${j} - x${i})^2 + (y${j} - y${i})^2)^(3/2)`).join(' + ')
  return {
    states: ['x', 'y', 'u', 'v'].flatMap((axis) => stars.map((i) => `${axis}${i}`)),
    rhs: read([...stars.map((i) => `u${i}`), ...stars.map((i) => `v${i}`), ...stars.map((i) => pull('x', i)), ...stars.map((i) => pull('y', i))]),
  }
}

/** Arenstorf's orbit in the restricted problem of three bodies. */
function arenstorf(): System {
  const [mu, nu] = ['0.012277471', '0.987722529']
  const near = `((x + ${mu})^2 + y^2)^(3/2)`
  const far = `((x - ${nu})^2 + y^2)^(3/2)`
  return {
    states: ['x', 'y', 'u', 'v'],
    rhs: read(['u', 'v', `x + 2*v - ${nu}*(x + ${mu})/${near} - ${mu}*(x - ${nu})/${far}`, `y - 2*u - ${nu}*y/${near} - ${mu}*y/${far}`]),
  }
}

const HIRES = [
  '-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007', '1.71*y1 - 8.75*y2', '-10.03*y3 + 0.43*y4 + 0.035*y5', '8.32*y2 + 1.71*y3 - 1.12*y4',
  '-1.745*y5 + 0.43*y6 + 0.43*y7', '-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7', '280*y6*y8 - 1.81*y7', '-280*y6*y8 + 1.81*y7',
]

export const PROBLEMS: Readonly<Record<'arenstorf' | 'brusselator' | 'pleiades' | 'vanDerPol' | 'robertson' | 'hires', TestProblem>> = {
  arenstorf: {
    name: 'Arenstorf', system: arenstorf(), y0: [0.994, 0, 0, -2.001585106379082], t1: 17.065216560157964,
    solution: [0.994, 0, 0, -2.001585106379082], source: 'periodic; HNW I, II.0', stiff: false,
  },
  brusselator: {
    name: 'Brusselator', system: { states: ['x', 'y'], rhs: read(['1 + x^2*y - 4*x', '3*x - x^2*y']) }, y0: [1.5, 3], t1: 20,
    solution: [0.4986370712683478, 4.596780349452011], source: 'HNW I, I.16 and II.4', stiff: false,
  },
  pleiades: {
    name: 'Pleiades', system: pleiades(),
    y0: [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0], t1: 3,
    solution: [
      0.3706139143970502, 3.237284092057233, -3.222559032418324, 0.659709145577531, 0.3425581707156584, 1.562172101400631, -0.7003092922212495,
      -3.943437585517392, -3.27138097397255, 5.225081843456543, -2.59061243497747, 1.198213693392275, -0.2429682344935824, 1.09144924042898,
    ],
    source: 'Test Set for IVP Solvers, II-5', stiff: false,
  },
  vanDerPol: {
    name: 'van der Pol, μ = 1000', system: { states: ['x', 'v'], rhs: read(['v', '1000*(1 - x^2)*v - x']) }, y0: [2, 0], t1: 2000,
    solution: [1.706167732170483, -0.0008928097010248125], source: 'Test Set for IVP Solvers, II-9', stiff: true,
  },
  robertson: {
    name: 'Robertson', system: { states: ['a', 'b', 'c'], rhs: read(['-0.04*a + 10000*b*c', '0.04*a - 10000*b*c - 3*10^7*b^2', '3*10^7*b^2']) },
    y0: [1, 0, 0], t1: 1e11, solution: [2.083340149701255e-8, 8.333360770334713e-14, 0.999999979166505], source: 'Test Set for IVP Solvers, II-10', stiff: true,
  },
  hires: {
    name: 'HIRES', system: { states: numbered('y', 8), rhs: read(HIRES) }, y0: [1, 0, 0, 0, 0, 0, 0, 0.0057], t1: 321.8122,
    solution: [
      0.0007371312573325668, 0.0001442485726316185, 0.00005888729740967575, 0.001175651343283149, 0.002386356198831331, 0.006238968252742796,
      0.002849998395185769, 0.002850001604814231,
    ],
    source: 'Test Set for IVP Solvers, II-1', stiff: true,
  },
}

/** The end of Pleiades, all 28 components, by a Taylor method (heyoka 7.13) in quadruple precision at a tolerance of 2e-34. */
export const PLEIADES_END: readonly number[] = [
  0.37061391439705127, 3.237284092057233, -3.2225590324183235, 0.6597091455775308, 0.342558170715658, 1.5621721014006311,
  -0.7003092922212495, -3.943437585517392, -3.27138097397255, 5.225081843456544, -2.5906124349774693, 1.1982136933922747,
  -0.24296823449358235, 1.0914492404289797, 3.4170038063143147, 1.3545845016255011, -2.5900655978107756, 2.025053734714241,
  -1.155815100160449, -0.8072988170223022, 0.5952396354208719, -3.7412449612340084, 0.3773459685750629, 0.9386858869551079,
  0.36679222272005696, -0.3474046353808494, 2.344915448180937, -1.947020434263292,
]
