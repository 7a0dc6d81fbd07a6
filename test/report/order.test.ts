import { expect, test } from 'vitest'
import { Chalk } from 'chalk'
import { renderDerivation } from '../../src/cli/format/derivation.js'
import { catalogueEntry } from '../../src/problem/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { lawBlocks } from '../../src/report/content/law.js'

/** How the terminal and the documents begin each part. */
const BEGINNINGS: readonly (readonly [terminal: RegExp, document: RegExp])[] = [
  [/^Charge$/, /^Charge$/],
  [/^Discrete law/, /^Exact discrete law/],
  [/^Flow of the rule$/, /^The flow that the rule follows/],
  [/^Law of the flow$/, /^Law of the flow/],
  [/^Lagrangian$/, /^It(s Lagrangian| has no Lagrangian)$/],
  [/^Kinetic symmetry breaking$/, /^Kinetic symmetry breaking$/],
  [/^Solution of the flow$/, /^Solution, /],
  [/^Solution of the steps$/, /^The exact discrete law at step/],
  [/^What follows$/, /^Steady state/],
]

test.each(['scale-momentum', 'rescale-momentum', 'rescale-sgd-decay'])(
  '%s: terminal and documents tell the same parts in the same order',
  async (name) => {
    const [first] = deriveProblem((await catalogueEntry(name)).problem)
    if (first === undefined) throw new Error('nothing was derived')
    const colour = new Chalk({ level: 0 })
    const terminal = { out: () => undefined, note: () => undefined, columns: 80, noteStream: process.stderr, colour, noteColour: colour }
    const lines = renderDerivation(first.derivation, terminal, { steps: false }).split('\n')
    const labels = lawBlocks(first.derivation).flatMap((block) =>
      block.kind === 'result' ? [block.label.filter((part) => typeof part === 'string').join('')] : [],
    )
    const places = (texts: readonly string[], side: 0 | 1): number[] =>
      BEGINNINGS.map((pair) => texts.findIndex((text) => pair[side].test(text)))
    for (const found of [places(lines, 0), places(labels, 1)]) {
      expect(found).not.toContain(-1)
      expect(found).toEqual(found.toSorted((a, b) => a - b))
    }
  },
)
