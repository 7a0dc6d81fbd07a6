import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** mathjs's `createParse`, as far as it is called here: makes a parser over the node classes it is given. */
type CreateParse<Node> = (dependencies: Readonly<Record<string, unknown>>) => (text: string) => Node

const hasCreateParse = <Node>(loaded: unknown): loaded is { readonly createParse: CreateParse<Node> } =>
  typeof loaded === 'object' && loaded !== null && 'createParse' in loaded && typeof loaded.createParse === 'function'

/**
 * mathjs's parser without the rest of mathjs: 20 ms to load where `mathjs/number` takes 270 to 450 ms, most of it for functions this project never
 * calls. The package does not export the file, so that it is found by its path; in the bundle it takes the place of this module.
 */
export function createParse<Node>(dependencies: Readonly<Record<string, unknown>>): (text: string) => Node {
  const require = createRequire(import.meta.url)
  const loaded: unknown = require(join(dirname(require.resolve('mathjs/number')), 'expression', 'parse.js'))
  if (!hasCreateParse<Node>(loaded)) throw new TypeError('this version of mathjs has no expression/parse.js with createParse')
  return loaded.createParse(dependencies)
}
