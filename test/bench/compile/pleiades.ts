import { compileSystem } from '../../../src/compile/system.js'
import { PLEIADES_END, PROBLEMS } from '../../compile/problems.js'
import { type Contest, type Contestant, contest, inProcess } from './contest.js'
import { javascriptPeers } from './javascriptPeers.js'
import { type Distance, compiledC, handWritten, sundials } from './programs.js'
import { type Bench, reasonOf } from './bench.js'
import { pythonPeers } from './pythonPeers.js'

const TOLERANCES = [1e-7, 1e-9, 1e-11, 1e-13, 1e-15]

const distance: Distance = (y) => PLEIADES_END.reduce((m, v, i) => Math.max(m, Math.abs(v - (y[i] ?? NaN))), 0)

/** This project's methods and targets, each at the tolerances that suit it. */
function ours(): readonly Contestant[] {
  const { system, y0, t1 } = PROBLEMS.pleiades
  const methods = [
    ['dopri5', ['wasm'], [1e-7, 1e-11, 1e-13]], ['dop853', ['wasm'], [1e-7, 1e-9, 1e-11, 1e-13]],
    ['vern9', ['wasm', 'js'], [1e-7, 1e-9, 1e-11, 1e-13, 1e-15]], ['taylor', ['wasm'], [1e-9, 1e-11, 1e-13, 1e-15]],
  ] as const
  return methods.flatMap(([method, targets, tolerances]) => [
    ...targets.flatMap((target) => tolerances.map((tolerance) => {
      const prepare = (): (() => readonly number[]) => {
        const compiled = compileSystem(system, { method, target, rtol: tolerance })
        return () => compiled.integrate({ y0, t1, rtol: tolerance, atol: tolerance }).final.y
      }
      return inProcess({ peer: `noether ${method} ${target}`, version: '', tolerance }, prepare, distance)
    })),
    ...compiledC(system, y0, t1, method, tolerances, distance),
  ])
}

/** One trajectory of the Pleiades problem (Test Set for IVP Solvers, II-5): seven stars, 28 equations. */
export async function pleiades({ peers, output, deadline, compiler }: Bench): Promise<Contest> {
  const { y0, t1 } = PROBLEMS.pleiades
  const javascript = javascriptPeers(peers, y0, t1, TOLERANCES, distance)
  const python = await pythonPeers(peers, output, { kind: 'pleiades', y0, t1, tolerances: TOLERANCES, reference: PLEIADES_END })
  const adams = await sundials(peers, 'pleiades', [t1, ...y0], TOLERANCES.slice(0, 4), distance).catch(reasonOf('SUNDIALS'))
  const byHand = handWritten('pleiades', y0.length, [t1, ...y0], [1e-7, 1e-11, 1e-13], distance)
  const own = compiler ? [...ours(), ...byHand] : ours().filter((c) => !c.peer.endsWith(' c'))
  const contestants = [...own, ...javascript.contestants, ...('reason' in adams ? [] : adams), ...python.contestants]
  const { samples, absent } = await contest('Pleiades', contestants, deadline)
  python.close()
  return { samples, absent: [...absent, ...javascript.absent, ...('reason' in adams ? [adams] : []), ...python.absent] }
}
