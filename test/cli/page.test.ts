import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { pageFor, withNamedRepeats } from '../../src/cli/format/page.js'

const colour = new Chalk({ level: 0 })
const terminal = (columns: number) => ({ out: () => undefined, note: () => undefined, columns, noteStream: process.stderr, colour, noteColour: colour })

describe('a page of the terminal', () => {
  it('breaks the condition in a label where a formula may be broken, prose at spaces', () => {
    const { labelled } = pageFor(terminal(40))
    expect(labelled('q(t), turning, if (1 - beta)^2 - 4*eta*lambda*(1 + beta) < 0', { text: 'q_0*exp(-gamma*t)' })).toBe(
      ['  q(t), turning, if (1 - beta)^2', '    - 4*eta*lambda*(1 + beta) < 0', '    q_0*exp(-gamma*t)'].join('\n'),
    )
    expect(labelled('a step shrinks the distance from it by', { text: 'rho' })).toBe('  a step shrinks the distance from it by\n    rho')
  })

  it('puts the mark of a check behind the formula and the meaning of a name below it', () => {
    const root = 'sqrt(g^2 + beta2*s - beta2*g^2)'
    const text = `norm2(m/(${root} + epsilon)) + norm2(g/(${root} + epsilon)) + dot(m, g/(${root} + epsilon)) + dot(v, g/(${root} + epsilon))`
    const printed = withNamedRepeats(terminal(80), (page) => page.labelled('law', { text }, true))
    expect(printed.split('\n')).toEqual([
      '  law  norm2(m/Z) + norm2(g/Z) + dot(m, g/Z) + dot(v, g/Z) ✓',
      `  where Z is  ${root} + epsilon`,
    ])
  })
})
