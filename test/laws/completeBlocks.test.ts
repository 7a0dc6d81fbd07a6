import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { gradientFormOf, scaleInvariant, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

const derivationOf = (text: string) => {
  const [found] = deriveProblem(parseProblem(`title: test\norder: 1\n${text}`))
  if (found === undefined) throw new Error('one law')
  return found.derivation
}

const LARS = 'theta - eta*sqrt(norm2(theta))*g/sqrt(norm2(g))'
const RIEMANN = 'theta - eta*(g - dot(theta,g)/norm2(theta)*theta)'

/** The largest deviation of the printed recursion along a run of a rule as it was written, with w the first two of `n` parameters. */
function worstAlongRun(parameters: string, update: string, n: number): number {
  const { laws } = derivationOf(`parameters: ${parameters}\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${update}" } }`)
  const loss = scaleInvariant({ from: 0, to: 2 }, 3)
  const masks = { w: Array.from({ length: n }, (_, i) => i < 2), a: Array.from({ length: n }, (_, i) => i >= 2) }
  let theta = vectorFrom(uniform(5), n)
  let worst = 0
  for (let k = 0; k < 40; k += 1) {
    const at = (x: readonly number[]): Setting<number> => ({ ring: DOUBLES, scalars: { eta: 0.1 }, vectors: { theta: x }, masks, maps: {}, gradientForm: gradientFormOf(loss, x) })
    const predicted = scalarOfText(laws.discrete?.recursion.text ?? '', at(theta))
    theta = vectorOfText(update, at(theta))
    worst = Math.max(worst, Math.abs(predicted / scalarOfText('norm2(theta_w)', at(theta)) - 1))
  }
  return worst
}

describe('blocks that are all parameters', () => {
  it('the step of LARS, as long as all of theta, makes the norm of the only block grow as a geometric sequence', () => {
    const { laws, steps } = derivationOf(`parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${LARS}" } }`)
    expect(laws.discrete?.recursion.text).toBe('(eta^2 + 1)*norm2(theta_w)')
    expect(laws.flow.find((f) => f.order === 1)?.equation.text).toBe('diff(q,t) - eta*q = 0')
    expect(steps.filter(({ why }) => why === 'The blocks of the problem are all its parameters.').map(({ before, after, verified }) => [before.text, after.text, verified.passed])).toEqual([
      ['norm2(g)', 'norm2(g_w)', true],
      ['norm2(theta)', 'norm2(theta_w)', true],
    ])
    expect(worstAlongRun('{ w: [2] }', LARS, 2)).toBeLessThan(1e-12)
  })

  it('beside another block the norm of theta is the charge and the norm of that block, and the law closes on the charge', () => {
    const { laws } = derivationOf(`parameters: { w: [d], a: [m] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${LARS}" } }`)
    expect(laws.flow.find((f) => f.order === 1)?.equation.text).toBe('diff(q,t) - eta*q*norm2(g_w)/norm2(g) = eta*norm2(theta_a)*norm2(g_w)/norm2(g)')
    expect(worstAlongRun('{ w: [2], a: [3] }', LARS, 5)).toBeLessThan(1e-12)
  })

  it('the product of theta and the gradient is that of the blocks without the symmetry', () => {
    const alone = derivationOf(`parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${RIEMANN}" } }`)
    expect(alone.laws.discrete?.recursion.text).toBe('norm2(theta_w) + eta^2*norm2(g_w)')
    expect(worstAlongRun('{ w: [2], a: [3] }', RIEMANN, 5)).toBeLessThan(1e-12)
  })

  it('stays whole where the charge does not hold it, and where a network has parameters beside the blocks', () => {
    const rescale = derivationOf(`parameters: { u: [d], a: [m] }\nsymmetry: { generator: { u: u, a: "-a" } }\nrule: { update: { theta: "${LARS}" } }`)
    expect(rescale.rule.update[0]?.value.text).toBe(LARS)
    const network = 'network: { input: 3, layers: [{ dense: 4 }, { batchnorm: {} }, relu, { dense: 2 }], loss: cross_entropy }'
    const part = derivationOf(`parameters: { "dense1.W": [4, 3] }\n${network}\nsymmetry: { family: scale, on: ["dense1.W"] }\nrule: { update: { theta: "${LARS}" } }`.replaceAll('"dense1.W"', 'W1'))
    expect(part.rule.update[0]?.value.text).toBe(LARS)
  })
})
