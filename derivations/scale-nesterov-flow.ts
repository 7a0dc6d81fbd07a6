import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Su, Boyd & Candès 2016, equation (3)',
  shows:
    'Nesterov momentum with k/(k+3): the flow with friction 3/t in the time k*sqrt(eta), its Lagrangian of mass t^3, the norm from rest',
  problem: {
    title: 'Weight norm under Nesterov’s k/(k+3)',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'nesterov_schedule' },
    order: 1,
  },
})
