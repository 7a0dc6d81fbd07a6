import { nearest } from '../algebra/nearest.js'

/** The candidate that a mistyped word of a file most likely means; a word may be as long as the file allows. */
export const meantBy = (word: string, candidates: readonly string[]): string | undefined => nearest(word.slice(0, 80), candidates)

/** `did you mean scale?`, or else the list to choose from. */
export function remedyFor(word: string, candidates: readonly string[]): string {
  const meant = meantBy(word, candidates)
  return meant === undefined ? `use one of ${candidates.join(', ')}` : `did you mean ${meant}?`
}
