export { juxtapose, parenthesize, toLatex } from './latex.js'
export { latexName } from './names.js'
export { toText } from './text.js'
