import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { num, sym } from '../../src/algebra/build.js'
import { rational } from '../../src/algebra/rational.js'
import { emitSystem } from '../../src/compile/emit.js'
import { RESERVED } from '../../src/compile/executable.js'
import { FRAME, layout } from '../../src/compile/integrator/frame.js'
import { compileTensors } from '../../src/compile/tensor/compile.js'
import { gradient, hessianVector, thirdDerivative } from '../../src/compile/tensor/derivative.js'
import { emitTensors } from '../../src/compile/tensor/emit.js'
import { type Flow, type FlowSystem, compileFlow, flowSystem, gradientFlow } from '../../src/compile/tensor/flow.js'
import { type Tensor, axis, contract, input, sizeOf } from '../../src/compile/tensor/graph.js'
import { batchNorm, convolution, crossEntropy, dense, meanSquare, tanh } from '../../src/compile/tensor/layers.js'
import { instantiate } from '../../src/compile/wasm/engine.js'
import { compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'
import { buildNetwork } from '../../src/network/index.js'
import { readRule } from '../../src/rules/rule.js'
import { loadData, subset, trainingFlow } from '../../src/training/index.js'
import { modifiedLossFlow, momentumFlow } from './handFlows.js'

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
const PYTHON = process.env['NOETHER_PYTHON'] ?? 'python3'
const lacks = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status !== 0
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

declare const WebAssembly: {
  readonly Module: { new (bytes: Uint8Array): object; customSections(module: object, name: string): readonly ArrayBuffer[] }
}
const notesOf = (bytes: Uint8Array): string =>
  new TextDecoder().decode(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'noether')[0])

/** Numbers that a Python script prints as JSON. */
function runPython(script: string): readonly number[] {
  const env = { ...process.env, JAX_PLATFORMS: 'cpu' }
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script], { cwd: folder, encoding: 'utf8', env })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const found: unknown = JSON.parse(stdout)
  return Array.isArray(found) ? found.map(Number) : []
}

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

/** A flow with everything that its hyperparameters and layers can ask of a target. */
const image = input('image', [3, 5, 4, 2])
const [kernel, gain, shift, weight] = [input('kernel', [3, 2, 2, 3]), input('gain', [3]), input('shift', [3]), input('weight', [27, 2])]
function convolutional(): Flow {
  const features = tanh(batchNorm(convolution(image, kernel, { stride: 2, padding: 1 }), gain, shift, num(rational(1n, 100n))))
  const flat = contract(
    [features], [['n', 'y', 'x', 'c'].map(axis)],
    [axis('n'), { terms: [{ label: 'y', factor: 9 }, { label: 'x', factor: 3 }, { label: 'c', factor: 1 }], offset: 0 }],
    Object.fromEntries(features.shape.map((size, k) => [['n', 'y', 'x', 'c'][k] ?? '', size])), [3, sizeOf(features.shape) / 3],
  )
  const error = meanSquare(dense(flat, weight), input('target', [3, 2]))
  return momentumFlow(error, [kernel, gain, shift, weight], sym('eta'), sym('beta'), sym('lambda'))
}

interface Case {
  readonly name: string
  readonly flow: FlowSystem
  readonly parameters: readonly number[]
}
/** A derived flow with a sum over all parameters, a factor that moves with the time, a part of one block and a state as slow as θ. */
function ofRule(): FlowSystem {
  const network = buildNetwork({ input: 64, layers: [{ dense: 3 }, 'tanh', { dense: 10 }] })
  const blocks = Object.fromEntries(network.parameters.map(({ name }) => [name, [name]]))
  const rule = readRule({
    state: { s: 'theta' }, c: 'exp(-eta*k)/2', update: { s: 's + eta*(g_W1 - s)', theta: 'theta - eta*(g/sqrt(1 + norm2(g)) + c*s + theta*tanh(g))' },
  }, blocks)
  return trainingFlow(network, subset(loadData('digits'), 9).train, rule, 'modified', 1)
}
const CASES: readonly Case[] = [
  { name: 'gradient', flow: flowSystem(gradientFlow(loss, learned, sym('lambda')), data, ['lambda']), parameters: [0.02] },
  { name: 'modified', flow: flowSystem(modifiedLossFlow(loss, learned, 0.1, 0.01), data), parameters: [] },
  {
    name: 'momentum', flow: flowSystem(convolutional(), { image: wave(120, 0.37), target: wave(6, 1.1) }, ['eta', 'beta', 'lambda']),
    parameters: [0.1, 0.5, 0.01],
  },
  { name: 'derived', flow: ofRule(), parameters: [0.1] },
]
const T1 = 1
const TOLERANCE = 1e-8

describe.each(CASES)('the $name flow of a network', ({ name, flow: { system, size }, parameters }) => {
  const y0 = wave(size, 0.9)
  const options = { y0, parameters, t1: T1, rtol: TOLERANCE, atol: TOLERANCE }
  const reference = compileSystem(system, { method: 'dopri5', target: 'js' }).integrate(options)

  it('as WebAssembly brings its data and says how it is called', () => {
    const { content } = emitSystem(system, { target: 'wasm', method: 'dopri5' })
    if (typeof content === 'string') throw new TypeError('text')
    const notes = notesOf(content)
    const base = Number(/base ≥ (\d+)/.exec(notes)?.[1])
    const frame = Number(/(\d+) doubles/.exec(notes)?.[1])
    const place = (of: string): number => base + Number(new RegExp(`\\b${of}( at)? (\\d+)`).exec(notes)?.[2])
    const { entry, memory } = instantiate(Uint8Array.from(content))
    const [times, out] = [base + frame, base + frame + 1]
    const doubles = memory(out + size)
    for (const [field, value] of Object.entries({ end: T1, relativeTolerance: TOLERANCE, largestStep: Infinity, maxSteps: 1e6 }))
      doubles[place(field)] = value
    doubles.set(y0, place('states'))
    doubles.set(y0.map(() => TOLERANCE), place('absolute tolerances'))
    doubles.set(parameters, place('parameters'))
    doubles[times] = T1
    expect(entry('integrate')(base, times, 1, out, 0)).toBe(Number(/(\d+) completed/.exec(notes)?.[1]))
    expect(doubles[place('accepted')]).toBe(reference.statistics.accepted)
    expect(distance(doubles.subarray(out, out + size), reference.final.y)).toBeLessThan(1e-13)
  })

  it('as JavaScript brings its data', async () => {
    const { content } = emitSystem(system, { target: 'js', method: 'dopri5' })
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, content)
    const { integrate } = await import(pathToFileURL(file).href)
    const frame = Number(/(\d+) doubles/.exec(`${content}`)?.[1])
    const at = layout(size, parameters.length)
    const [base, times, out] = [RESERVED, RESERVED + frame, RESERVED + frame + 1]
    const memory = new Float64Array(out + size)
    for (const [field, value] of [['end', T1], ['relativeTolerance', TOLERANCE], ['largestStep', Infinity], ['maxSteps', 1e6]] as const)
      memory[base + FRAME[field]] = value
    memory.set(y0, base + at.state)
    memory.fill(TOLERANCE, base + at.tolerance, base + at.tolerance + size)
    memory.set(parameters, base + at.parameters)
    memory[times] = T1
    expect(integrate(memory, base, times, 1, out, 0)).toBe(1)
    expect(memory.slice(out, out + size)).toEqual(Float64Array.from(reference.final.y))
  })

  // XLA takes long to compile one: the flow with all kinds of layers and the derived one have to do.
  const targets = ['momentum', 'derived'].includes(name) && !lacks('jax') ? ['python', 'jax'] : ['python']
  it.skipIf(lacks('numpy')).each(targets)('as %s takes the steps of the compiled ones', (target) => {
    writeFileSync(join(folder, `${name}_${target}.py`), emitSystem(system, { target, method: 'dopri5' }).content)
    const found = runPython(`import json, ${name}_${target} as flow
r = flow.integrate(${JSON.stringify(y0)}, 0, ${T1}, ${JSON.stringify(parameters)}, ${TOLERANCE}, ${TOLERANCE})
rates = flow.rhs(0.0, flow.np.stack([flow.np.array(${JSON.stringify(y0)}), r.y], axis=1), ${JSON.stringify(parameters)})
print(json.dumps([int(r.steps), *map(float, r.y), *map(float, rates[:, 1] - flow.rhs(0.0, r.y, ${JSON.stringify(parameters)}))]))`)
    expect(found[0]).toBe(reference.statistics.accepted)
    expect(distance(found.slice(1, 1 + size), reference.final.y)).toBeLessThan(1e-12)
    expect(Math.max(...found.slice(1 + size).map(Math.abs))).toBeLessThan(1e-14)
  })
})

describe('the states that a flow begins at', () => {
  const { system } = ofRule()
  const { initial = [] } = system

  it('are in its JavaScript and its WebAssembly', async () => {
    const file = join(folder, 'begins.mjs')
    writeFileSync(file, emitSystem(system, { target: 'js' }).content)
    expect((await import(pathToFileURL(file).href)).initial).toEqual(initial)
    const { content } = emitSystem(system, { target: 'wasm' })
    if (typeof content === 'string') throw new TypeError('text')
    const place = Number(/begins at stand at (\d+)/.exec(notesOf(content))?.[1])
    expect(Array.from(instantiate(Uint8Array.from(content)).memory(place + initial.length).subarray(place, place + initial.length))).toEqual(initial)
  })

  it.skipIf(!has('cc'))('are in its C', () => {
    const [found] = runC(emitSystem(system, { target: 'c' }).content, printed('noether_initial', initial.length))
    expect(found).toEqual(initial)
  })

  it.skipIf(lacks('numpy'))('are in its Python', () => {
    writeFileSync(join(folder, 'begins.py'), emitSystem(system, { target: 'python' }).content)
    expect(runPython('import json, begins\nprint(json.dumps(list(map(float, begins.INITIAL))))')).toEqual(initial)
  })
})

it.skipIf(lacks('jax'))('a flow as JAX is mapped over initial states and hyperparameters', () => {
  const [flow, scalars] = [gradientFlow(loss, learned, sym('lambda')), ['lambda']]
  const { system, size } = flowSystem(flow, data, scalars)
  const [starts, decays] = [[wave(size, 0.9), wave(size, 0.4)], [0.02, 0.3]]
  writeFileSync(join(folder, 'mapped.py'), emitSystem(system, { target: 'jax', method: 'dopri5' }).content)
  const found = runPython(`import json, jax, mapped
one = lambda y, p: mapped.integrate(y, 0, 1, [p], 1e-8, 1e-8).y
both = jax.vmap(one)(mapped.np.array(${JSON.stringify(starts)}), mapped.np.array(${JSON.stringify(decays)}))
print(json.dumps([float(v) for v in both.ravel()]))`)
  const compiled = compileFlow(flow, data, { method: 'dopri5', scalars }).compiled
  const expected = starts.flatMap((y0, k) =>
    compiled.integrate({ y0, parameters: [decays[k] ?? NaN], t1: 1, rtol: 1e-8, atol: 1e-8 }).final.y)
  expect(distance(found, expected)).toBeLessThan(1e-12)
})

describe('what has no form', () => {
  it('is refused with the reason', () => {
    const { system } = flowSystem(gradientFlow(loss, learned), data)
    expect(() => emitSystem(system, { target: 'fortran' })).toThrow(InputError)
    expect(() => emitSystem(system, { target: 'python', method: 'taylor' })).toThrow(InputError)
    expect(() => emitTensors({ g: loss }, { target: 'wasm' })).toThrow(InputError)
    expect(() => emitTensors({ 'not a name': loss }, { target: 'c' })).toThrow(InputError)
  })
})
