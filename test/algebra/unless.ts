/** The value, or undefined where an error of one kind says that there is none. */
export function unless<T>(kind: abstract new (...given: never[]) => Error, f: () => T): T | undefined {
  try {
    return f()
  } catch (error) {
    if (error instanceof kind) return undefined
    throw error
  }
}
