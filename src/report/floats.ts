import { type Document, walkBlocks } from './document.js'

export interface Float {
  readonly kind: 'Figure' | 'Table'
  readonly number: number
}

/** Numbers of all figures and tables by id, in reading order, as LaTeX counts them in an article. */
export function numberFloats(document: Document): ReadonlyMap<string, Float> {
  const found = new Map<string, Float>()
  const counts = { Figure: 0, Table: 0 }
  for (const block of walkBlocks(document)) {
    if (block.kind !== 'figure' && block.kind !== 'table' && block.kind !== 'diagram') continue
    const kind = block.kind === 'table' ? 'Table' : 'Figure'
    counts[kind] += 1
    found.set(block.id, { kind, number: counts[kind] })
  }
  return found
}
