import { existsSync } from 'node:fs'
import { type CatalogueEntry, type Problem, catalogueEntry, catalogueNames, readProblem, withSettings } from '../problem/index.js'

/** A result of the catalogue by its name, or a problem by its file, with settings applied. A path separator or a dot means a file. */
export async function resolve(
  nameOrFile: string,
  settings: readonly string[],
): Promise<{ readonly problem: Problem; readonly entry?: CatalogueEntry }> {
  const isFile = /[./\\]/.test(nameOrFile) || (existsSync(nameOrFile) && !(await catalogueNames()).includes(nameOrFile))
  if (isFile) return { problem: withSettings(await readProblem(nameOrFile), settings) }
  const entry = await catalogueEntry(nameOrFile)
  const problem = withSettings(entry.problem, settings)
  return { problem, entry: { ...entry, problem } }
}

/** The problem alone. */
export const resolveProblem = async (nameOrFile: string, settings: readonly string[]): Promise<Problem> =>
  (await resolve(nameOrFile, settings)).problem
