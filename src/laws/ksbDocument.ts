import { writeScalar } from '../jets/notation.js'
import { variable } from '../jets/vector.js'
import { metricForm } from '../mechanics/metric.js'
import type { Statement } from './derivation.js'
import { type KsbCell, type KsbTable, familyName } from './ksb.js'

/** The table of kinetic symmetry breaking as plain data. */
export interface KsbData {
  readonly rules: readonly { readonly name: string; readonly lagrangian: boolean; readonly mass: Statement; readonly multiplier: Statement; readonly reason: string }[]
  readonly families: readonly { readonly name: string; readonly generator: Statement; readonly rows: readonly KsbRow[] }[]
  readonly cells: readonly KsbCell[]
}

/** Kinetic symmetry breaking of a family in one metric, for unit mass. */
export interface KsbRow {
  readonly metric: string
  readonly summary: string
  readonly formula?: Statement
  /** ⟨x, G y⟩. */
  readonly form: Statement
  readonly ksb: Statement
  readonly vanishes: boolean
  readonly reason: string
  /** How the expression was checked, e.g. `random exact rational jets`. */
  readonly method: string
}

const NOTHING: Statement = { text: '', latex: '' }

/** The table as plain data, family by family. */
export function ksbData({ rules, symmetries, geometry, cells }: KsbTable): KsbData {
  return {
    rules: rules.map(({ name, mass, multiplier, reason }) => ({
      name,
      lagrangian: mass !== undefined,
      mass: mass === undefined ? NOTHING : writeScalar(mass),
      multiplier: mass === undefined ? NOTHING : writeScalar(multiplier),
      reason,
    })),
    families: symmetries.map((symmetry) => ({
      name: familyName(symmetry),
      generator: symmetry.written,
      rows: geometry
        .filter((g) => g.symmetry === symmetry)
        .map(({ metric, expression, vanishes, reason, verified }) => ({
          metric: metric.name,
          summary: metric.summary,
          ...(metric.formula === undefined ? {} : { formula: metric.formula }),
          form: writeScalar(metricForm(metric, variable('x'), variable('y'), symmetry.space)),
          ksb: writeScalar(expression),
          vanishes,
          reason,
          method: verified.method,
        })),
    })),
    cells,
  }
}
