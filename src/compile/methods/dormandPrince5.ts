import { type Tableau, hermiteWeights, row } from './tableau.js'

const b = row('35/384', '0', '500/1113', '125/192', '-2187/6784', '11/84', '0')

/** Dormand and Prince's pair of order 5 with error estimate of order 4 and Shampine's dense output of order 4. */
export const DORMAND_PRINCE_5: Tableau = {
  name: 'dopri5',
  title: 'Dormand–Prince 5(4)',
  order: 5,
  c: row('0', '1/5', '3/10', '4/5', '8/9', '1', '1'),
  a: [
    row(),
    row('1/5'),
    row('3/40', '9/40'),
    row('44/45', '-56/15', '32/9'),
    row('19372/6561', '-25360/2187', '64448/6561', '-212/729'),
    row('9017/3168', '-355/33', '46732/5247', '49/176', '-5103/18656'),
    row('35/384', '0', '500/1113', '125/192', '-2187/6784', '11/84'),
  ],
  b,
  errors: [{ order: 4, weights: row('71/57600', '0', '-71/16695', '71/1920', '-17253/339200', '22/525', '-1/40') }],
  interpolant: {
    order: 4,
    extra: [],
    weights: hermiteWeights(b, [row(
      '-12715105075/11282082432', '0', '87487479700/32700410799', '-10690763975/1880347072',
      '701980252875/199316789632', '-1453857185/822651844', '69997945/29380423',
    )]),
  },
  source: 'J. R. Dormand & P. J. Prince, J. Comp. Appl. Math. 6 (1980) 19; dense output: Hairer, Nørsett & Wanner, Solving ODEs I, II.6',
}
