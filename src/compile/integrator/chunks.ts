import type { Graph } from '../graph.js'
import { type Node, argumentsOf } from '../ir.js'

/** Operations of a chunk: compilers take time that grows faster than the length of a function without branches. */
const CHUNK = 1000

/** A part of the values of a routine: what it stores where, values asked for and values that later parts need. */
export interface Chunk {
  readonly values: readonly (readonly [number, Node])[]
  readonly kept: readonly (readonly [number, Node])[]
}

/** Whether every chunk computes a node anew: it costs nothing, or is no double that memory could keep. */
const isRepeated = (node: Node): boolean => node.type !== 'f64' || node.kind === 'constant' || node.kind === 'local' || node.kind === 'load'

/** All nodes, arguments before what they are arguments of, those of one value after those of the one before. */
function inOrder(values: readonly Node[]): readonly Node[] {
  const [found, open] = [new Set<Node>(), new Set<Node>()]
  const pending = values.toReversed()
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    if (found.has(node) || open.has(node)) {
      found.add(node)
      pending.pop()
      continue
    }
    open.add(node)
    for (const argument of argumentsOf(node).toReversed()) if (!found.has(argument)) pending.push(argument)
  }
  return [...found]
}

/** The doubles that a node is computed from, through arguments that every chunk computes anew. */
function sources(node: Node): readonly Node[] {
  return argumentsOf(node).flatMap((argument) => (isRepeated(argument) ? sources(argument) : [argument]))
}

/**
 * Cuts the values of a long routine without branches into chunks of bounded length, computed one after another.
 * @param slot where a value that later chunks need is kept: a load from there.
 * @returns undefined if the routine is short.
 */
export function inChunks(g: Graph, values: readonly Node[], slot: (k: number) => Node): readonly Chunk[] | undefined {
  const counted = inOrder(values).filter((node) => !isRepeated(node))
  if (counted.length <= 2 * CHUNK) return undefined
  const chunkOf = new Map(counted.map((node, k) => [node, Math.floor(k / CHUNK)]))
  const at = (node: Node): number => chunkOf.get(node) ?? 0
  const slots = new Map<Node, number>()
  for (const node of counted)
    for (const source of sources(node)) if (at(source) < at(node) && !slots.has(source)) slots.set(source, slots.size)
  for (const value of values) if (isRepeated(value)) for (const source of sources(value)) if (!slots.has(source)) slots.set(source, slots.size)

  const last = Math.ceil(counted.length / CHUNK) - 1
  const [valuesOf, keptOf] = [0, 1].map(() => Array.from({ length: last + 1 }, (): (readonly [number, Node])[] => []))
  for (const [i, value] of values.entries()) valuesOf?.[isRepeated(value) ? last : at(value)]?.push([i, value])
  for (const [node, k] of slots) keptOf?.[at(node)]?.push([k, node])
  return Array.from({ length: last + 1 }, (_, chunk) => {
    const made = new Map<Node, Node>()
    /** The node with what earlier chunks have kept read from there. */
    const own = (node: Node): Node => {
      const known = made.get(node)
      if (known !== undefined) return known
      const kept = isRepeated(node) || at(node) === chunk ? undefined : slots.get(node)
      const again = kept === undefined ? rebuilt(g, node, own) : slot(kept)
      made.set(node, again)
      return again
    }
    const ownOf = (of: readonly (readonly [number, Node])[] = []): Chunk['values'] => of.map(([k, node]) => [k, own(node)])
    return { values: ownOf(valuesOf?.[chunk]), kept: ownOf(keptOf?.[chunk]) }
  })
}

function rebuilt(g: Graph, node: Node, of: (argument: Node) => Node): Node {
  switch (node.kind) {
    case 'constant':
    case 'local':
      return node
    case 'load':
      return g.load(of(node.base), node.offset)
    case 'operation':
      return g.apply(node.op, ...node.args.map(of))
    case 'call':
      return g.call(node.callee, ...node.args.map(of))
  }
}
