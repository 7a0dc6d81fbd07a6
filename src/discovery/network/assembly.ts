import { InputError } from '../../errors.js'
import { CircuitBuilder, type Node } from '../circuit.js'
import { refuseIfTooLarge } from '../estimate.js'
import type { DiscoveryLayer } from './schema.js'

/** The values of a signal's channels at a position, for one datum. Signals without positions have only (0, 0). */
export type Draw = (row: number, column: number) => readonly Node[]

/**
 * What flows between layers, as a function of data: every `draw` is another datum (another token, another sample), with coefficient
 * slots for whatever the data or a nonlinearity make arbitrary.
 */
export interface Signal {
  readonly width: number
  /** Rows and columns of an image. */
  readonly extent?: readonly [number, number]
  /** How a flattened image's width is made up, e.g. [positions, channels]: the weights that read it have these axes. */
  readonly layout?: readonly number[]
  /** Whether parameters entered since the last cut. */
  readonly parametric: boolean
  /** Blocks that produce or consume these channels: the support of laws of this interface. Consumers add themselves. */
  readonly interface: Set<string>
  draw(): Draw
}

export interface AssembledBlock {
  readonly name: string
  readonly shape: readonly number[]
  readonly outputAxis: number
  readonly nodes: readonly Node[]
}

/** Functions of the parameters seen only as a ratio. */
export interface Ratio {
  readonly numerator: Node
  readonly denominator: Node
}

/** One layer as it was met: the blocks it brought, the channels it gives, the layers within it. */
export interface LayerOutline {
  readonly layer: DiscoveryLayer
  readonly width: number
  readonly blocks: readonly string[]
  readonly inner: readonly LayerOutline[]
}

/** Collects the parameters of a network, what the loss can see of them, and the interfaces between layers. */
export class Assembly {
  readonly build = new CircuitBuilder()
  readonly blocks = new Map<string, AssembledBlock>()
  readonly observed: Node[] = []
  readonly ratios: Ratio[] = []
  readonly interfaces: Set<string>[] = []
  readonly notes: string[] = []
  readonly outline: LayerOutline[] = []
  /** What was taken to pass on arbitrary numbers: laws are complete among those that hold whatever these are. */
  readonly arbitrary = new Set<string>()
  private readonly numbers = new Map<string, number>()

  /** The next number for layers of a kind, from 1. */
  number(kind: string): number {
    const next = (this.numbers.get(kind) ?? 0) + 1
    this.numbers.set(kind, next)
    return next
  }

  /** @throws InputError for a block too large to be searched, before anything is built. */
  block(name: string, shape: readonly number[], outputAxis: number): AssembledBlock {
    const count = shape.reduce((a, b) => a * b, 1)
    refuseIfTooLarge(count, [name])
    const made = { name, shape, outputAxis, nodes: Array.from({ length: count }, () => this.build.parameter()) }
    this.blocks.set(name, made)
    return made
  }

  /** @throws InputError if no block has this name and shape. */
  shared(name: string, shape: readonly number[]): AssembledBlock {
    const known = this.blocks.get(name)
    if (known === undefined) throw new InputError(`no weight '${name}' to share`, `the weights so far are ${[...this.blocks.keys()].join(', ') || 'none'}`)
    if (known.shape.join() !== shape.join())
      throw new InputError(`'${name}' is ${known.shape.join('×')} and is shared where ${shape.join('×')} is needed`, 'widths must agree')
    return known
  }

  newInterface(...names: readonly string[]): Set<string> {
    const made = new Set(names)
    this.interfaces.push(made)
    return made
  }

  private apart = false

  /**
   * A signal for layers that read one datum together. `draw` takes the next datum, which all draws of the signal are until then, and what is drawn of
   * these layers with it; within `another` each draw of the signal is another datum all the same.
   */
  together(signal: Signal): { readonly signal: Signal; draw<T>(read: (own: Draw) => T): T } {
    let current = signal.draw()
    return {
      signal: { ...signal, draw: () => (this.apart ? signal.draw() : current) },
      draw: (read) => {
        const own = signal.draw()
        current = own
        return this.within(false, () => read(own))
      },
    }
  }

  /** What is drawn of another datum than the one that is read: another token, another sample. */
  another<T>(draw: () => T): T {
    return this.within(true, draw)
  }

  private within<T>(apart: boolean, draw: () => T): T {
    const before = this.apart
    this.apart = apart
    try {
      return draw()
    } finally {
      this.apart = before
    }
  }

  /** Data, or the output of a nonlinearity that tells nothing of its input: arbitrary numbers. */
  fixed(width: number, extent?: readonly [number, number]): Signal {
    const shape = extent === undefined ? {} : { extent }
    return { width, ...shape, parametric: false, interface: new Set(), draw: () => memoized(() => this.build.slots(width)) }
  }

  /** The loss may depend on this signal in any way, and what follows does not depend on how it was produced. */
  cut(signal: Signal): Signal {
    if (signal.parametric) this.observed.push(this.build.dot(signal.draw()(0, 0), this.build.slots(signal.width)))
    return this.fixed(signal.width, signal.extent)
  }

  /** As `cut`, where adding one number to all channels changes nothing. */
  cutUpToShift(signal: Signal): void {
    if (signal.parametric) this.observed.push(this.build.dot(signal.draw()(0, 0), this.zeroSum(signal.width)))
  }

  /** Arbitrary numbers of sum 0. */
  zeroSum(width: number): readonly Node[] {
    const free = this.build.slots(width - 1)
    return [...free, this.build.negate(this.build.sum(free))]
  }
}

/** Remembers what a draw gave at each position. */
export function memoized(draw: Draw): Draw {
  const known = new Map<string, readonly Node[]>()
  return (row, column) => {
    const key = `${row},${column}`
    const found = known.get(key)
    if (found !== undefined) return found
    const made = draw(row, column)
    known.set(key, made)
    return made
  }
}

/** A signal made channel by channel from another, position by position. */
export const mapped = (signal: Signal, width: number, f: (values: readonly Node[]) => readonly Node[]): Signal => ({
  ...signal,
  width,
  draw: () => {
    const below = signal.draw()
    return memoized((row, column) => f(below(row, column)))
  },
})
