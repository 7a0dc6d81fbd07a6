import { type OutlineBox, lawLatex, outlineOf } from '../../discovery/index.js'
import { type Block, type Content, type DiagramBox, type Section, code, math, paragraph } from '../document.js'
import type { ReportedDiscovery } from './discovery.js'

/** What was asked: the network drawn, or the parametrization; and all blocks of parameters with their shapes. */
export function networkSection(document: unknown, found: ReportedDiscovery): Section {
  const outline = outlineOf(document)
  const shown: Block[] =
    outline === undefined
      ? parametrizationBlocks(document)
      : [
          {
            kind: 'diagram',
            id: 'network-diagram',
            caption: ['The network from input to output, with the parameters of each layer.'],
            boxes: outline.map(boxOf),
          },
        ]
  return {
    id: 'network',
    title: [outline === undefined ? 'The parametrization' : 'The network'],
    blocks: [...shown, blockTable(found)],
    sections: [],
  }
}

/** Blocks that a box names; the table below has all of them. */
const NAMED = 6

function boxOf({ text, blocks, inner }: OutlineBox): DiagramBox {
  const named = blocks.slice(0, NAMED).flatMap((name, index): Content => [index === 0 ? '' : ', ', math(lawLatex(name, blocks))])
  const parameters = blocks.length > NAMED ? [...named, `, … (${blocks.length} blocks)`] : named
  return { name: [text], parameters, inner: inner.map(boxOf) }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** φ and the flow as the file has them. */
function parametrizationBlocks(document: unknown): Block[] {
  if (!isRecord(document)) return []
  const { phi, inverse_metric: metric, damping } = document
  const texts = (Array.isArray(phi) ? phi : [phi]).map(String)
  const flow: Content =
    damping !== undefined
      ? ['momentum, ', math('\\ddot\\theta + c\\,\\dot\\theta + \\nabla f = 0'), ` with c = ${String(damping)}`]
      : metric === undefined
        ? ['gradient flow']
        : ['gradient flow in the metric with the inverse ', code(JSON.stringify(metric))]
  return [
    paragraph('The loss is any function of ', math('\\varphi(\\theta)'), ':'),
    { kind: 'list', items: texts.map((text) => [code(text)]) },
    { kind: 'facts', facts: [{ name: 'Flow', value: flow }] },
  ]
}

function blockTable({ components, parameters }: ReportedDiscovery): Block {
  return {
    kind: 'table',
    id: 'blocks-table',
    caption: [
      `The ${parameters} dimensions, in ` +
        `${components.length === 1 ? 'one component' : `${components.length} components that no datum couples`}.`,
    ],
    columns: [
      { title: ['Component'], align: 'right' },
      { title: ['Block'], align: 'left' },
      { title: ['Shape'], align: 'left' },
      { title: ['Laws of the component'], align: 'right' },
    ],
    rows: components.flatMap(({ blocks, independent, certificate }, c) =>
      blocks.map(({ name, shape }, b): readonly Content[] => [
        [b === 0 ? String(c + 1) : ''],
        [code(name)],
        [shape.length === 0 ? 'a number' : shape.join(' × ')],
        [b === 0 ? `${independent}${certificate.complete ? '' : ` (at most ${certificate.laws.atMost})`}` : ''],
      ]),
    ),
  }
}
