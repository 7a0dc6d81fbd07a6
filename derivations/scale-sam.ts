import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Foret et al. 2021, equation (2)',
  shows: 'sharpness-aware minimization: a gradient at another point drives the norm of scale-invariant weights from the leading order on',
  problem: {
    title: 'Weight norm under sharpness-aware minimization',
    symmetry: { family: 'scale' },
    rule: { name: 'sam', lambda: 'lambda' },
    order: 0,
    ...onDigits({ eta: 0.05, rho: 0.05, lambda: 0.001 }),
  },
})
