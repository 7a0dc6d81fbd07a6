import type { Graph } from '../graph.js'
import { type Node, argumentsOf } from '../ir.js'
import { type Recurrence, recurrenceOf, termsOf } from './recurrences.js'

/** Operands of a recurrence that have coefficients of their own. */
export const ROLES = ['added', 'left', 'right'] as const
type Role = (typeof ROLES)[number]

/** Nodes whose coefficients follow the same recurrence at the same depth, one a row: `row` + i is the i-th's. */
export interface Group {
  readonly recurrence: Recurrence
  readonly nodes: readonly Node[]
  readonly row: number
  /** First row of each operand; rows of operand i are consecutive as well. */
  readonly operands: Partial<Record<Role, number>>
}

/** A copy of a node's coefficient into a row. */
export interface Copy {
  readonly node: Node
  readonly row: number
}

/** How far behind the beginning of a stage its copies and then its recurrences are done. */
const COPIED = 0.25
const OWN_ROWS = 0.5

/** Groups of one depth with the copies that their operands need first. */
export interface Stage {
  readonly groups: Group[]
  readonly copies: Copy[]
}

/** Whether an operand's coefficient of the order that is being computed enters. */
function isInstant(r: Recurrence, role: Role): boolean {
  return role === 'added' || (role === 'left' ? r.spared === 0 : r.first === 0)
}

/**
 * Which coefficients along a solution are kept, in which rows: those of the states (rows 0, 1, …), of every node with a recurrence, and
 * of every operand of one, so that the rows of a group's operands run along with its own.
 */
export class CoefficientRows {
  readonly stages: Stage[] = []
  /** What is copied once an order is complete: operands that enter only the next order. */
  readonly late: Copy[] = []
  private readonly rows = new Map<Node, { readonly row: number; readonly from: number }>()
  private readonly moving = new Map<Node, boolean>()
  private readonly depths = new Map<Node, number>()
  private readonly groups = new Map<string, { readonly depth: number; readonly recurrence: Recurrence; readonly nodes: Node[] }>()
  private readonly seen = new Set<Node>()
  private count = 0

  /** @param leaves the states, in order, then other leaves that change along a solution. */
  constructor(private readonly g: Graph, states: readonly Node[], private readonly others: readonly Node[], rates: readonly Node[]) {
    for (const node of states) this.rows.set(node, { row: this.count++, from: 0 })
    for (const rate of rates) this.visit(rate)
    this.place()
  }

  /** Rows of one order. */
  get length(): number {
    return this.count
  }

  /** The row of a node whose coefficient is known at a depth. */
  rowOf(node: Node, depth: number): number | undefined {
    const found = this.rows.get(node)
    return found !== undefined && found.from <= depth ? found.row : undefined
  }

  /** Whether a node changes along a solution. */
  moves(node: Node): boolean {
    const known = this.moving.get(node)
    if (known !== undefined) return known
    const moves = this.rows.has(node) || this.others.includes(node) || argumentsOf(node).some((a) => this.moves(a))
    this.moving.set(node, moves)
    return moves
  }

  /** The recurrence of a node; a product with a factor that does not change has none, nor a quotient by one. */
  recurrence(node: Node): Recurrence | undefined {
    if (!this.moves(node) || this.scaling(node) !== undefined) return undefined
    return recurrenceOf(this.g, node)
  }

  /** Of a product or quotient of which one part alone changes, that part and the other one. */
  scaling(node: Node): { readonly part: Node; readonly by: Node } | undefined {
    const [x, y] = argumentsOf(node)
    if (node.kind !== 'operation' || x === undefined || y === undefined) return undefined
    if (node.op !== 'mul' && node.op !== 'div') return undefined
    if (!this.moves(y)) return { part: x, by: y }
    return node.op === 'mul' && !this.moves(x) ? { part: y, by: x } : undefined
  }

  /** Depth of a node: how many recurrences one after another its coefficient of an order takes. */
  private depth(node: Node): number {
    const known = this.depths.get(node)
    if (known !== undefined) return known
    const r = this.recurrence(node)
    const below = (nodes: readonly Node[]): number => nodes.reduce((d, n) => Math.max(d, this.depth(n)), 0)
    const leaf = !this.moves(node) || this.rows.has(node)
    const made = leaf ? 0 : r === undefined ? below(this.parts(node)) : 1 + below(this.operandsOf(node, r, true))
    this.depths.set(node, made)
    return made
  }

  private parts(node: Node): readonly Node[] {
    const scaling = this.scaling(node)
    return scaling === undefined ? termsOf(this.g, node) : [scaling.part]
  }

  private operandsOf(node: Node, r: Recurrence, instant: boolean): readonly Node[] {
    return ROLES.flatMap((role) => (isInstant(r, role) === instant && r[role] !== undefined && r[role] !== node ? [r[role]] : []))
  }

  private visit(node: Node): void {
    if (this.seen.has(node) || !this.moves(node) || this.rows.has(node)) return
    this.seen.add(node)
    const r = this.recurrence(node)
    if (r === undefined) {
      for (const part of this.parts(node)) this.visit(part)
      return
    }
    for (const operand of [...this.operandsOf(node, r, true), ...this.operandsOf(node, r, false)]) this.visit(operand)
    const shape = ROLES.map((role) => (r[role] === undefined ? '-' : r[role] === node ? 'self' : this.moves(r[role]) ? 'moves' : 'fixed'))
    const even = r.left === r.right
    const depth = this.depth(node)
    const key = [depth, ...shape, even, r.sign, r.first, r.spared, r.constant, r.slope, r.divisor !== undefined].join()
    const group = this.groups.get(key) ?? { depth, recurrence: r, nodes: [] }
    group.nodes.push(node)
    this.groups.set(key, group)
  }

  private place(): void {
    const made = [...this.groups.values()].toSorted((a, b) => a.depth - b.depth).map(({ depth, recurrence, nodes }) => {
      const row = this.count
      for (const node of nodes) this.rows.set(node, { row: this.count++, from: depth + OWN_ROWS })
      return { depth, recurrence, nodes, row }
    })
    for (const { depth, ...facts } of made) {
      const stage = (this.stages[depth - 1] ??= { groups: [], copies: [] })
      const group: Group = { ...facts, operands: {} }
      for (const role of ROLES) this.operand(group, role, depth, stage)
      stage.groups.push(group)
    }
  }

  /** Finds the rows of an operand of a group, or makes them. */
  private operand(group: Group, role: Role, depth: number, stage: Stage): void {
    const nodes = group.nodes.flatMap((n) => recurrenceOf(this.g, n)?.[role] ?? [])
    const [first] = nodes
    if (first === undefined || (role === 'added' && !this.moves(first))) return
    const instant = isInstant(group.recurrence, role)
    const known = instant ? depth + COPIED : Infinity
    const start = this.rowOf(first, known)
    if (start !== undefined && nodes.every((n, i) => this.rowOf(n, known) === start + i)) {
      group.operands[role] = start
      return
    }
    group.operands[role] = this.count
    for (const node of nodes) {
      const copy = { node, row: this.count++ }
      if (instant) stage.copies.push(copy)
      else this.late.push(copy)
      if (instant && !this.rows.has(node)) this.rows.set(node, { row: copy.row, from: depth + COPIED })
    }
  }
}
