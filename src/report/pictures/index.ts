import type { Picture } from '../../problem/picture.js'
import type { Block } from '../document.js'
import { descentFigure } from './descent.js'
import { augmentationFigure, functionSpaceFigure, noiseFigure, rmspropFigure } from './experiments.js'
import { conservedCurvesFigure } from './conservedCurves.js'
import { phaseFigure } from './phase.js'

/**
 * Draws or runs what shows a result: every field and flow is derived, put into coordinates and integrated; every experiment trains on real
 * digits.
 *
 * @param id of the figure
 */
export async function figureOf(picture: Picture, id: string): Promise<Block> {
  switch (picture.kind) {
    case 'conserved curves':
      return conservedCurvesFigure(picture, id)
    case 'descent':
      return descentFigure(picture, id)
    case 'phase portraits':
      return phaseFigure(picture, id)
    case 'beside rmsprop':
      return rmspropFigure(picture, id)
    case 'minibatch noise':
      return noiseFigure(picture, id)
    case 'function space':
      return functionSpaceFigure(picture, id)
    case 'augmentation':
      return augmentationFigure(picture, id)
  }
}
