/**
 * Text as it may stand in a comment of generated code, whatever names it has: on one line, without what begins or ends a comment and
 * without characters that are not seen.
 */
export const remark = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll('*/', '* /').replaceAll('/*', '/ *')

/** Names as a list of Python that may stand in a comment of C. */
export const pythonNames = (names: readonly string[]): string => JSON.stringify(names)
  .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\U${(c.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`)
  .replaceAll('*/', '*\\u002f').replaceAll('/*', '\\u002f*')
