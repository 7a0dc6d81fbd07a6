import { describe, expect, it } from 'vitest'
import { num, sym } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { remembered } from '../../src/algebra/memo.js'

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
