import { type Tableau, hermiteWeights, row } from './tableau.js'

const b = row('1', '0')

/** Euler's method with fixed step: gradient descent as an integrator of the gradient flow. */
export const EULER: Tableau = {
  name: 'euler',
  title: 'Euler, fixed step',
  order: 1,
  c: row('0', '1'),
  a: [row(), row('1')],
  b,
  errors: [],
  interpolant: { order: 1, extra: [], weights: hermiteWeights(b) },
  source: 'L. Euler, Institutionum calculi integralis I (1768), sect. 2, cap. 7',
}
