import { type CatalogueEntry, catalogue } from '../../problem/index.js'

/** Full names of the papers, in the order they are listed. */
const papers: Readonly<Record<string, string>> = {
  NM: 'Kunin et al., Neural Mechanics, ICLR 2021',
  NLD: 'Tanaka & Kunin, Noether’s Learning Dynamics, NeurIPS 2021',
  GU: 'Głuch & Urbanke, Noether: The More Things Change, the More Stay the Same, 2021',
  CL: 'Marcotte, Gribonval & Peyré, conservation laws of gradient and momentum flows, 2023–2025',
  ours: 'Beyond the papers',
}

/** The full name of a paper that the catalogue cites by its letters. */
export const paperName = (paper: string): string => papers[paper] ?? paper

/** The catalogue paper by paper, within a paper in the order of its sections. */
export async function catalogueByPaper(): Promise<CatalogueEntry[]> {
  const entries = await catalogue()
  const order = [...new Set([...Object.keys(papers), ...entries.map(({ paper }) => paper)])]
  const key = ({ where, name }: CatalogueEntry): string => `${where}\t${name}`
  return order.flatMap((paper) =>
    entries.filter((entry) => entry.paper === paper).toSorted((one, other) => key(one).localeCompare(key(other), 'en', { numeric: true })),
  )
}
