import { InputError } from '../../errors.js'
import { type Assembly, type Signal, mapped, memoized } from './assembly.js'

/** Piecewise linear units: each value may be kept with any factor, so a slot weighs it. */
export function gate(assembly: Assembly, signal: Signal): Signal {
  if (!signal.parametric) return assembly.fixed(signal.width, signal.extent)
  return mapped(signal, signal.width, (values) => values.map((z) => assembly.build.multiply(assembly.build.slot(), z)))
}

/** z ↦ z^degree. */
export function power(assembly: Assembly, signal: Signal, degree: number): Signal {
  if (!signal.parametric) return assembly.fixed(signal.width, signal.extent)
  return mapped(signal, signal.width, (values) => values.map((z) => assembly.build.power(z, degree)))
}

type Extent = Signal['extent']

/** Rows and columns after pooling windows of a size. @throws InputError if the signal is no image or smaller than a window. */
export function pooled(signal: Signal, size: number): Extent {
  const extent = signal.extent?.map((n) => Math.floor(n / size)) ?? []
  const [rows = 0, columns = 0] = extent
  if (rows < 1 || columns < 1) throw new InputError(`windows of ${size}×${size} do not fit`, 'pool an image at least as large as the window')
  return [rows, columns]
}

/** A maximum or an average over positions lets each channel take its value from another place: another datum for every channel. */
export function pick(assembly: Assembly, signal: Signal, extent: Extent): Signal {
  const { extent: _, ...rest } = signal
  return {
    ...rest,
    ...(extent === undefined ? {} : { extent }),
    draw: () => memoized(() => Array.from({ length: signal.width }, (_, channel) => assembly.another(() => signal.draw())(0, 0)[channel] ?? 0)),
  }
}

/** Means over windows, without their common factor 1/size². */
export function average(assembly: Assembly, signal: Signal, size: number, extent: Extent): Signal {
  const { extent: _, ...rest } = signal
  return {
    ...rest,
    ...(extent === undefined ? {} : { extent }),
    draw: () => {
      const below = signal.draw()
      const positions = Array.from({ length: size * size }, (_, n) => [Math.floor(n / size), n % size] as const)
      return memoized((r, c) => {
        const window = positions.map(([a, b]) => below(r * size + a, c * size + b))
        return Array.from({ length: signal.width }, (_, channel) => assembly.build.sum(window.map((values) => values[channel] ?? 0)))
      })
    },
  }
}

export interface Normalization {
  readonly kind: 'batchnorm' | 'layernorm' | 'rmsnorm'
  readonly epsilon: number
  readonly gamma: boolean
  readonly beta: boolean
}

/** What a normalization still sees of its input: ratios of differences (over the batch, over the channels), or ratios. */
function observe(assembly: Assembly, signal: Signal, { kind, epsilon }: Normalization): void {
  const { build } = assembly
  if (kind === 'batchnorm') {
    const [a = [], b = [], c = [], d = []] = Array.from({ length: 4 }, () => assembly.another(() => signal.draw())(0, 0))
    for (let k = 0; k < signal.width; k++) {
      const numerator = build.add(a[k] ?? 0, build.negate(b[k] ?? 0))
      const denominator = build.add(c[k] ?? 0, build.negate(d[k] ?? 0))
      if (epsilon === 0) assembly.ratios.push({ numerator, denominator })
      else assembly.observed.push(build.multiply(build.slot(), numerator))
    }
    return
  }
  const values = signal.draw()(0, 0)
  const form = (): number => build.dot(values, kind === 'layernorm' ? assembly.zeroSum(signal.width) : build.slots(signal.width))
  if (epsilon === 0) assembly.ratios.push({ numerator: form(), denominator: form() })
  else assembly.observed.push(form())
}

/** Batch, layer and root-mean-square normalization with gain and shift. */
export function normalize(assembly: Assembly, signal: Signal, spec: Normalization): Signal {
  const { build } = assembly
  const { width } = signal
  const number = assembly.number('norm')
  if (signal.parametric) observe(assembly, signal, spec)
  if (signal.parametric && spec.epsilon > 0) assembly.notes.push(`${spec.kind} ${number}: epsilon ${spec.epsilon} breaks the scale symmetry of the weights before it`)
  const normalized = (): readonly number[] => (spec.kind === 'layernorm' ? assembly.zeroSum(width) : build.slots(width))
  const gamma = spec.gamma ? assembly.block(`gamma${number}`, [width], 0) : undefined
  const beta = spec.beta && spec.kind !== 'rmsnorm' ? assembly.block(`beta${number}`, [width], 0) : undefined
  const shape = signal.extent === undefined ? {} : { extent: signal.extent }
  const names = [gamma, beta].flatMap((b) => (b === undefined ? [] : [b.name]))
  return {
    width,
    ...shape,
    parametric: names.length > 0,
    interface: assembly.newInterface(...names),
    draw: () =>
      memoized(() =>
        normalized().map((n, i) => {
          const scaled = gamma === undefined ? n : build.multiply(gamma.nodes[i] ?? build.zero, n)
          return beta === undefined ? scaled : build.add(scaled, beta.nodes[i] ?? build.zero)
        }),
      ),
  }
}
