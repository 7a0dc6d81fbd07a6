import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'

const symmetryOf = (generator: Readonly<Record<string, string>>, parameters: Readonly<Record<string, readonly string[]>>) => {
  const [found] = derive({ title: '', parameters, symmetry: { generator, constants: { D: ['n', 'n'] }, diagonal: ['D'] }, rule: { name: 'sgd' }, order: 0 })
  if (found === undefined) throw new Error('no law')
  return found.derivation
}

describe('the operators and fields that constraints are written with', () => {
  it('are told part by part where the generator is their sum', () => {
    const { symmetry } = symmetryOf({ W: 'D', b: '-D*b' }, { W: ['n', 'n'], b: ['n'] })
    expect(symmetry.constraints[0]?.text).toBe('dot(g, shift) + dot(g, A(theta)) = 0')
    expect(symmetry.parts?.map(({ name, meaning }) => [name.text, meaning.text])).toEqual([['shift', 'W: D'], ['A(theta)', 'b: -D*b']])
  })

  it('are the generator where it is one of them', () => {
    const { symmetry } = symmetryOf({ b: 'D*b', W: '-W*D' }, { b: ['n'], W: ['m', 'n'] })
    expect(symmetry.parts?.map(({ name, meaning }) => [name.text, meaning.text])).toEqual([['A(theta)', symmetry.generator.text]])
  })

  it('are none where blocks and sums of components say all', () => {
    expect(symmetryOf({ b: 'b + 1' }, { b: ['n'] }).symmetry.parts).toBeUndefined()
  })
})
