/**
 * The probability that |t| of Student's distribution is larger.
 * @param freedom degrees of freedom, a whole number. Source: Abramowitz & Stegun, eqs. 26.7.3 and 26.7.4.
 */
export function studentTail(t: number, freedom: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(freedom))
  const square = Math.cos(angle) ** 2
  const isEven = freedom % 2 === 0
  let [term, sum] = [isEven ? 1 : Math.cos(angle), 0]
  for (let j = isEven ? 1 : 2; j < freedom; j += 2) {
    sum += term
    term *= (j / (j + 1)) * square
  }
  return isEven ? 1 - Math.sin(angle) * sum : 1 - (2 / Math.PI) * (angle + Math.sin(angle) * sum)
}

/** The |t| that is exceeded with a probability, by bisection; tails below the rounding of the sum are not told apart. */
export function studentBound(probability: number, freedom: number): number {
  let [low, high] = [0, 1]
  while (studentTail(high, freedom) > probability) high *= 2
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2
    if (studentTail(middle, freedom) > probability) low = middle
    else high = middle
  }
  return high
}
