import { DOP853 } from './dop853.js'
import { DORMAND_PRINCE_5 } from './dormandPrince5.js'
import { EULER } from './euler.js'
import { RK4 } from './rungeKutta4.js'
import type { Tableau } from './tableau.js'
import { TSITOURAS_5 } from './tsitouras5.js'
import { VERNER_9 } from './verner9.js'

/** Explicit Runge–Kutta methods by name. */
export const TABLEAUS: Readonly<Record<string, Tableau>> = Object.fromEntries(
  [EULER, RK4, DORMAND_PRINCE_5, TSITOURAS_5, DOP853, VERNER_9].map((t) => [t.name, t]))
