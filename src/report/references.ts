export type ReferenceKey = 'NM' | 'NLD' | 'GU' | 'CL' | 'HLW'

export interface Reference {
  readonly authors: string
  readonly title: string
  readonly venue: string
  /** arXiv identifier. */
  readonly arxiv?: string
}

/** The literature that derivations cite, by the keys used in their `source`. */
export const REFERENCES: Readonly<Record<ReferenceKey, readonly Reference[]>> = {
  NM: [
    {
      authors: 'D. Kunin, J. Sagastuy-Brena, S. Ganguli, D. L. K. Yamins and H. Tanaka',
      title: 'Neural Mechanics: Symmetry and Broken Conservation Laws in Deep Learning Dynamics',
      venue: 'International Conference on Learning Representations, 2021',
      arxiv: '2012.04728',
    },
  ],
  NLD: [
    {
      authors: 'H. Tanaka and D. Kunin',
      title: 'Noether’s Learning Dynamics: Role of Symmetry Breaking in Neural Networks',
      venue: 'Advances in Neural Information Processing Systems 34, 2021',
      arxiv: '2105.02716',
    },
  ],
  GU: [
    {
      authors: 'G. Głuch and R. Urbanke',
      title: 'Noether: The More Things Change, the More Stay the Same',
      venue: 'preprint, 2021',
      arxiv: '2104.05508',
    },
  ],
  CL: [
    {
      authors: 'S. Marcotte, R. Gribonval and G. Peyré',
      title: 'Abide by the Law and Follow the Flow: Conservation Laws for Gradient Flows',
      venue: 'Advances in Neural Information Processing Systems 36, 2023',
      arxiv: '2307.00144',
    },
    {
      authors: 'S. Marcotte, R. Gribonval and G. Peyré',
      title: 'Keep the Momentum: Conservation Laws beyond Euclidean Gradient Flows',
      venue: 'International Conference on Machine Learning, 2024',
      arxiv: '2405.12888',
    },
    {
      authors: 'S. Marcotte, R. Gribonval and G. Peyré',
      title: 'Transformative or Conservative? Conservation Laws for ResNets and Transformers',
      venue: 'International Conference on Machine Learning, 2025',
      arxiv: '2506.06194',
    },
  ],
  HLW: [
    {
      authors: 'E. Hairer, C. Lubich and G. Wanner',
      title: 'Geometric Numerical Integration: Structure-Preserving Algorithms for Ordinary Differential Equations',
      venue: '2nd edition, Springer, 2006',
    },
  ],
}

export const REFERENCE_KEYS: readonly ReferenceKey[] = ['NM', 'NLD', 'GU', 'CL', 'HLW']

/** The three papers every report stands on. */
export const CORE_REFERENCES: readonly ReferenceKey[] = ['NM', 'NLD', 'GU']

export type SourcePart = string | { readonly key: ReferenceKey; readonly where: string }

/** Splits a source such as `[NM] eq. (18)` or `[NM §5]` into text and citations; unknown keys stay text. */
export function splitCitations(source: string): SourcePart[] {
  return source.split(/(\[(?:NM|NLD|GU|CL|HLW)\b[^\]]*\])/).flatMap((part): SourcePart[] => {
    const key = REFERENCE_KEYS.find((each) => part.startsWith(`[${each}`) && part.endsWith(']'))
    return key === undefined ? (part === '' ? [] : [part]) : [{ key, where: part.slice(key.length + 1, -1) }]
  })
}
