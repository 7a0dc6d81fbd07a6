export { type CatalogueEntry, type CatalogueStatement, catalogue, catalogueEntry, catalogueNames, defineDerivation } from './catalogue.js'
export { folderOf, inPlace, parseProblem, placeOf, readDocument, readProblem, toProblem, withSettings } from './problem.js'
export { type Problem, type ProblemInput, type ProblemRule, type ProblemSymmetry, problemJsonSchema, problemSchema } from './schema.js'
export type { Path, Source } from './source.js'
