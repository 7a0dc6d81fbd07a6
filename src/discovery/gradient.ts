import { type Circuit, OPERATION } from './circuit.js'
import { type PrimeField, residue } from './prime.js'
import { type SeriesVector, addInto, multiplyInto, reciprocalInto, seriesVector, subtractProduct } from './series.js'

/**
 * ∇_θ a(θ, c) of a circuit along a curve θ(t), c(t), and the products of its Hessian with vectors, all as truncated
 * power series: one forward sweep for the values, one reverse sweep for the adjoints, and the same two sweeps in their
 * tangent form for a Hessian-vector product (Pearlmutter 1994).
 */
export class GradientSweep {
  private readonly value: Float64Array
  private readonly adjoint: Float64Array
  readonly gradient: SeriesVector

  /** @throws RangeError if the prime divides a denominator in the circuit, SingularPoint if a denominator vanishes at the point. */
  constructor(
    private readonly field: PrimeField,
    private readonly circuit: Circuit,
    theta: SeriesVector,
    slots: SeriesVector,
    private readonly order: number,
  ) {
    const { size, parameters, output } = circuit
    const step = order + 1
    this.value = new Float64Array(size * step)
    this.adjoint = new Float64Array(size * step)
    this.load(theta, 0)
    this.load(slots, parameters)
    this.forward()
    this.adjoint[output * step] = 1
    this.reverse()
    this.gradient = { length: parameters, order, data: this.adjoint.slice(0, parameters * step) }
  }

  private load(v: SeriesVector, at: number): void {
    const kept = Math.min(this.order, v.order)
    for (let i = 0; i < v.length; i++)
      for (let k = 0; k <= kept; k++) this.value[(at + i) * (this.order + 1) + k] = v.data[i * (v.order + 1) + k] ?? 0
  }

  private forward(): void {
    const { circuit, field, order, value } = this
    const step = order + 1
    for (let n = circuit.parameters + circuit.slots; n < circuit.size; n++) {
      const a = circuit.left[n] ?? 0
      const b = circuit.right[n] ?? 0
      switch (circuit.operation[n]) {
        case OPERATION.CONSTANT: {
          const constant = circuit.constants[a]
          const r = constant === undefined ? 0 : residue(field, constant.num, constant.den)
          if (r === undefined) throw new RangeError(`${field.p} divides a denominator of the parametrization`)
          value[n * step] = r
          break
        }
        case OPERATION.ADD:
          addInto(field, order, value, n * step, value, a * step)
          addInto(field, order, value, n * step, value, b * step)
          break
        case OPERATION.MULTIPLY:
          multiplyInto(field, order, value, n * step, value, a * step, value, b * step)
          break
        case OPERATION.RECIPROCAL:
          reciprocalInto(field, order, value, n * step, value, a * step)
      }
    }
  }

  private reverse(): void {
    const { circuit, field, order, value, adjoint } = this
    const step = order + 1
    for (let n = circuit.size - 1; n >= circuit.parameters + circuit.slots; n--) {
      const a = (circuit.left[n] ?? 0) * step
      const b = (circuit.right[n] ?? 0) * step
      if (circuit.operation[n] === OPERATION.ADD) {
        addInto(field, order, adjoint, a, adjoint, n * step)
        addInto(field, order, adjoint, b, adjoint, n * step)
      } else if (circuit.operation[n] === OPERATION.MULTIPLY) {
        multiplyInto(field, order, adjoint, a, adjoint, n * step, value, b)
        multiplyInto(field, order, adjoint, b, adjoint, n * step, value, a)
      } else if (circuit.operation[n] === OPERATION.RECIPROCAL) {
        subtractProduct(field, order, adjoint, a, [[adjoint, n * step], [value, n * step], [value, n * step]])
      }
    }
  }

  /** Hess_θ a · u to the order of `u`, which is at most the order of the sweep. */
  hessianTimes(u: SeriesVector): SeriesVector {
    const { circuit, field, value, adjoint } = this
    const { order } = u
    const [full, step] = [this.order + 1, order + 1]
    const tangent = new Float64Array(circuit.size * step)
    const change = new Float64Array(circuit.size * step)
    const first = circuit.parameters + circuit.slots
    tangent.set(u.data)
    for (let n = first; n < circuit.size; n++) {
      const a = circuit.left[n] ?? 0
      const b = circuit.right[n] ?? 0
      if (circuit.operation[n] === OPERATION.ADD) {
        addInto(field, order, tangent, n * step, tangent, a * step)
        addInto(field, order, tangent, n * step, tangent, b * step)
      } else if (circuit.operation[n] === OPERATION.MULTIPLY) {
        multiplyInto(field, order, tangent, n * step, tangent, a * step, value, b * full)
        multiplyInto(field, order, tangent, n * step, tangent, b * step, value, a * full)
      } else if (circuit.operation[n] === OPERATION.RECIPROCAL) {
        subtractProduct(field, order, tangent, n * step, [[tangent, a * step], [value, n * full], [value, n * full]])
      }
    }
    for (let n = circuit.size - 1; n >= first; n--) {
      const a = circuit.left[n] ?? 0
      const b = circuit.right[n] ?? 0
      if (circuit.operation[n] === OPERATION.ADD) {
        addInto(field, order, change, a * step, change, n * step)
        addInto(field, order, change, b * step, change, n * step)
      } else if (circuit.operation[n] === OPERATION.MULTIPLY) {
        multiplyInto(field, order, change, a * step, change, n * step, value, b * full)
        multiplyInto(field, order, change, a * step, tangent, b * step, adjoint, n * full)
        multiplyInto(field, order, change, b * step, change, n * step, value, a * full)
        multiplyInto(field, order, change, b * step, tangent, a * step, adjoint, n * full)
      } else if (circuit.operation[n] === OPERATION.RECIPROCAL) {
        const r = [value, n * full] as const
        subtractProduct(field, order, change, a * step, [[change, n * step], r, r])
        subtractProduct(field, order, change, a * step, [[adjoint, n * full], r, [tangent, n * step]])
        subtractProduct(field, order, change, a * step, [[adjoint, n * full], r, [tangent, n * step]])
      }
    }
    const result = seriesVector(circuit.parameters, order)
    result.data.set(change.subarray(0, circuit.parameters * step))
    return result
  }
}
