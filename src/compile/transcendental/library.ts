import type { Routine } from '../ir.js'
import { atan } from './arctangent.js'
import { exp, exponential } from './exponential.js'
import { asinh, cosh, sinh, tanh } from './hyperbolic.js'
import { log, pow } from './logarithm.js'
import { roughExp, roughLog } from './rough.js'
import { cos, remainder, sin, tan } from './trigonometric.js'

const LIBRARY: Readonly<Record<string, () => Routine>> = {
  asinh, atan, cos, cosh, exp, exponential, log, pow, remainder, roughExp, roughLog, sin, sinh, tan, tanh,
}

const made = new Map<string, Routine>()

/** The routine that computes a mathematical function, made once. @throws TypeError for a name that is none. */
export function mathRoutine(name: string): Routine {
  const known = made.get(name)
  if (known !== undefined) return known
  const make = LIBRARY[name]
  if (make === undefined) throw new TypeError(`no routine ${name}`)
  const routine = make()
  made.set(name, routine)
  return routine
}
