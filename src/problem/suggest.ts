/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. Damerau 1964. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (last[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1)
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution)
      if (left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? left.length
}

/** The candidate a mistyped word most likely means: at most a third of its letters wrong. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const compared = word.slice(0, 80).toLowerCase()
  let best: { readonly candidate: string; readonly distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(compared, candidate.toLowerCase())
    const allowed = Math.max(1, Math.floor(Math.max(compared.length, candidate.length) / 3))
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { candidate, distance }
  }
  return best?.candidate
}

/** `did you mean scale?`, or else the list to choose from. */
export function remedyFor(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates)
  return meant === undefined ? `use one of ${candidates.join(', ')}` : `did you mean ${meant}?`
}
