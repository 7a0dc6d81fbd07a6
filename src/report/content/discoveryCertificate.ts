import { type Block, type Content, type Section, math } from '../document.js'
import type { ReportedDiscovery } from './discovery.js'

type Evidence = ReportedDiscovery['certificate']['evidence'][number]

/** Both bounds, and every rank computation with its prime, point and seed. */
export function certificateSection({ certificate, components }: ReportedDiscovery): Section {
  const { laws, lie, parameters } = certificate
  const explanation: Block = {
    kind: 'paragraph',
    content: [
      'A law is constant along the Lie algebra that the fields ',
      math('\\nabla\\varphi_i'),
      ' generate, so that there are at most ',
      math('D - \\dim \\mathrm{Lie}(\\theta)'),
      ' independent ones (',
      { kind: 'cite', key: 'CL' },
      '). A rank over a prime field at a random point is a rigorous lower bound on that dimension, and laws proved over the ' +
        'rationals whose gradients are independent are a rigorous lower bound on their number. Where the two meet, the list is ' +
        'complete.',
    ],
  }
  return {
    id: 'certificate',
    title: ['The certificate'],
    blocks: [
      explanation,
      {
        kind: 'facts',
        facts: [
          { name: 'Dimensions', value: [String(parameters)] },
          { name: 'Rank of Lie', value: [`${lie} at least`] },
          { name: 'Laws', value: [`${laws.atLeast} at least, ${laws.atMost} at most`] },
          { name: 'Verdict', value: [certificate.statement] },
        ],
      },
      evidenceTable(components.map((c) => c.certificate.evidence)),
      {
        kind: 'paragraph',
        content: [
          'The points are the first residues of the generator mulberry32 with the given seed; all their coordinates are in ' +
            'discovery.json. Each computation can be repeated from its prime and seed, and the verifier of the library does so with ' +
            'code of its own.',
        ],
      },
    ],
    sections: [],
  }
}

const ENDS: Readonly<Record<Evidence['stopped'], string>> = {
  bound: 'reached the room that the laws leave',
  closure: 'closed: longer brackets added nothing',
  none: 'depth limit',
}

/** Coordinates of a point that are shown. */
const SHOWN = 3

function evidenceTable(components: readonly (readonly Evidence[])[]): Block {
  return {
    kind: 'table',
    id: 'evidence-table',
    caption: ['Rank computations.'],
    columns: [
      { title: ['Component'], align: 'right' },
      { title: ['Prime'], align: 'right' },
      { title: ['Seed'], align: 'right' },
      { title: ['Point'], align: 'left', share: 0.21 },
      { title: ['Rank'], align: 'right' },
      { title: ['Bracket'], align: 'right' },
      { title: ['End'], align: 'left', share: 0.19 },
    ],
    rows: components.flatMap((evidence, c) =>
      evidence.map(({ prime, seed, point, rank, depth, stopped }): readonly Content[] => [
        [String(c + 1)],
        [String(prime)],
        [String(seed)],
        [`${point.slice(0, SHOWN).join(', ')}${point.length > SHOWN ? ', …' : ''}`],
        [String(rank)],
        [String(depth)],
        [ENDS[stopped]],
      ]),
    ),
  }
}
