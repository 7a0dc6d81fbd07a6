import { problemJsonSchema } from '../../problem/index.js'
import { type Terminal, writeJson } from '../terminal.js'

/** `noether schema`: the JSON Schema of problem files, a JSON document with or without `--json`. */
export function schema(terminal: Terminal): void {
  writeJson(terminal, problemJsonSchema())
}
