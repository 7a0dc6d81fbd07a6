import type { Graph } from '../graph.js'
import type { Node } from '../ir.js'

/** An unevaluated sum high + low, |low| ≤ ulp(high)/2: about 106 bits. */
export interface Pair {
  readonly high: Node
  readonly low: Node
}

const SPLITTER = 2 ** 27 + 1

/** Error-free transformations (Dekker 1971, Knuth 1969) and sums and products of pairs as nodes. */
export class Pairs {
  constructor(private readonly g: Graph) {}

  /** x + y exactly; no condition on the magnitudes. */
  add(x: Node, y: Node): Pair {
    const { add, sub } = this.g
    const high = add(x, y)
    const part = sub(high, x)
    return { high, low: add(sub(x, sub(high, part)), sub(y, part)) }
  }

  /** x + y exactly for |x| ≥ |y|. */
  fastAdd(x: Node, y: Node): Pair {
    const { add, sub } = this.g
    const high = add(x, y)
    return { high, low: sub(y, sub(high, x)) }
  }

  private split(x: Node): Pair {
    const { mul, sub } = this.g
    const scaled = mul(this.g.constant(SPLITTER), x)
    const high = sub(scaled, sub(scaled, x))
    return { high, low: sub(x, high) }
  }

  /** x·y exactly, away from overflow and underflow. */
  mul(x: Node, y: Node): Pair {
    const { mul, sub, add } = this.g
    const high = mul(x, y)
    const [a, b] = [this.split(x), this.split(y)]
    const error = add(add(add(sub(mul(a.high, b.high), high), mul(a.high, b.low)), mul(a.low, b.high)), mul(a.low, b.low))
    return { high, low: error }
  }

  addPair(x: Pair, y: Pair): Pair {
    const sum = this.add(x.high, y.high)
    return this.fastAdd(sum.high, this.g.add(sum.low, this.g.add(x.low, y.low)))
  }

  mulPair(x: Pair, y: Pair): Pair {
    const { mul, add } = this.g
    const product = this.mul(x.high, y.high)
    return this.fastAdd(product.high, add(product.low, add(mul(x.high, y.low), mul(x.low, y.high))))
  }

  /** x/y rounded once from the pairs (relative error just over half an ulp). */
  quotient(x: Pair, y: Pair): Node {
    const { sub, add, mul, div } = this.g
    const first = div(x.high, y.high)
    const back = this.mul(first, y.high)
    const rest = add(sub(sub(sub(x.high, back.high), back.low), mul(first, y.low)), x.low)
    return add(first, div(rest, y.high))
  }

  /** The constant whose parts are given. */
  constant(parts: readonly number[]): Pair {
    return { high: this.g.constant(parts[0] ?? 0), low: this.g.constant(parts[1] ?? 0) }
  }
}

/** 1/q as high and low part. */
export const inverse = (q: bigint): readonly number[] => {
  const high = 1 / Number(q)
  const scaled = BigInt(high * 2 ** 80)
  return [high, Number((1n << 80n) - q * scaled) / Number(q) / 2 ** 80]
}
