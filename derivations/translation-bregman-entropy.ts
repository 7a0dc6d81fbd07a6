import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Wibisono, Wilson & Jordan 2016, equation (1)',
  shows: 'accelerated exponentiated gradient in continuous time: the charge of a translation under the Bregman Lagrangian of the entropy',
  problem: {
    title: 'Translations of an accelerated mirror flow',
    parameters: { w: ['d'] },
    symmetry: { family: 'translation', on: ['w'] },
    rule: { name: 'bregman', h: 'theta*log(theta) - theta', p: 3 },
    order: 1,
  },
})
