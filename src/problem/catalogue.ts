import { readdir } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { packageFile } from '../packageFile.js'
import type { Picture } from './picture.js'
import { toProblem } from './problem.js'
import type { Problem, ProblemInput } from './schema.js'
import { meantBy } from './suggest.js'

/** A result of the literature: what to derive and where it was first said. The answer is the engine's. */
export interface CatalogueStatement {
  /** `NM`, `NLD`, `GU`, `CL`, or `ours`. */
  readonly paper: string
  /** Equation, figure or section of that paper. */
  readonly where: string
  /** One sentence: what the result shows. */
  readonly shows: string
  readonly problem: ProblemInput
  /** What shows it besides its derivation and a run. */
  readonly picture?: Picture
}

export interface CatalogueEntry extends Omit<CatalogueStatement, 'problem'> {
  /** The name of the module, which is what the command line calls it. */
  readonly name: string
  readonly problem: Problem
}

/** What a module of `derivations/` exports by default; this only says so to the compiler. */
export const defineDerivation = (statement: CatalogueStatement): CatalogueStatement => statement

const folder = packageFile('derivations/')

/** Names of all results, in alphabetical order: one a module of `derivations/`; modules in its folders are shared parts. */
export async function catalogueNames(): Promise<string[]> {
  const files = await readdir(folder)
  const modules = files.filter((file) => /^[a-z0-9-]+\.(ts|js)$/.test(file))
  return modules.map((file) => file.replace(/\.(ts|js)$/, '')).toSorted()
}

/** What was meant: a name with a slip, unless there are some that begin with it; all that have a word of it; else where the names are. */
function likeNames(name: string, names: readonly string[]): string {
  const meant = meantBy(name, names)
  const begun = names.filter((other) => other.startsWith(`${name}-`))
  if (meant !== undefined && begun.length < 2) return `did you mean ${meant}?`
  const words = name.toLowerCase().split('-').filter((word) => word.length > 2)
  const shared = (other: string): number => words.filter((word) => other.split('-').some((part) => part.startsWith(word))).length
  const most = Math.max(0, ...names.map(shared))
  const like = names.filter((other) => most > 0 && shared(other) === most).slice(0, 6)
  return like.length === 0 ? 'noether list shows the names' : `noether list shows the names, among them ${like.join(', ')}`
}

/**
 * One result of the catalogue.
 *
 * @throws InputError for a name that is not in it
 */
export async function catalogueEntry(name: string): Promise<CatalogueEntry> {
  const names = await catalogueNames()
  if (!names.includes(name)) {
    throw new InputError(`${JSON.stringify(name)} is neither a file nor a name of the catalogue`, likeNames(name, names))
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const module: { readonly default: CatalogueStatement } = await import(new URL(`${name}.${extension}`, folder).href)
  return { ...module.default, name, problem: toProblem(module.default.problem) }
}

/** The whole catalogue. */
export async function catalogue(): Promise<CatalogueEntry[]> {
  return Promise.all((await catalogueNames()).map((name) => catalogueEntry(name)))
}
