import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Welling & Teh 2011',
  shows: 'the temperature holds the norm of scale-invariant weights in equilibrium with weight decay, and the mean over runs goes there by its exact law',
  problem: {
    title: 'Equilibrium of weight norms under Langevin dynamics',
    symmetry: { family: 'scale' },
    rule: { name: 'langevin', lambda: 'lambda' },
    order: 1,
    ...onDigits({ steps: 400, eta: 0.05, lambda: 0.05, T: 0.001 }),
  },
})
