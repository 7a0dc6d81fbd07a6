import type { Graph } from '../graph.js'
import { type Local, type Node, type Place, type Statement, assign, f64, i32, loop, set, toLocal, toMemory } from '../ir.js'

/** Component of a vector: known, or a loop variable. */
export type Index = number | Node

/** A vector of n doubles in variables or in memory. */
export interface Vector {
  at(i: Index): Node
  place(i: Index): Place
}

/**
 * How vectors are kept and what is done to all their components. `registers`: every component a variable, operations unrolled;
 * `memory`: components in memory, operations unrolled; `loops`: components in memory, operations as loops.
 */
export type Storage = 'registers' | 'memory' | 'loops'

/** Vectors of one routine. */
export class Vectors {
  private used: number
  private counters = 0

  constructor(
    readonly graph: Graph,
    readonly length: number,
    readonly storage: Storage,
    private readonly base: Local,
    firstFree: number,
  ) {
    this.used = firstFree
  }

  /** Offset behind the last vector in memory. */
  get end(): number {
    return this.used
  }

  /** A vector at a fixed offset from the base. */
  inMemory(offset: number): Vector {
    const g = this.graph
    const position = (i: Index): readonly [Node, number] =>
      typeof i === 'number' ? [g.read(this.base), offset + i] : [g.plus(g.read(this.base), i), offset]
    return { at: (i) => g.load(...position(i)), place: (i) => toMemory(...position(i)) }
  }

  /** A new vector. */
  make(name: string): Vector {
    if (this.storage !== 'registers') {
      const offset = this.used
      this.used += this.length
      return this.inMemory(offset)
    }
    const local = (i: Index): Local => {
      if (typeof i !== 'number') throw new TypeError('a variable has no computed index')
      return f64(`${name}_${i}`)
    }
    return { at: (i) => this.graph.read(local(i)), place: (i) => toLocal(local(i)) }
  }

  /** Offset of a vector in memory, for routines that get its position. */
  makeAt(): { readonly vector: Vector; readonly offset: number } {
    const offset = this.used
    this.used += this.length
    return { vector: this.inMemory(offset), offset }
  }

  /** Offset of so many doubles of work space. */
  allocate(size: number): number {
    const offset = this.used
    this.used += size
    return offset
  }

  private counter(): Local {
    this.counters += 1
    return i32(`i${this.counters}`)
  }

  /** Runs `body` for i = 0 … count − 1. */
  counted(count: number, body: (i: Node) => readonly Statement[]): readonly Statement[] {
    const g = this.graph
    const i = this.counter()
    return [
      set([i, g.int(0)]),
      loop(g.apply('ilt', g.read(i), g.int(count)), [...body(g.read(i)), set([i, g.plus(g.read(i), 1)])]),
    ]
  }

  /** Assignments for every component; no assignment may read what another one writes. */
  each(assignments: (i: Index) => readonly (readonly [Place | Local, Node])[]): readonly Statement[] {
    if (this.storage === 'loops') {
      const counter = this.counter()
      return [{ kind: 'each', counter, count: this.length, targets: set(...assignments(this.graph.read(counter))).targets }]
    }
    const all = Array.from({ length: this.length }, (_, i) => assignments(i)).flat()
    return all.length === 0 ? [] : [assign(all)]
  }

  /** Assigns the sum over all components, or so many indices, to a variable. */
  total(into: Local, term: (i: Index) => Node, count = this.length): readonly Statement[] {
    const g = this.graph
    if (this.storage !== 'loops') return [set([into, g.sum(Array.from({ length: count }, (_, i) => term(i)))])]
    const counter = this.counter()
    return [{ kind: 'total', counter, count, into, term: term(g.read(counter)) }]
  }
}
