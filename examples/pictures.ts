/**
 * The laws in pictures: normalization beside RMSProp, a charge under minibatch noise, the outputs' own law, symmetry by augmentation, and
 * losses of two parameters. Everything is derived, run on real digits, and written as LaTeX and as a page:
 *
 *   npx tsx examples/pictures.ts [FOLDER]
 */
import { writePictures } from '../src/report/pictures/index.js'

const [folder = 'reports/pictures'] = process.argv.slice(2)
for (const file of await writePictures(folder, new Date().toISOString().slice(0, 10))) console.log(file)
