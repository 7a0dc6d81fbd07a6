import { InputError } from '../../errors.js'
import { readActivation } from '../layered-input.js'
import { type Assembly, type Signal, memoized } from './assembly.js'
import { affine } from './linear.js'
import { GENERIC } from './schema.js'
import { gate, power } from './units.js'

export interface Attention {
  readonly heads: number
  readonly width?: number | undefined
  readonly bias: boolean
}

/**
 * Σ_h O_h Σ_t softmax_t(q_h·k_h(t)) v_h(t). The loss sees the scores up to a number common to all keys, and mixtures of values over tokens,
 * another mixture for every head [CL 2025].
 */
export function attention(assembly: Assembly, signal: Signal, spec: Attention): Signal {
  const { build } = assembly
  const number = assembly.number('conv') // K is the kernel of a convolution and the keys of attention: numbered as one
  assembly.arbitrary.add('attention weights')
  const width = spec.width ?? signal.width / spec.heads
  if (!Number.isInteger(width)) throw new InputError(`${spec.heads} heads do not divide a width of ${signal.width}`, 'give the width of one head')
  const outputs = Array.from({ length: spec.heads }, (_, h) => {
    const tag = spec.heads === 1 ? `${number}` : `${number}h${h + 1}`
    const project = (name: string): Signal =>
      affine(assembly, signal, { units: width, weight: `${name}${tag}`, ...(spec.bias ? { bias: `b${name}${tag}` } : {}) })
    const [query, key, value] = [project('Q'), project('K'), project('V')]
    const [q, k, other] = [query.draw()(0, 0), assembly.another(() => key.draw())(0, 0), assembly.another(() => key.draw())(0, 0)]
    const difference = k.map((x, i) => build.add(x, build.negate(other[i] ?? build.zero)))
    assembly.observed.push(build.multiply(build.slot(), build.dot(q, difference)))
    assembly.newInterface(...query.interface, ...key.interface)
    return affine(assembly, value, { units: signal.width, weight: `O${tag}` })
  })
  const shift = spec.bias ? assembly.block(`bO${number}`, [signal.width], 0) : undefined
  return {
    width: signal.width,
    ...(signal.extent === undefined ? {} : { extent: signal.extent }),
    parametric: true,
    interface: assembly.newInterface(...outputs.flatMap((o) => [...o.interface]), ...(shift === undefined ? [] : [shift.name])),
    draw: () => {
      const draws = outputs.map((o) => assembly.another(() => o.draw()))
      return memoized((r, c) =>
        Array.from({ length: signal.width }, (_, i) => build.sum([...draws.map((d) => d(r, c)[i] ?? build.zero), ...(shift === undefined ? [] : [shift.nodes[i] ?? build.zero])])),
      )
    },
  }
}

export interface GatedUnits {
  readonly hidden: number
  readonly activation: string
  readonly bias: boolean
}

/** down(σ(gate x) ∘ up x): a gated linear unit with any σ (Shazeer 2020). */
export function gatedUnits(assembly: Assembly, signal: Signal, spec: GatedUnits): Signal {
  const { build } = assembly
  const number = assembly.number('gated')
  // Both projections read the same datum, so that one draw of the input must serve both.
  const read = assembly.together(signal)
  const same = read.signal
  const project = (name: string): Signal =>
    affine(assembly, same, { units: spec.hidden, weight: `${name}${number}`, ...(spec.bias ? { bias: `b${name}${number}` } : {}) })
  const [opening, up] = [project('G'), project('U')]
  const generic = GENERIC.some((name) => name === spec.activation)
  if (generic) {
    assembly.cut(opening)
    assembly.arbitrary.add(spec.activation)
  }
  const activation = generic ? { kind: 'linear' as const } : readActivation(spec.activation)
  const opened = generic ? assembly.fixed(spec.hidden) : activation.kind === 'gated' ? gate(assembly, opening) : activation.kind === 'power' ? power(assembly, opening, activation.degree) : opening
  const joined = assembly.newInterface(...up.interface)
  const hidden: Signal = {
    width: spec.hidden,
    ...(signal.extent === undefined ? {} : { extent: signal.extent }),
    parametric: true,
    interface: joined,
    draw: () => read.draw(() => {
      const [a, b] = [opened.draw(), up.draw()]
      return memoized((r, c) => {
        const values = b(r, c)
        return a(r, c).map((x, j) => build.multiply(x, values[j] ?? build.zero))
      })
    }),
  }
  if (!generic) {
    assembly.newInterface(...opening.interface, ...up.interface)
    opening.interface.add(`D${number}`)
  }
  return affine(assembly, hidden, { units: signal.width, weight: `D${number}`, ...(spec.bias ? { bias: `bD${number}` } : {}) })
}
