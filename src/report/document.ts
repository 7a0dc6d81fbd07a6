import type { Plot } from './plot.js'
import type { ReferenceKey } from './references.js'

/**
 * What a report says, before it is LaTeX or HTML: both renderers read this one tree, so the two documents cannot disagree.
 * Strings are plain text and are escaped by the renderers; `math` and `formula` are LaTeX in math mode, checked by `formula/check.ts`.
 */
export type Inline =
  | string
  | { readonly kind: 'math'; readonly latex: string }
  | { readonly kind: 'number'; readonly value: number; readonly digits?: number }
  | { readonly kind: 'emphasis'; readonly content: readonly Inline[] }
  | { readonly kind: 'strong'; readonly content: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'badge'; readonly verdict: Verdict; readonly text: string }
  | { readonly kind: 'cite'; readonly key: ReferenceKey }
  /** The number of a figure or table, by its id. */
  | { readonly kind: 'reference'; readonly to: string }

export type Verdict = 'passed' | 'failed' | 'skipped'
export type Content = readonly Inline[]

export interface Column {
  readonly title: Content
  readonly align: 'left' | 'right'
  /** Share of the text width that wrapped text takes; without it the column is as wide as its widest cell. */
  readonly share?: number
}

/** A numbered step of a derivation. `from` is the number of the step whose result it starts from, where that is the step's `before`. */
export interface DerivationStep {
  readonly number: string
  readonly before: string | { readonly from: string }
  readonly after: string
  /** What names in the formulas stand for, an equation each. */
  readonly where?: readonly string[]
  readonly why: Content
  readonly check: Content
  readonly passed: boolean
}

/** A layer of a drawn network: its name, its parameters below, and the layers within it. */
export interface DiagramBox {
  readonly name: Content
  readonly parameters: Content
  readonly inner: readonly DiagramBox[]
}

export type Block =
  | { readonly kind: 'paragraph'; readonly content: Content }
  | { readonly kind: 'list'; readonly items: readonly Content[] }
  | { readonly kind: 'formula'; readonly latex: string }
  /** A formula that the reader came for, set apart, with a label in words. */
  | { readonly kind: 'result'; readonly label: Content; readonly formulas: readonly string[]; readonly note?: Content }
  | {
      readonly kind: 'verdict'
      readonly verdict: Verdict
      readonly heading: string
      readonly content: Content
      readonly items: readonly Content[]
    }
  /** A group of steps; `elsewhere`: the numbers of the same steps in an earlier place of the document, which has them. */
  | {
      readonly kind: 'steps'
      readonly heading: string
      readonly steps: readonly DerivationStep[]
      readonly elsewhere?: { readonly first: string; readonly last: string; readonly count: number }
    }
  | { readonly kind: 'facts'; readonly facts: readonly { readonly name: string; readonly value: Content }[] }
  | {
      readonly kind: 'table'
      readonly id: string
      readonly caption: Content
      readonly columns: readonly Column[]
      readonly rows: readonly (readonly Content[])[]
    }
  | {
      readonly kind: 'figure'
      readonly id: string
      readonly caption: Content
      /** `stack`: panels share their x axis, one under the other; `row`: side by side; `grid`: small multiples without tick labels. */
      readonly arrangement: 'stack' | 'row' | 'grid'
      readonly panels: readonly Plot[]
    }
  /** A network from input to output: boxes with arrows between them, on as many rows as they need. */
  | { readonly kind: 'diagram'; readonly id: string; readonly caption: Content; readonly boxes: readonly DiagramBox[] }
  /** Where the page puts the interactive plots; paper has the figures instead. */
  | { readonly kind: 'explorer' }

export interface Section {
  /** Unique in the document: anchors and labels are made from it. */
  readonly id: string
  readonly title: Content
  /** Title of the part of a book that begins with this chapter. */
  readonly part?: string
  readonly blocks: readonly Block[]
  readonly sections: readonly Section[]
}

export interface Document {
  readonly kind: 'article' | 'book'
  readonly title: string
  readonly subtitle: string
  readonly date: string
  readonly blocks: readonly Block[]
  readonly sections: readonly Section[]
  readonly references: readonly ReferenceKey[]
}

export const math = (latex: string): Inline => ({ kind: 'math', latex })
export const number = (value: number, digits = 3): Inline => ({ kind: 'number', value, digits })
export const strong = (...content: Inline[]): Inline => ({ kind: 'strong', content })
export const emphasis = (...content: Inline[]): Inline => ({ kind: 'emphasis', content })
export const code = (text: string): Inline => ({ kind: 'code', text })
export const badge = (verdict: Verdict, text: string = verdict): Inline => ({ kind: 'badge', verdict, text })
export const reference = (to: string): Inline => ({ kind: 'reference', to })

export const paragraph = (...content: Inline[]): Block => ({ kind: 'paragraph', content })
export const formulaBlock = (latex: string): Block => ({ kind: 'formula', latex })
/** Formulas set apart under a label in words. */
export const resultBlock = (label: string, ...formulas: string[]): Block => ({ kind: 'result', label: [label], formulas })

/** All sections in reading order, each with its depth from 0. */
export function* walkSections(sections: readonly Section[], depth = 0): Generator<{ readonly section: Section; readonly depth: number }> {
  for (const section of sections) {
    yield { section, depth }
    yield* walkSections(section.sections, depth + 1)
  }
}

/** All blocks in reading order. */
export function* walkBlocks(document: Document): Generator<Block> {
  yield* document.blocks
  for (const { section } of walkSections(document.sections)) yield* section.blocks
}
