import * as z from 'zod'
import { problemJsonSchema } from '../../problem/index.js'
import { type Terminal, writeJson } from '../terminal.js'

/** `noether schema`: the JSON Schema of problem files, or of the files of `noether integrate`; a JSON document with or without `--json`. */
export async function schema(terminal: Terminal, { ode = false }: { readonly ode?: boolean }): Promise<void> {
  writeJson(terminal, ode ? z.toJSONSchema((await import('../../compile/odeSchema.js')).odeSchema) : problemJsonSchema())
}
