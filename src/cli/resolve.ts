import { existsSync } from 'node:fs'
import { type Problem, catalogueEntry, readProblem, withSettings } from '../problem/index.js'

/** A problem by its name in the catalogue or by its file, with settings applied. A path separator or a dot means a file. */
export async function resolveProblem(nameOrFile: string, settings: readonly string[]): Promise<Problem> {
  const isFile = /[./\\]/.test(nameOrFile)
  const problem = isFile || (existsSync(nameOrFile) && !(await isInCatalogue(nameOrFile))) ? await readProblem(nameOrFile) : (await catalogueEntry(nameOrFile)).problem
  return withSettings(problem, settings)
}

async function isInCatalogue(name: string): Promise<boolean> {
  const { catalogueNames } = await import('../problem/index.js')
  return (await catalogueNames()).includes(name)
}
