import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Korpelevich 1976; NM section 5 for the noise',
  shows: 'the extragradient method shrinks the norm of scale-invariant weights, and so does the noise of minibatches: both grow it under gradient descent',
  problem: {
    title: 'Weight norm under the extragradient method',
    symmetry: { family: 'scale' },
    rule: { name: 'extragradient' },
    order: 1,
    ...onDigits({ eta: 0.02 }),
  },
})
