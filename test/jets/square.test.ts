import { describe, expect, it } from 'vitest'
import { checkVanishes } from '../../src/jets/check.js'
import { writeVector } from '../../src/jets/notation.js'
import { type Vocabulary, readScalar, readVector } from '../../src/jets/read.js'
import type { Space } from '../../src/jets/space.js'
import { stateSquare } from '../../src/jets/square.js'
import { byName, replaceInVector } from '../../src/jets/substitute.js'
import { isZeroVector, subVectors, variable } from '../../src/jets/vector.js'

const names: Vocabulary = {
  vectors: { v: variable('v') },
  sets: { W: ['W'], b: ['b'] },
  operators: {},
  squares: { L: stateSquare('L', 'rows'), K: stateSquare('K', 'rows'), R: stateSquare('R', 'columns') },
}
const space: Space = { blocks: { W: [2, 2], b: [2] }, constants: {}, fields: {} }
const vector = (text: string) => readVector(text, names)
const holds = (text: string): boolean => checkVanishes(text.startsWith('dot') ? readScalar(text, names) : vector(text), space, []).passed

describe('products of matrices with the blocks of a vector', () => {
  it.each([
    'L*g', 'g*R', 'mpow(L + epsilon*I, -1/4)*g*mpow(R + epsilon*I, -1/4)', 'K*(L*g)*R', '(L - 2*K)*(g + beta*v)', 'g*transpose(g)*v', 'v*(transpose(g)*g)',
    '(g*transpose(v) + v*transpose(g))*g', 'mpow(L, 1/2)*(g*v)', '(L*g)^2/(1 + (L*g)^2)', 'sqrt(norm2(g))*(L*g) - theta', 'diag(g*transpose(g))*g', 'eta*(beta*L + (1 - beta)*g*transpose(g))*g', 'P_W(L*g)',
  ])('%s reads back as it is written', (text) => {
    const x = vector(text)
    expect(isZeroVector(subVectors(vector(writeVector(x).text), x))).toBe(true)
  })

  it('are written as they are in LaTeX', () => {
    expect(writeVector(vector('theta - eta*(mpow(L + epsilon*I, -1/4)*g*diag(transpose(g)*g))')).latex).toBe(
      '\\theta-\\eta\\left(\\left(L+\\epsilon I\\right)^{-\\frac{1}{4}} g \\operatorname{diag}\\left(g^{\\top} g\\right)\\right)',
    )
  })

  it.each([
    ['L*(a*g + v) - a*(L*g) - L*v'], ['(L + K)*g - L*g - K*g'], ['(L*g)*R - L*(g*R)'], ['dot(L*g, v) - dot(g, L*v)'], ['dot(g*R, v) - dot(g, v*R)'],
    ['P_W(L*g) - L*P_W(g)'], ['(2*I)*g - 2*g'], ['dot(g*transpose(g)*v, v) - dot(v*transpose(v)*g, g)'],
    ['mpow(mpow(L, 1/2), 2)*g - L*g'], ['(v + g)*transpose(v + g)*g - v*transpose(v)*g - g*transpose(g)*g - (v*transpose(g) + g*transpose(v))*g'],
    ['diag(L + K)*g - diag(L)*g - diag(K)*g'],
  ])('%s vanishes', (text) => {
    expect(holds(text)).toBe(true)
  })

  it.each([
    ['K*(L*g) - L*(K*g)'], ['L*g - g*R'], ['diag(L)*g - L*g'], ['mpow(L, 2)*g - L*g'], ['mpow(2*L, 1/2)*g - 2*(mpow(L, 1/2)*g)'], ['g*transpose(g)*g - v*transpose(v)*g'], ['L*g - g'],
  ])('%s does not', (text) => {
    expect(holds(text)).toBe(false)
  })

  it('go along where their vectors are replaced, within matrices too', () => {
    const moved = replaceInVector(vector('mpow(v*transpose(v) + epsilon*I, -1/2)*v'), byName({ v: vector('g + 2*theta') }))
    expect(isZeroVector(subVectors(moved, vector('mpow((g + 2*theta)*transpose(g + 2*theta) + epsilon*I, -1/2)*(g + 2*theta)')))).toBe(true)
  })

  it.each([
    ['R*g', /a matrix \[columns, columns\] times a vector/], ['g*L', /a vector \[rows, columns\] times a matrix \[rows, rows\]/], ['(L + 1)*g', /a number stands before a matrix, e\.g\. epsilon\*I/],
    ['L + R', /a sum of a matrix \[rows, rows\] and a matrix \[columns, columns\]/], ['g - L', /a sum of a vector \[rows, columns\] and a matrix/], ['g + transpose(g)', /add what has one shape, square blocks too: transposes stand in products only/], ['L*K*g', /L\*\(K\*g\)/], ['L^2*g', /written mpow/], ['g/L', /mpow\(L, -1\)/],
    ['sqrt(L)*g', /sqrt\(…\) of a matrix/], ['mpow(L)*g', /mpow takes 2 arguments, not 1/], ['mpow(L, g)*g', /the exponent of mpow is a vector/], ['mpow(g, 2)', /mpow\(…\) of a vector/], ['mpow(g*transpose(v), 2)*g', /the argument of mpow is not symmetric/],
    ['g*transpose(v)*g', /the matrix before a vector is not symmetric/], ['L', /a matrix where a vector is needed/], ['transpose(g)', /a matrix where a vector is needed/], ['norm2(L)*g', /a matrix where a vector is needed/], ['transpoze(g)*g', /did you mean transpose/],
  ])('%s is refused', (text, message) => {
    expect(() => vector(text)).toThrow(message)
  })
})
