import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, div, mul, num, sym } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { InputError } from '../../src/errors.js'
import { apply, THETA, gradientForm, GRADIENT, GRADIENT_ATOM, variable, variableAtom } from '../../src/jets/vector.js'
import { projector } from '../../src/jets/operator.js'
import { dot } from '../../src/jets/contraction.js'
import { type MatrixVocabulary, readMatrix } from '../../src/jets/readMatrix.js'
import { type Factor, type MatrixSum, MatrixAtom, collectWords, matrixExpression, traceExpression } from '../../src/jets/word.js'

const SPACE = { blocks: { W1: ['h', 'd'], W2: ['k', 'h'], in: ['h'] }, constants: { M: { shape: ['h', 'h'], kind: 'general' }, S: { shape: ['h', 'h'], kind: 'diagonal' } }, fields: {} } as const
const NAMES: MatrixVocabulary = {
  vectors: { v: variable('v'), v_next: variable('v_next') },
  sets: { W1: ['W1'], W2: ['W2'], in: ['in'] },
  operators: {},
  space: SPACE,
}

const hessian = gradientForm(GRADIENT).terms.map((t) => t.atom)
const vectors = [variableAtom('theta'), variableAtom('theta', 1), variableAtom('theta', 2), variableAtom('theta', 3), variableAtom('v'), variableAtom('v_next'), GRADIENT_ATOM, ...hessian]
const component = fc.tuple(fc.constantFrom(...vectors), fc.constantFrom('W1', 'W2', 'in'), fc.constantFrom(true, false)).map(([vector, block, transposed]): Factor => ({ kind: 'component', vector, block, transposed }))
const [beta, eta, n] = [sym('beta'), sym('eta'), sym('n')]
const coefficients = [num(1), num(-1), num(2), div(num(-3), num(2)), n, mul(eta, add(num(1), beta)), div(beta, add(num(1), mul(num(-1), beta)))]
const word = fc.record({ coefficient: fc.constantFrom(...coefficients), factors: fc.array(component, { minLength: 2, maxLength: 4 }) })
const sums = fc.array(word, { minLength: 1, maxLength: 4 }).map((all): MatrixSum => collectWords(all, SPACE))
const numeric = sums.map((all) => all.map((w) => (w.coefficient.kind === 'number' ? w : { ...w, coefficient: num(5) })))
const part = fc.constantFrom('whole' as const, 'diagonal' as const)
const scales = fc.constantFrom(eta, mul(num(-1), eta, eta, beta), div(eta, add(num(1), mul(num(-1), beta))), div(num(7), num(3)))

describe('what is printed of matrices reads back to the same expression', () => {
  it('for a number times a sum of products of any coefficients, and for its diagonal', () => {
    fc.assert(
      fc.property(sums, part, scales, (sum, of, scale) => {
        const e = mul(scale, matrixExpression(sum, of))
        return readMatrix(toText(e), NAMES) === e
      }),
    )
  })

  it('for laws: scalars times matrices, next to contractions', () => {
    fc.assert(
      fc.property(fc.array(numeric, { minLength: 1, maxLength: 3 }), (all) => {
        const scalar = mul(dot(apply(projector('W1', ['W1']), THETA), GRADIENT), matrixExpression(all[0] ?? [], 'whole'))
        const e = add(scalar, ...all.map((sum, i) => mul(sym(`c${i}`), matrixExpression(sum, 'whole'))))
        return readMatrix(toText(e), NAMES) === e
      }),
    )
  })

  it('for a matrix written without its brackets', () => {
    fc.assert(
      fc.property(numeric, (sum) => {
        const e = matrixExpression(sum, 'whole')
        const text = e.kind === 'atom' && e.opaque instanceof MatrixAtom ? e.opaque.bare() : toText(e)
        return readMatrix(text, NAMES) === e
      }),
    )
  })

  it('for traces', () => {
    fc.assert(
      fc.property(sums, scales, (sum, scale) => {
        const e = mul(scale, traceExpression(sum, SPACE))
        return readMatrix(toText(e), NAMES) === e
      }),
    )
  })
})

describe('the text of matrices', () => {
  it.each([
    ['transpose(W1*M)', 'transpose(M)*transpose(W1)'],
    ['trace(W1*transpose(W1)*M)', 'trace(M*W1*transpose(W1))'],
    ['trace(diag(W1*transpose(W1))*S)', 'trace(S*W1*transpose(W1))'],
    ['(W1 + dW1)*transpose(W1)/2', '(W1*transpose(W1) + dW1*transpose(W1))/2'],
    ['P_W1(2*theta - eta*g)', '2*(W1 - eta*g_W1/2)'],
    ['in*transpose(in)', 'in*transpose(in)'],
    ['trace(transpose(in)*din*transpose(in)*in)', 'dot(dtheta_in, theta_in)*norm2(theta_in)'],
    ['trace(transpose(in)*M*in*transpose(g_in)*g_in)', 'trace(M*in*transpose(in))*norm2(g_in)'],
  ])('%s is %s', (left, right) => {
    expect(toText(readMatrix(left, NAMES))).toBe(toText(readMatrix(right, NAMES)))
  })

  it.each([['eta/W1', 'division by a matrix'], ['transpose(W1, W2)', 'transpose takes one argument'], ['transpose(sin(W1))', 'sin(…) of a matrix'], ['W1^2', 'a power of a matrix'], ['transpose(W1^2)', 'no product of matrices']])('%s is refused', (text, what) => {
    expect(() => readMatrix(text, NAMES)).toThrow(InputError)
    expect(() => readMatrix(text, NAMES)).toThrow(what)
  })
})
