import { renderToString } from 'katex'
import { describe, expect, it } from 'vitest'
import { derivationJson } from '../../src/cli/format/derivationJson.js'
import { readScalar } from '../../src/jets/read.js'
import { type MatrixVocabulary, readMatrix } from '../../src/jets/readMatrix.js'
import { inBlocks, traceForm } from '../../src/laws/matrix.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { type Problem, catalogue, parseProblem } from '../../src/problem/index.js'
import { isSame, namesOf, printedAgain, readSide, statementsBesideTheirExpressions } from './support/printed.js'

const PROBLEMS: Readonly<Record<string, string>> = {
  'third derivatives of transposed matrices': `
parameters: { W1: [h, d], W2: [k, h] }
symmetry: { family: linear, in: [W1], out: [W2] }
rule: { state: { v: 0 }, update: { theta: theta - eta*v, v: beta*v + g } }
order: 3`,
  'three layers with general constants under Nesterov': `
parameters: { W1: [h, d], W2: [k, h], W3: [c, k] }
symmetry: [{ generator: { W1: "M*W1", W2: "-W2*M" }, constants: { M: [h, h] } }, { generator: { W2: "N*W2", W3: "-W3*N" }, constants: { N: [k, k] } }]
rule: { name: nesterov }
order: 1`,
  'diagonal constants under gradient descent': `
parameters: { W1: [h, d], b1: [h], W2: [k, h] }
symmetry: { generator: { W1: "S*W1", b1: "S*b1", W2: "-W2*S" }, constants: { S: [h, h] }, diagonal: [S] }
rule: { name: sgd }
order: 2`,
  'an orthogonal family under heavy ball': `
parameters: { W: [h, d] }
symmetry: { generator: { W: "W*Omega" }, constants: { Omega: [d, d] }, antisymmetric: [Omega] }
rule: { name: momentum }
order: 1`,
  'a sum of squares that is kept in the flow': `
parameters: { w: [n], a: [m] }
symmetry: { family: rescale, in: [w], out: [a] }
rule: { name: adagrad }
order: 2`,
  'a polynomial generator': `
parameters: { u: [n], a: [n], b: [1] }
symmetry: { generator: { u: "u*transpose(a)*a", a: "-a*transpose(u)*u" } }
rule: { name: momentum }
order: 1`,
  'a translation by a constant': `
parameters: { W: [h, d] }
symmetry: { generator: { W: "c*transpose(one)" }, constants: { c: [h, 1], one: [d, 1] } }
rule: { name: sgd }
order: 1`,
  'two blocks of different degree under Adam': `
parameters: { in: [2], out: [3] }
symmetry: { family: rescale, in: [in], out: [out], degree: "3/2" }
rule: { name: adam }
order: 1`,
  'a rule of one’s own with two states': `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0, m: 0 }, update: { v: beta*v + g + lambda*theta, m: gamma*m + v, theta: theta - eta*(c*m + v) } }
order: 0`,
  'decay of one block, clipped': `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: "3", b: "1" } }
rule: { update: { theta: (1 - eta*lambda)*theta - eta*g/sqrt(c + norm2(g)) } }
order: 0`,
  'functions of components in the update': `
parameters: { w: [5] }
symmetry: { family: scale, on: [w] }
rule: { state: { s: 0 }, update: { s: beta*s + (1 - beta)*g^2, theta: theta - eta*(g + lambda*theta)/(sqrt(s) + epsilon)^2 } }
order: 1`,
  'momentum with friction of the order of the rate': `
parameters: { w: [5], b: [3] }
symmetry: { family: rescale, in: [w], out: [b] }
rule: { state: { p: 0 }, update: { p: (1 - eta*gamma)*p - eta*g, theta: theta + eta*p_next } }
order: 2`,
  'a cosine schedule': `
parameters: { w: [5] }
symmetry: { family: scale, on: [w] }
rule: { name: momentum, eta: "c*(1 + cos(pi*k/N))/2", beta: "9/10" }
order: 1`,
  'scale and translation of different blocks': `
parameters: { w: [5], b: [3] }
symmetry: [{ family: scale, on: [w] }, { family: translation, on: [b] }]
rule: { name: sgd }
order: 2`,
  'a polynomial of mixed degree': `
parameters: { W: [n, n] }
symmetry: { generator: { W: W + 2*W*W } }
rule: { name: momentum }
order: 1`,
  'a cubic that is a gradient, and a shift': `
parameters: { W: [h, d], b: [h] }
symmetry: { generator: { W: W*transpose(W)*W, b: 1 } }
rule: { name: sgd }
order: 1`,
  'rates by block': `
parameters: { W1: [h, d], W2: [o, h] }
symmetry: { family: linear, in: [W1], out: [W2] }
rule: { name: momentum, eta: { W1: 1/10, W2: 1/50 } }
order: 1`,
  'blocks with the names of other things': `
parameters: { x: [m, n], L: [p, m], gamma: [d], omega: [d] }
symmetry: [{ family: linear, in: [x], out: [L] }, { family: rescale, in: [gamma], out: [omega] }]
rule: { name: momentum }
order: 1`,
  'Lion, and a smooth relative of it': `
parameters: { w: [5] }
symmetry: { family: scale, on: [w] }
rule: { state: { m: 0 }, update: { theta: theta - eta*(sign(beta*m + (1 - beta)*g) + tanh(mu*(m - g))), m: beta*m + (1 - beta)*g } }
order: 1`,
  'gradients at other points, of matrices': `
parameters: { W1: [h, d], W2: [k, h] }
symmetry: { family: linear, in: [W1], out: [W2] }
rule: { state: { v: 0 }, update: { v: beta*v + g(theta + rho*g) - c*g(theta - eta*v), theta: theta - eta*v - eta*lambda*theta } }
order: 1`,
  'a gradient at a point that is another as the rate vanishes': `
parameters: { w: [5], b: [3] }
symmetry: { family: rescale, in: [w], out: [b] }
rule: { update: { theta: theta - eta*g(theta + (rho + eta)*g/sqrt(norm2(g))) } }
order: 1`,
  'a gradient ahead along the gradient, with its law of the mean': `
parameters: { w: [5], b: [3] }
symmetry: { family: scale, on: [w] }
rule: { state: { v: 0 }, update: { v: beta*v + g(theta + rho*g) - c*g(theta - eta*g), theta: theta - eta*v } }
order: 1`,
  'time under heavy ball': `
parameters: { w: [5] }
symmetry: { family: time }
rule: { name: momentum }
order: 1`,
}

const entries = await catalogue()
const problems: readonly (readonly [string, Problem])[] = [
  ...entries.map((e) => [e.name, e.problem] as const),
  ...Object.entries(PROBLEMS).map(([name, text]) => [name, parseProblem(`title: ${name}${text}`)] as const),
]

/** Keys whose strings are names or sentences. */
const PROSE = new Set(['title', 'name', 'why', 'reason', 'method', 'model', 'section', 'source', 'relation', 'meaning', 'kind', 'constant', 'detail', 'hyperparameters', 'latex', 'conditions', 'missing', 'note', 'meanings', 'notation'])

function* strings(value: unknown, wanted: (key: string) => boolean, path: readonly string[] = []): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [path.join('.'), value]
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* strings(item, wanted, [...path, String(i)])
  else if (typeof value === 'object' && value !== null) for (const [name, item] of Object.entries(value)) if (wanted(name)) yield* strings(item, wanted, [...path, name])
}

/** What a check says of each string it fails for. */
const failures = (all: Iterable<readonly [string, string]>, check: (text: string) => string | undefined): readonly string[] =>
  [...all].flatMap(([path, text]) => {
    try {
      const found = text === '' ? undefined : check(text)
      return found === undefined ? [] : [`${path}: ${text}\n  ${found}`]
    } catch (error) {
      return [`${path}: ${text}\n  ${String(error)}`]
    }
  })

/** `trace(C*M) = scale*charge` shows a matrix that a trace does not keep: both sides must be the same sum of traces. */
function isTraceIdentity(text: string, names: MatrixVocabulary): boolean {
  const [left, right, ...others] = text.split(' = ')
  if (!text.startsWith('trace(') || left === undefined || right === undefined || others.length > 0) return false
  return inBlocks(readScalar(right, names), traceForm(names.space)) === readMatrix(left, names)
}

describe.each(problems)('%s', (_, problem) => {
  const found = deriveProblem(problem)
  const symmetries = found.map(({ laws }) => laws.symmetry)

  it('every formula of the JSON document reads back to what it prints', () => {
    const wrong = found.flatMap(({ laws, derivation }) => {
      const names = namesOf(laws, symmetries)
      return failures(strings(derivationJson(derivation), (key) => !PROSE.has(key)), (text) => {
        const again = printedAgain(text, names)
        return again === text || isTraceIdentity(text, names) ? undefined : again
      })
    })
    expect(wrong.join('\n')).toBe('')
  })

  it('what is read is the object the engine holds', () => {
    const different = found.flatMap(({ laws, derivation }) => {
      const names = namesOf(laws, symmetries)
      return statementsBesideTheirExpressions(laws, derivation).flatMap(([{ text }, held]) => (isSame(readSide(text, names), held) ? [] : [text]))
    })
    expect(different).toEqual([])
  })

  it('every LaTeX string renders', () => {
    const wrong = found.flatMap(({ derivation }) => {
      const latex = [...strings(derivation, () => true)].filter(([path]) => path.endsWith('latex'))
      expect(latex.length).toBeGreaterThan(10)
      return failures(latex, (text) => (renderToString(text, { throwOnError: true, strict: 'error', output: 'mathml' }).includes('<math') ? undefined : 'nothing rendered'))
    })
    expect(wrong.join('\n')).toBe('')
  })
})
