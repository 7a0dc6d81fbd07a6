import type { Section } from '../document.js'
import { descentFigure } from './descent.js'
import { familiesFigure } from './families.js'
import { phaseFigure } from './phase.js'

/** The pictures of [NM] in two parameters, computed from the derived fields and flows by compiled integrators. */
export const picturesSection = (id: string): Section => ({
  id,
  title: ['Pictures in two parameters'],
  blocks: [
    { kind: 'paragraph', content: ['Losses of two parameters show what the laws say (', { kind: 'cite', key: 'NM' }, ' sections 3 and 5). Every field and flow here is derived, put into coordinates and integrated to a relative error of 10⁻⁹.'] },
    familiesFigure(),
    descentFigure(),
    phaseFigure(),
  ],
  sections: [],
})
