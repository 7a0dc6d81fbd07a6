import { type Program, type Routine, i32 } from '../ir.js'
import { EXCHANGE } from '../integrator/driver.js'
import { linked } from '../link.js'
import { TABLE } from '../transcendental/table.js'
import { LaneBody } from './laneBody.js'
import { LANE_PRELUDE, laneTable } from './lanePrelude.js'
import { LANE_TYPE } from './laneValues.js'

/** A function of numbers takes and gives vectors; other routines work on memory for the lanes of `active`. */
function head({ name, parameters, result }: Routine): string {
  const own = parameters.map((p) => `${p.type === 'i32' ? 'int64_t' : LANE_TYPE[p.type]} ${p.name}`)
  const all = result === 'f64' ? own : ['noether_job *job', 'double *work', 'noether_i active', ...own]
  return `NOETHER_ROUTINE ${result === 'f64' ? 'noether_f' : 'void'} noether_${name}_lanes(${all.join(', ')})`
}

/** Text of a routine that others call. */
function called(routine: Routine): readonly string[] {
  const number = routine.result === 'f64'
  const unused = number ? [] : [`  (void)job; ${routine.parameters.map((p) => `(void)${p.name};`).join(' ')}`]
  return [`${head(routine)} {`, ...unused, ...new LaneBody(routine, number ? 'function' : 'routine').text, '}', '']
}

const EXCHANGE_ROUTINE: Routine = { name: EXCHANGE, parameters: [i32('base')], body: [] }

/**
 * C text of a program on the lanes of a vector, with the functions it calls. The caller brings `noether_job` before it and the definition
 * of `noether_exchange_lanes(job, work, active, base)` behind it.
 * @throws TypeError for a program that addresses memory in a way that lanes do not have.
 */
export function laneSource(program: Program): string {
  const routines = linked(program, [EXCHANGE])
  const entries = routines.filter((r) => program.exported.includes(r.name))
  const others = [EXCHANGE_ROUTINE, ...routines.filter((r) => !entries.includes(r))]
  return [
    LANE_PRELUDE,
    laneTable(TABLE),
    '',
    ...others.map((r) => `${head(r)};`),
    '',
    ...others.filter((r) => r !== EXCHANGE_ROUTINE).flatMap(called),
    ...entries.flatMap((r) => [
      `static void noether_${r.name}_lanes(noether_job *job, double *work) {`,
      ...r.parameters.map((p) => `  const int64_t ${p.name} = 0;`),
      ...new LaneBody(r, 'entry').text,
      '}',
      '',
    ]),
  ].join('\n')
}
