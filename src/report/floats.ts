import { type Block, type Document, type Section, walkSections } from './document.js'

export interface Float {
  readonly kind: 'Figure' | 'Table'
  /** As LaTeX counts it: in a book by chapter, such as `3.2`. */
  readonly number: string
}

/** Numbers of all figures and tables by id, in reading order. */
export function numberFloats(document: Document): ReadonlyMap<string, Float> {
  if (document.kind === 'article') return new Map(numbered([...document.blocks, ...blocksOf(document.sections)], ''))
  const chapters = document.sections.flatMap((chapter, index) => numbered(blocksOf([chapter]), `${index + 1}.`))
  return new Map([...numbered(document.blocks, ''), ...chapters])
}

const blocksOf = (sections: readonly Section[]): Block[] => [...walkSections(sections)].flatMap(({ section }) => section.blocks)

function numbered(blocks: readonly Block[], chapter: string): (readonly [id: string, float: Float])[] {
  const counts = { Figure: 0, Table: 0 }
  return blocks.flatMap((block) => {
    if (block.kind !== 'figure' && block.kind !== 'table' && block.kind !== 'diagram') return []
    const kind = block.kind === 'table' ? 'Table' : 'Figure'
    counts[kind] += 1
    return [[block.id, { kind, number: `${chapter}${counts[kind]}` }] as const]
  })
}
