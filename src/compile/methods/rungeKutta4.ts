import { type Tableau, hermiteWeights, row } from './tableau.js'

const b = row('1/6', '1/3', '1/3', '1/6', '0')

/** The classical method of order 4 with fixed step; cubic Hermite interpolation. */
export const RK4: Tableau = {
  name: 'rk4',
  title: 'classical Runge–Kutta of order 4, fixed step',
  order: 4,
  c: row('0', '1/2', '1/2', '1', '1'),
  a: [row(), row('1/2'), row('0', '1/2'), row('0', '0', '1'), row('1/6', '1/3', '1/3', '1/6')],
  b,
  errors: [],
  interpolant: { order: 3, extra: [], weights: hermiteWeights(b) },
  source: 'W. Kutta, Z. Math. Phys. 46 (1901) 435; Hairer, Nørsett & Wanner, Solving ODEs I, table II.1.2',
}
