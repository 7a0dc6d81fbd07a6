import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emitSystem } from '../../src/compile/emit.js'
import { compileTensors } from '../../src/compile/tensor/compile.js'
import { gradient, hessianVector, thirdDerivative } from '../../src/compile/tensor/derivative.js'
import { emitTensors } from '../../src/compile/tensor/emit.js'
import { compileFlow, flowSystem, gradientFlow, modifiedLossFlow } from '../../src/compile/tensor/flow.js'
import { type Tensor, input, sizeOf } from '../../src/compile/tensor/graph.js'
import { crossEntropy, dense, tanh } from '../../src/compile/tensor/layers.js'
import { InputError } from '../../src/errors.js'

const wave = (n: number, f: number): readonly number[] => Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)))
const learned = [input('w1', [5, 19]), input('w2', [19, 3])] as const
const loss = crossEntropy(dense(tanh(dense(input('x', [7, 5]), learned[0])), learned[1]), input('y', [7, 3]))
const data = { x: wave(35, 1.7), y: Array.from({ length: 21 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)) }
const start = { w1: wave(95, 0.9), w2: wave(57, 2.3) }
const directions = ['d', 'e'].map((letter) => learned.map((t, k) => input(`${letter}${k + 1}`, t.shape)))
const [d = [], e = []] = directions
const values: Readonly<Record<string, readonly number[]>> = {
  ...data, ...start, ...Object.fromEntries(directions.flat().map((t, k) => [t.kind === 'input' ? t.name : '', wave(sizeOf(t.shape), 0.3 + k)])),
}
const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-network-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The largest distance of two vectors; infinite if they are not of one length. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  (a.length === b.length ? Array.from(a).reduce((m, v, k) => Math.max(m, Math.abs(v - (b[k] ?? NaN))), 0) : Infinity)

/** Numbers that a program prints whose file is put before `calls`, once for every kind of machine that it is compiled for. */
function runC(text: string | Uint8Array, calls: string, machines: readonly (readonly string[])[] = [['-march=native']]): readonly (readonly number[])[] {
  writeFileSync(join(folder, 'network.c'), text)
  writeFileSync(join(folder, 'main.c'), `#include <stdio.h>\n#include "network.c"\nint main(void) {\n${calls}\n  return 0;\n}\n`)
  return machines.map((machine) => {
    const { status, stderr } = spawnSync('cc', ['-O3', '-Wall', '-Wextra', '-Werror', ...machine, '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return spawnSync(join(folder, 'main'), { encoding: 'utf8' }).stdout.trim().split(/\s+/).map(Number)
  })
}
const array = (name: string, numbers: readonly number[]): string => `static double ${name}[] = {${numbers.join(', ')}};`
const printed = (name: string, count: number): string => `for (int i = 0; i < ${count}; i++) printf("%.17g ", ${name}[i]);`

const programs: Readonly<Record<string, readonly Tensor[]>> = {
  gradient: gradient(loss, learned),
  'Hessian-vector product': hessianVector(loss, learned, d),
  'third derivative': thirdDerivative(loss, learned, d, e),
}

describe.each(Object.entries(programs))('the %s as a file', (_, tensors) => {
  const outputs = Object.fromEntries(tensors.map((t, k) => [`out${k + 1}`, t]))
  const compiled = compileTensors(tensors)
  const inputs = compiled.inputs.map((name) => [name, values[name] ?? []] as const)
  for (const [name, value] of inputs) compiled.put(name, value)
  const reference = compiled.run().flatMap((part) => Array.from(part))

  it.skipIf(!has('cc'))('of C has no warning and gives what WebAssembly gives', () => {
    const sizes = tensors.map((t) => sizeOf(t.shape))
    const found = runC(emitTensors(outputs, { target: 'c' }).content, [
      ...inputs.map(([name, value]) => array(name, value)),
      ...sizes.map((n, k) => `static double out${k + 1}[${n}];`),
      'static double work[20000];',
      'if (noether_work() > 20000) return 1;',
      `noether_evaluate(${[...inputs.map(([name]) => name), ...sizes.map((__, k) => `out${k + 1}`), 'work'].join(', ')});`,
      ...sizes.map((n, k) => printed(`out${k + 1}`, n)),
    ].join('\n'), _ === 'gradient' ? [[], ['-march=native']] : [['-march=native']])
    for (const numbers of found) expect(distance(numbers, reference)).toBeLessThan(1e-13)
  })

  it('of JavaScript gives what WebAssembly gives', async () => {
    const file = join(folder, `network${tensors.length}${_.length}.mjs`)
    writeFileSync(file, emitTensors(outputs, { target: 'js' }).content)
    const module: { evaluate(given: object): Record<string, Float64Array> } = await import(pathToFileURL(file).href)
    const found = Object.values(module.evaluate(Object.fromEntries(inputs))).flatMap((part) => Array.from(part))
    expect(distance(found, reference)).toBeLessThan(1e-13)
  })
})

describe.skipIf(!has('cc'))('the flow of a network as a C file', () => {
  it.each([['gradient flow', gradientFlow(loss, learned)], ['modified loss flow', modifiedLossFlow(loss, learned, 0.1, 0.01)]] as const)('follows WebAssembly: %s', (_, flow) => {
    const { compiled, pack } = compileFlow(flow, data, { method: 'dop853' })
    const y0 = [...pack(start)]
    const n = y0.length
    const { final } = compiled.integrate({ y0, t1: 3, rtol: 1e-10, atol: 1e-10 })
    const found = runC(emitSystem(flowSystem(flow, data).system, { target: 'c', method: 'dop853' }).content, `
  ${array('y0', y0)}
  static double atol[${n}], out[${n}], end[${n}], error[${n}], work[200000];
  const double times[] = {3};
  const noether_options options = { .t0 = 0, .t1 = 3, .rtol = 1e-10 };
  noether_result result;
  for (int i = 0; i < ${n}; i++) atol[i] = 1e-10;
  if (noether_work(1, 0) > 200000 || noether_integrate(&options, y0, NULL, atol, NULL, 1, times, out, end, error, &result, work) != 1) return 1;
  ${printed('end', n)}`)
    for (const numbers of found) expect(distance(numbers, final.y)).toBeLessThan(1e-9)
  })
})

describe('what has no form', () => {
  it('is refused with the reason', () => {
    const { system } = flowSystem(gradientFlow(loss, learned), data)
    for (const target of ['wasm', 'python', 'jax']) expect(() => emitSystem(system, { target })).toThrow(InputError)
    expect(() => emitTensors({ g: loss }, { target: 'wasm' })).toThrow(InputError)
    expect(() => emitTensors({ 'not a name': loss }, { target: 'c' })).toThrow(InputError)
  })
})
