/** Text with a capital at its start. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** Text with a capital at its start and a stop at its end. */
export const sentence = (text: string): string =>
  `${capital(text)}${text === '' || /[.!?]$/.test(text) ? '' : '.'}`
