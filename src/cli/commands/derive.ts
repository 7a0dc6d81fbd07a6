import { InputError } from '../../errors.js'
import { differentialsTo } from '../../rules/elementaryDifferentials.js'
import type { Engine } from '../engine.js'
import { renderDerivation } from '../format/derivation.js'
import { derivationJson } from '../format/derivationJson.js'
import { optimizeLate } from '../optimizeLate.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface DeriveOptions {
  readonly order?: number
  readonly latex?: boolean
  readonly json?: boolean
  readonly steps?: boolean
  readonly set: readonly string[]
}

/** Orders beyond this one take long enough to be told. */
const LONG = 4

/**
 * `noether derive PROBLEM`: one derivation for each symmetry; the JSON document is the first, with all under `derivations` where there are
 * several.
 */
export async function derive(
  terminal: Terminal,
  { derive }: Required<Pick<Engine, 'derive'>>,
  nameOrFile: string,
  options: DeriveOptions,
): Promise<void> {
  optimizeLate()
  const order = options.order === undefined ? [] : [`order=${options.order}`]
  const problem = await resolveProblem(nameOrFile, [...options.set, ...order])
  if (problem.order > LONG)
    terminal.note(
      `order ${problem.order}: up to ${differentialsTo(problem.order)} elementary differentials, ${differentialsTo(4)} at order 4, ` +
        'several times as many with weight decay; this may take a while (Ctrl-C stops it)',
    )
  const derivations = await derive(problem)
  const [first] = derivations
  if (first === undefined) throw new InputError('the network has no symmetry', 'state one: symmetry: { generator: {...} }')
  if (options.json === true) {
    const all = derivations.length === 1 ? {} : { title: problem.title, derivations: derivations.map(derivationJson) }
    return writeJson(terminal, { ...derivationJson(first), ...all })
  }
  if (options.latex === true) return terminal.out((await import('../latex.js')).derivationsLatex(problem.title, derivations))
  terminal.out(derivations.map((derivation) => renderDerivation(derivation, terminal, { steps: options.steps === true })).join('\n\n'))
}
