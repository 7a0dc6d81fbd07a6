import { describe, expect, it } from 'vitest'
import { num, sym } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { remembered, rememberedPair } from '../../src/algebra/memo.js'

describe('a remembered function', () => {
  it('is worked out once for equal expressions and forgets the oldest beyond its capacity', () => {
    const asked: Expr[] = []
    const f = remembered((e: Expr) => asked.push(e), 2)
    const [a, b, c] = [sym('a'), sym('b'), num(3)]
    for (const e of [a, sym('a'), b, a, c, b, c]) f(e)
    expect(asked).toEqual([a, b, c])
    f(a)
    expect(asked).toEqual([a, b, c, a])
  })

  it('remembers that a result is undefined', () => {
    let count = 0
    const f = remembered(() => { count += 1; return undefined })
    f(sym('a'))
    f(sym('a'))
    expect(count).toBe(1)
  })
})

describe('a remembered operation on two expressions', () => {
  it('is worked out once for each pair in its order, and again once it had to forget', () => {
    const asked: (readonly [Expr, Expr])[] = []
    const f = rememberedPair((x, y) => (asked.push([x, y]), y), 2)
    const [a, b] = [sym('a'), sym('b')]
    expect([f(a, b), f(b, a), f(a, sym('b')), f(b, a)]).toEqual([b, a, b, a])
    expect(asked).toEqual([[a, b], [b, a]])
    f(a, a)
    expect(f(a, b)).toBe(b)
    expect(asked).toEqual([[a, b], [b, a], [a, a], [a, b]])
  })
})
