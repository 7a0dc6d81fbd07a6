import type { Node } from '../circuit.js'
import { refuseIfTooLarge } from '../estimate.js'
import { ExactSystem } from '../exact.js'
import { gradientFields } from '../fields.js'
import type { Support } from '../laws.js'
import type { Model, ParameterBlock } from '../model.js'
import { parityLabels } from '../parity.js'
import { expandCircuit } from '../polynomial.js'
import { CircuitProof } from '../proof.js'
import type { AssembledBlock, Assembly, Ratio } from './assembly.js'

const EXPANSION_LIMIT = 150_000

/** Blocks of parameters that the loss sees together and apart from all others: laws of the network are functions of laws of its components. */
interface Component {
  readonly blocks: readonly AssembledBlock[]
  readonly observed: readonly Node[]
  readonly ratios: readonly Ratio[]
}

/** Splits a network into the connected components of "some observation reads both blocks". */
function components(assembly: Assembly, joined: boolean): readonly Component[] {
  const owner = new Map<Node, string>()
  for (const block of assembly.blocks.values()) for (const n of block.nodes) owner.set(n, block.name)
  const parent = new Map([...assembly.blocks.keys()].map((name) => [name, name]))
  const root = (name: string): string => {
    const up = parent.get(name) ?? name
    return up === name ? name : root(up)
  }
  const reads = (nodes: readonly Node[]): readonly string[] => [...new Set(nodes.flatMap((n) => assembly.build.parametersOf(n)).map((n) => owner.get(n) ?? ''))]
  const observations = [
    ...assembly.observed.map((node) => ({ node, ratio: undefined, names: reads([node]) })),
    ...assembly.ratios.map((ratio) => ({ node: undefined, ratio, names: reads([ratio.numerator, ratio.denominator]) })),
  ]
  for (const { names } of observations) for (const name of names) parent.set(root(name), root(names[0] ?? name))
  if (joined) for (const name of assembly.blocks.keys()) parent.set(root(name), root([...assembly.blocks.keys()][0] ?? name))
  const roots = [...new Set([...assembly.blocks.keys()].map(root))]
  return roots.map((r) => {
    const mine = observations.filter((o) => root(o.names[0] ?? '') === r)
    return {
      blocks: [...assembly.blocks.values()].filter((b) => root(b.name) === r),
      observed: mine.flatMap((o) => (o.node === undefined ? [] : [o.node])),
      ratios: mine.flatMap((o) => (o.ratio === undefined ? [] : [o.ratio])),
    }
  })
}

/** The exact polynomials a component is seen through. */
function exactSystem(assembly: Assembly, { observed, ratios }: Component, parameters: readonly Node[]): ExactSystem {
  const { build } = assembly
  const expand = (node: Node) => expandCircuit(build.finish(node, parameters), EXPANSION_LIMIT)
  const maps = observed.flatMap(expand)
  return new ExactSystem(maps, { projective: ratios.map((r) => expand(r.numerator)) })
}

function componentModel(assembly: Assembly, component: Component): Model {
  const { build } = assembly
  const parameters = component.blocks.flatMap((b) => b.nodes)
  const seen = component.ratios.map((r) => build.multiply(build.slot(), build.multiply(r.numerator, build.reciprocal(r.denominator))))
  const circuit = build.finish(build.sum([...component.observed, ...seen]), parameters)
  const blocks: ParameterBlock[] = []
  let offset = 0
  for (const { name, shape, outputAxis, nodes } of component.blocks) {
    blocks.push({ name, shape, offset, outputAxis })
    offset += nodes.length
  }
  const system = new CircuitProof(circuit, () => exactSystem(assembly, component, parameters))
  const supportOf = (names: ReadonlySet<string>): Support => ({ system, blocks: blocks.filter((b) => names.has(b.name)) })
  const own = new Set(blocks.map((b) => b.name))
  const interfaces = assembly.interfaces.filter((names) => names.size > 0 && [...names].every((name) => own.has(name)))
  const singles = blocks.map((b) => new Set([b.name]))
  return {
    blocks,
    family: gradientFields(circuit),
    labels: () => parityLabels(circuit),
    supports: [...singles, ...interfaces].map(supportOf),
    whole: () => supportOf(own),
  }
}

/** One model for each component of a network, or one for all. @throws InputError if one is too large. */
export function componentModels(assembly: Assembly, joined = false): readonly Model[] {
  const count = (blocks: Iterable<AssembledBlock>): number => [...blocks].reduce((sum, b) => sum + b.nodes.length, 0)
  const parts = components(assembly, joined)
  for (const { blocks } of parts) refuseIfTooLarge(count(blocks), blocks.map((b) => b.name))
  return parts.map((c) => componentModel(assembly, c))
}
