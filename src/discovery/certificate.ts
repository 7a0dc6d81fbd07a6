import type { LieRank } from './lie.js'

/** One rank computation, which can be repeated from its prime and seed. */
export type RankEvidence = LieRank

/**
 * Evidence that a list of laws is complete. With D parameters, `lie` independent bracket values leave room for at most D − `lie` laws;
 * `laws` exactly proved laws with independent gradients say there are at least so many. `complete` iff the two meet.
 */
export interface Certificate {
  readonly complete: boolean
  /** Dimension of the space the flow moves in: the parameters, with momentum also their velocities and time. */
  readonly parameters: number
  readonly lie: number
  readonly laws: { readonly atLeast: number; readonly atMost: number }
  readonly evidence: readonly RankEvidence[]
  /** What was shown and how, in one sentence. */
  readonly statement: string
}

function statement(parameters: number, lie: number, laws: number, closed: boolean): string {
  const room = parameters - lie
  const proved = `${laws} ${laws === 1 ? 'law' : 'laws'} proved over the rationals with independent gradients`
  if (laws === room) return `complete: ${proved} + rank ${lie} of the generated Lie algebra = ${parameters} dimensions`
  const closure = closed ? '; the algebra closed at this rank in every run, so the remaining laws exist, but none is among the polynomials and the quotients of products that were tried' : ''
  return `not complete: ${laws} independent laws proved, at most ${room} possible (${parameters} dimensions − rank ${lie})${closure}`
}

/** Puts the two bounds together. */
export function certify(parameters: number, laws: number, runs: readonly LieRank[]): Certificate {
  const lie = Math.max(0, ...runs.map((r) => r.rank))
  const closed = runs.every((r) => r.stopped !== 'none')
  return {
    complete: laws + lie === parameters,
    parameters,
    lie,
    laws: { atLeast: laws, atMost: parameters - lie },
    evidence: runs,
    statement: statement(parameters, lie, laws, closed),
  }
}

/** The certificate of parts that share no parameters and no data: dimensions add. */
export function combined(parts: readonly Certificate[]): Certificate {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const sum = (f: (c: Certificate) => number): number => parts.reduce((total, c) => total + f(c), 0)
  const [parameters, lie, laws] = [sum((c) => c.parameters), sum((c) => c.lie), sum((c) => c.laws.atLeast)]
  const closed = parts.every((c) => c.evidence.every((e) => e.stopped !== 'none'))
  return {
    complete: parts.every((c) => c.complete),
    parameters,
    lie,
    laws: { atLeast: laws, atMost: parameters - lie },
    evidence: parts.flatMap((c) => c.evidence),
    statement: statement(parameters, lie, laws, closed),
  }
}
