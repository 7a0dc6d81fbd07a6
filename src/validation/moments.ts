/** Mean and variance of arrays of numbers that come one after the other, element by element (Welford's updates, which do not cancel). */
export class Moments {
  private runs = 0
  readonly mean: Float64Array
  private readonly squares: Float64Array

  constructor(length: number) {
    this.mean = new Float64Array(length)
    this.squares = new Float64Array(length)
  }

  take(x: Float64Array): void {
    this.runs += 1
    for (const [i, value] of x.entries()) {
      const before = value - (this.mean[i] ?? 0)
      this.mean[i] = (this.mean[i] ?? 0) + before / this.runs
      this.squares[i] = (this.squares[i] ?? 0) + before * (value - (this.mean[i] ?? 0))
    }
  }

  /** Unbiased variances. */
  variance(): Float64Array {
    return this.squares.map((s) => s / (this.runs - 1))
  }

  /** Standard errors of the mean. */
  errors(): Float64Array {
    return this.variance().map((v) => Math.sqrt(v / this.runs))
  }
}
