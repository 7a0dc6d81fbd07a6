import { InputError } from '../../errors.js'
import type { Node } from '../circuit.js'
import { type AssembledBlock, type Assembly, type Signal, memoized } from './assembly.js'

export interface Affine {
  readonly units: number
  readonly weight: string
  readonly bias?: string
  readonly shares?: string
  readonly transpose?: boolean
}

const column = (w: AssembledBlock, inputs: number, j: number, transpose: boolean): readonly Node[] =>
  Array.from({ length: inputs }, (_, i) => w.nodes[transpose ? i * (w.shape[1] ?? 0) + j : j * inputs + i] ?? 0)

/** z = W x + b at every position, W of shape [units, inputs], or [units, positions, channels] where it reads a flattened image that parameters made. */
export function affine(assembly: Assembly, signal: Signal, spec: Affine): Signal {
  const { build } = assembly
  const transpose = spec.transpose === true
  const shape = [spec.units, ...((signal.parametric ? signal.layout : undefined) ?? [signal.width])]
  const w = spec.shares === undefined ? assembly.block(spec.weight, shape, 0) : assembly.shared(spec.shares, transpose ? shape.toReversed() : shape)
  const b = spec.bias === undefined ? undefined : assembly.block(spec.bias, [spec.units], 0)
  signal.interface.add(w.name)
  const { layout: _, ...rest } = signal
  return {
    ...rest,
    width: spec.units,
    parametric: true,
    interface: assembly.newInterface(w.name, ...(b === undefined ? [] : [b.name])),
    draw: () => {
      const below = signal.draw()
      return memoized((r, c) => {
        const x = below(r, c)
        return Array.from({ length: spec.units }, (_, j) => {
          const z = build.dot(column(w, signal.width, j, transpose), x)
          return b === undefined ? z : build.add(z, b.nodes[j] ?? build.zero)
        })
      })
    },
  }
}

export interface Convolution {
  readonly filters: number
  readonly kernel: number
  readonly stride: number
  readonly padding: 'valid' | 'same'
  readonly bias: boolean
}

/**
 * z(p) = Σ_δ K(δ)ᵀ x(stride·p + δ) + c, K of shape [kernel, kernel, inputs, filters]. Positions are those of the interior, of `same` padding
 * as of the input; each input position may be cut off then, which a slot stands for.
 */
export function convolution(assembly: Assembly, signal: Signal, spec: Convolution): Signal {
  const { build } = assembly
  const { filters, kernel, stride, padding } = spec
  if (signal.extent === undefined) throw new InputError('a convolution needs an image as its input', 'give the network input: [rows, columns, channels]')
  const number = assembly.number('conv')
  const k = assembly.block(`K${number}`, [kernel, kernel, signal.width, filters], 3)
  const c = spec.bias ? assembly.block(`c${number}`, [filters], 0) : undefined
  const extent = signal.extent.map((n) => (padding === 'same' ? Math.ceil(n / stride) : Math.floor((n - kernel) / stride) + 1))
  const [rows = 0, columns = 0] = extent
  if (rows < 1 || columns < 1) throw new InputError(`a ${kernel}×${kernel} kernel does not fit into ${signal.extent.join('×')}`, "use a smaller kernel or padding 'same'")
  signal.interface.add(k.name)
  const border = padding === 'same' ? Math.floor((kernel - 1) / 2) : 0
  return {
    width: filters,
    extent: [rows, columns],
    parametric: true,
    interface: assembly.newInterface(k.name, ...(c === undefined ? [] : [c.name])),
    draw: () => {
      const below = signal.draw()
      const masked = memoized((r, s) => {
        const x = below(r, s)
        if (padding === 'valid' || !signal.parametric) return x
        const mask = build.slot()
        return x.map((value) => build.multiply(mask, value))
      })
      return memoized((r, s) =>
        Array.from({ length: filters }, (_, o) => {
          const taps: Node[] = c === undefined ? [] : [c.nodes[o] ?? build.zero]
          for (let a = 0; a < kernel; a++)
            for (let b = 0; b < kernel; b++)
              for (const [i, x] of masked(r * stride + a - border, s * stride + b - border).entries())
                taps.push(build.multiply(k.nodes[((a * kernel + b) * signal.width + i) * filters + o] ?? build.zero, x))
          return build.sum(taps)
        }),
      )
    },
  }
}

/** All positions of an image side by side as one vector, rows first, channels last. */
export function flatten(signal: Signal): Signal {
  if (signal.extent === undefined) return signal
  const [rows, columns] = signal.extent
  const { extent: _, ...rest } = signal
  return {
    ...rest,
    width: rows * columns * signal.width,
    layout: [rows * columns, signal.width],
    draw: () => {
      const below = signal.draw()
      return memoized(() => Array.from({ length: rows * columns }, (_, p) => below(Math.floor(p / columns), p % columns)).flat())
    },
  }
}
