/** Names for a heading or a message; of many the first and the last. */
export const listed = (names: readonly string[]): string => (names.length > 20 ? `${names[0]} … ${names.at(-1)}` : names.join(', '))
