import { DORMAND_PRINCE_5 } from './dormandPrince5.js'
import { RK4 } from './rungeKutta4.js'
import type { Tableau } from './tableau.js'

/** Explicit Runge–Kutta methods by name. */
export const TABLEAUS: Readonly<Record<string, Tableau>> = Object.fromEntries([RK4, DORMAND_PRINCE_5].map((t) => [t.name, t]))
