/** Where in a source a fault lies: a file and, counted from 1, a line and a column. */
export interface Place {
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/**
 * Bad input: what is wrong, where, and how to mend it — one line, exit code 2.
 * Everything a user can cause is reported as this class; any other exception is a defect of ours.
 */
export class InputError extends Error {
  override readonly name = 'InputError'

  constructor(
    readonly what: string,
    readonly remedy: string,
    readonly place: Place = {},
  ) {
    super(InputError.line(what, remedy, place))
  }

  /** The same fault with missing parts of its place filled in by a caller who knows more. */
  at(place: Place): InputError {
    return new InputError(this.what, this.remedy, { ...place, ...this.place })
  }

  private static line(what: string, remedy: string, place: Place): string {
    const where = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':')
    return `${where === '' ? '' : `${where}: `}${what}${remedy === '' ? '' : ` — ${remedy}`}`.replaceAll(/\s*\n\s*/g, ' ')
  }
}

/** Says that a case analysis is complete; the compiler refuses a call that can be reached. */
export function unreachable(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}
