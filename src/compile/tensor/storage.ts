/** A stretch of memory. */
interface Block {
  readonly start: number
  readonly size: number
}

/** Places for values that live for a while: a value takes the lowest gap that is wide enough. */
export class Storage {
  private blocks: readonly Block[] = []
  private highest: number

  constructor(private readonly first: number) {
    this.highest = first
  }

  /** Position behind everything ever stored. */
  get end(): number {
    return this.highest
  }

  take(size: number): number {
    let start = this.first
    for (const block of this.blocks) {
      if (block.start - start >= size) break
      start = Math.max(start, block.start + block.size)
    }
    this.blocks = [...this.blocks, { start, size }].toSorted((a, b) => a.start - b.start)
    this.highest = Math.max(this.highest, start + size)
    return start
  }

  release(start: number): void {
    this.blocks = this.blocks.filter((block) => block.start !== start)
  }
}
