import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Foret et al. 2021, equation (2)',
  shows:
    'sharpness-aware minimization: a gradient at another point drives the norm of scale-invariant weights from the leading order on, 2 rho <g(phi), g>/|g|',
  problem: {
    title: 'Weight norm under sharpness-aware minimization',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'sam' },
    order: 1,
  },
})
