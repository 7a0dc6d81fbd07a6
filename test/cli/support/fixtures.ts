import type { Derivation, Statement } from '../../../src/laws/derivation.js'
import type { LawVerdict, RunResult } from '../../../src/validation/result.js'

const statement = (text: string): Statement => ({ text, latex: text })
const checked = { passed: true, method: 'exact rational instances', instances: 3 }

/** A derivation in the shape the engine gives, for tests of what is printed; its mathematics is nobody's claim. */
export const sampleDerivation: Derivation = {
  title: 'Weight norm under SGD with weight decay',
  symmetry: { name: 'scale', generator: statement('theta_w'), constraints: [statement('dot(g,theta_w) = 0')] },
  rule: {
    name: 'sgd',
    update: [{ name: 'theta', value: statement('theta - eta*(g + lambda*theta)') }],
    hyperparameters: ['eta', 'lambda'],
    flows: [{ order: 1, model: 'modified vector field', equation: statement('dtheta = -g - lambda*theta - 1/2*eta*H(g) - 1/2*eta*lambda*H(theta) - 1/2*eta*lambda*g - 1/2*eta*lambda^2*theta') }],
  },
  lagrangian: { ...statement('exp(2*t/eta)*(1/4*eta*norm2(dtheta) - f)'), verified: true, exists: true, reason: '' },
  ksb: { ...statement('1/2*eta*norm2(dtheta_w)'), vanishes: false },
  laws: {
    discrete: {
      charge: statement('norm2(theta_w)'),
      recursion: statement('(1 - eta*lambda)^2*norm2(theta_w) + eta^2*norm2(g_w)'),
      drives: [{ name: 'gradient', ...statement('norm2(g_w)') }],
      closure: [],
      definitions: [],
    },
    flow: [{ order: 1, model: 'modified vector field', charge: statement('norm2(theta_w)'), equation: statement('diff(q,t) = -2*lambda*q + eta*norm2(g_w)') }],
    solution: {
      ...statement('q(t) = exp(-2*lambda*t)*q0 + eta*integral(exp(-2*lambda*(t - s))*norm2(g_w),s,0,t)'),
      cases: [{ name: 'decay', condition: statement('lambda > 0'), ...statement('exp(-2*lambda*t)*q0'), verified: checked }],
    },
  },
  steps: [
    { section: 'Symmetry', before: statement('dot(g,theta_w)'), after: statement('0'), why: 'the loss does not change along the generator', source: '[NM] section 3', verified: checked },
  ],
}

const law = (verdict: 'passed' | 'failed'): LawVerdict => ({
  symmetry: { name: 'scale-1', origin: 'weights in front of batchnorm1', family: 'scale', count: 32, sets: { w: [{ parameter: 'W1', axis: 0 }] } },
  derivation: sampleDerivation,
  rungs: [
    { rung: 2, name: 'the symmetry’s constraint on the network', measured: 3.2e-8, tolerance: 1e-5, reason: 'unit roundoff', verdict: 'passed', detail: '' },
    { rung: 3, name: 'the exact discrete law', measured: 0.02, tolerance: 1e-5, reason: 'unit roundoff', verdict, detail: 'neuron 3, step 17' },
  ],
  curves: { step: [], time: [], measured: [], theory: [], band: [], discreteResidual: [] },
  orders: [],
  verdict,
  summary: verdict === 'passed' ? 'passed' : 'rung 3 failed by a factor of 2000',
})

export const sampleResult = (verdict: 'passed' | 'failed'): RunResult => ({
  format: 'noether-result-1',
  title: 'Digits',
  version: '0.1.0',
  date: '2026-01-01T00:00:00Z',
  training: {
    backend: 'cpu',
    steps: 100,
    batchSize: 64,
    seconds: 2,
    hyperparameters: { eta: 0.1 },
    seed: 1,
    data: { name: 'digits', source: '', train: 1437, test: 360 },
    loss: { step: [], value: [] },
    testAccuracy: 0.965,
    testLoss: 0.12,
    network: [],
    parameters: 2890,
    partial: false,
  },
  laws: [law(verdict)],
  breaking: [{ symmetry: 'scale-1', by: 'epsilon of batchnorm1', value: [1e-3, 0], violation: [2.5e-3, 1e-8] }],
  verdict,
})
