import type { LawDrift, NotTrainable, WatchedRun } from '../../discovery/index.js'
import { type Block, type Content, type Section, badge, code, number, paragraph } from '../document.js'
import type { Plot } from '../plot.js'

/** Every law watched while the network learns, or why it was not. */
export function runSection(run: WatchedRun | NotTrainable): Section {
  const title: Content = ['The laws in a run']
  if ('reason' in run)
    return {
      id: 'run',
      title,
      blocks: [paragraph(`The laws were not watched in a run. ${run.reason}`)],
      sections: [],
    }
  return { id: 'run', title, blocks: [opening, facts(run), driftTable(run), ...driftFigure(run)], sections: [] }
}

const opening: Block = {
  kind: 'paragraph',
  content: [
    'Gradient descent with learning rate η follows the gradient flow, whose constants the laws are, up to terms in proportion to η (',
    { kind: 'cite', key: 'HLW' },
    '). So over the same time t = kη each law must drift half as much at η/2: the observed order, the binary logarithm of the ratio ' +
      'of the largest drifts, is 1. A law that is linear in the parameters is kept to rounding, because descent moves along the ' +
      'gradient itself.',
  ],
}

function facts({ data, rates, network, time, loss }: WatchedRun): Block {
  return {
    kind: 'facts',
    facts: [
      { name: 'Network', value: [network.join('; ')] },
      { name: 'Data', value: [`${data.samples} samples, all at every step: ${data.name} (${data.source})`] },
      { name: 'Learning rates', value: rates.flatMap((eta, index): Content => [index === 0 ? '' : ' and ', number(eta, 4)]) },
      { name: 'Time', value: [number(time.at(-1) ?? Number.NaN, 4)] },
      { name: 'Loss', value: ['from ', number(loss[0] ?? Number.NaN, 4), ' to ', number(loss.at(-1) ?? Number.NaN, 4)] },
      { name: 'Arithmetic', value: ['float64'] },
    ],
  }
}

const largest = (values: readonly number[] | undefined): number => Math.max(...(values ?? [Number.NaN]))

function driftTable({ laws }: WatchedRun): Block {
  return {
    kind: 'table',
    id: 'drift-table',
    caption: ['Largest drift of each law since the start of the run, relative to its terms.'],
    columns: [
      { title: ['No.'], align: 'right' },
      { title: ['Law'], align: 'left', share: 0.36 },
      { title: ['Drift at η'], align: 'right' },
      { title: ['at η/2'], align: 'right' },
      { title: ['Order'], align: 'right' },
      { title: ['Verdict'], align: 'left' },
    ],
    rows: laws.map(({ law, drift, observed, verdict }, index) => [
      [String(index + 1)],
      [code(law)],
      [number(largest(drift[0]))],
      [number(largest(drift[1]))],
      observed === undefined ? ['rounding'] : [number(observed)],
      [badge(verdict)],
    ]),
  }
}

/** Laws that are drawn. */
const DRAWN = 4

function driftFigure({ laws, time }: WatchedRun): Block[] {
  const drawn = laws.flatMap((law, index) => (law.observed === undefined ? [] : [{ law, index }])).slice(0, DRAWN)
  if (drawn.length === 0) return []
  return [
    {
      kind: 'figure',
      id: 'drift-figure',
      arrangement: 'row',
      panels: drawn.map(({ law, index }) => panel(law, index, time)),
      caption: [
        'Drift of ' +
          `${drawn.length === 1 ? 'the law' : `the ${drawn.length === laws.length ? '' : 'first '}${drawn.length} laws that drift`} ` +
          'over time at both learning rates.',
      ],
    },
  ]
}

const panel = ({ drift }: LawDrift, index: number, time: readonly number[]): Plot => ({
  title: `Law ${index + 1}`,
  x: { label: 'time t', scale: 'linear' },
  y: { label: 'relative drift', scale: 'linear' },
  series: [
    { kind: 'line', role: 'second', name: 'η', x: time, y: drift[0] ?? [] },
    { kind: 'line', role: 'theory', name: 'η/2', x: time, y: drift[1] ?? [] },
  ],
})
