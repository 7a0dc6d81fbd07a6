import { InputError } from '../../errors.js'
import { MODULUS, inverseOf, residues } from './residue.js'
import { type Tree, parseTree, treeNames } from './syntax.js'
import { type Tower, addTower, constantTower, multiplyTower, subtractTower } from './tower.js'

/** A matrix of nested dual numbers. */
interface TowerMatrix {
  readonly rows: number
  readonly columns: number
  readonly entries: readonly Tower[]
}

/** A parametrization as the verifier reads it. */
export interface Phi {
  readonly shapes: readonly { readonly name: string; readonly rows: number; readonly columns: number }[]
  readonly trees: readonly Tree[]
}

/** Reads `phi` and `parameters` (shapes by name, or names of numbers, or nothing) of a document. @throws InputError for faulty texts. */
export function readPhi(document: { readonly phi: string | readonly string[]; readonly parameters?: Readonly<Record<string, readonly number[]>> | readonly string[] | undefined }): Phi {
  const trees = (typeof document.phi === 'string' ? [document.phi] : document.phi).map(parseTree)
  const { parameters } = document
  const isList = (value: typeof parameters): value is readonly string[] => Array.isArray(value)
  if (parameters !== undefined && !isList(parameters))
    return { trees, shapes: Object.entries(parameters).map(([name, [rows = 1, columns = 1]]) => ({ name, rows, columns })) }
  const names = parameters === undefined ? [...new Set(trees.flatMap(treeNames))] : parameters
  return { trees, shapes: names.map((name) => ({ name, rows: 1, columns: 1 })) }
}

export const phiSize = ({ shapes }: Phi): number => shapes.reduce((sum, s) => sum + s.rows * s.columns, 0)

class Evaluator {
  private readonly blocks = new Map<string, TowerMatrix>()

  constructor(phi: Phi, theta: readonly Tower[], private readonly level: number) {
    let next = 0
    for (const { name, rows, columns } of phi.shapes) {
      this.blocks.set(name, { rows, columns, entries: theta.slice(next, next + rows * columns) })
      next += rows * columns
    }
  }

  private number(value: number): TowerMatrix {
    return { rows: 1, columns: 1, entries: [constantTower(value, this.level)] }
  }

  private name(name: string): TowerMatrix {
    const [block = '', row = '1', column = '1'] = name.split('_')
    const matrix = this.blocks.get(block)
    if (matrix === undefined) throw new InputError(`'${name}' is named in phi`, 'it is no parameter')
    const entry = matrix.entries[(Number(row) - 1) * matrix.columns + Number(column) - 1]
    return name.includes('_') && entry !== undefined ? { rows: 1, columns: 1, entries: [entry] } : matrix
  }

  private product(a: TowerMatrix, b: TowerMatrix): TowerMatrix {
    const zero = constantTower(0, this.level)
    if (a.entries.length === 1) return { ...b, entries: b.entries.map((y) => multiplyTower(a.entries[0] ?? zero, y)) }
    if (b.entries.length === 1) return { ...a, entries: a.entries.map((x) => multiplyTower(b.entries[0] ?? zero, x)) }
    const entries = Array.from({ length: a.rows * b.columns }, (_, n) => {
      const [i, j] = [Math.floor(n / b.columns), n % b.columns]
      return Array.from({ length: a.columns }, (_, m) => multiplyTower(a.entries[i * a.columns + m] ?? zero, b.entries[m * b.columns + j] ?? zero)).reduce(addTower, zero)
    })
    return { rows: a.rows, columns: b.columns, entries }
  }

  evaluate(tree: Tree): TowerMatrix {
    switch (tree.kind) {
      case 'number':
        return this.number(tree.value)
      case 'name':
        return this.name(tree.name)
      case 'negative':
        return this.product(this.number(MODULUS - 1), this.evaluate(tree.of))
      case 'call':
        return this.call(tree.name, tree.args.map((a) => this.evaluate(a)))
      case 'binary':
        return this.binary(tree)
    }
  }

  private call(name: string, [x, y]: readonly TowerMatrix[]): TowerMatrix {
    const flat = (a: TowerMatrix): TowerMatrix => ({ rows: 1, columns: a.entries.length, entries: a.entries })
    const upright = (a: TowerMatrix): TowerMatrix => ({ rows: a.entries.length, columns: 1, entries: a.entries })
    if (x !== undefined && name === 'norm2') return this.product(flat(x), upright(x))
    if (x !== undefined && y !== undefined && name === 'dot') return this.product(flat(x), upright(y))
    if (x === undefined || name !== 'transpose') throw new InputError(`'${name}' cannot be evaluated in phi`, 'the verifier knows transpose, norm2 and dot')
    const order = Array.from({ length: x.entries.length }, (_, n) => (n % x.rows) * x.columns + Math.floor(n / x.rows))
    return { rows: x.columns, columns: x.rows, entries: order.flatMap((n) => x.entries.slice(n, n + 1)) }
  }

  private binary({ operator, left, right }: Extract<Tree, { kind: 'binary' }>): TowerMatrix {
    const a = this.evaluate(left)
    if (operator === '^') return Array.from({ length: right.kind === 'number' ? right.value : 0 }, () => a).reduce((x, y) => this.product(x, y), this.number(1))
    const b = this.evaluate(right)
    if (operator === '*') return this.product(a, b)
    if (operator === '/') return this.product(this.number(inverseOf(b.entries[0]?.[0] ?? 0)), a)
    const join = operator === '+' ? addTower : subtractTower
    return { ...a, entries: a.entries.map((x, i) => join(x, b.entries[i] ?? x)) }
  }
}

/** The gradient of Σ cᵢφᵢ, each component by one dual number more; the weights c come from the seed. */
export function phiGradient(phi: Phi, seed: number, theta: readonly Tower[], level: number): readonly Tower[] {
  const zero = constantTower(0, level)
  return theta.map((_, v) => {
    const draw = residues(seed)
    const lifted = theta.map((x, w) => [...x, ...(v === w ? constantTower(1, level) : zero)])
    const evaluator = new Evaluator(phi, lifted, level + 1)
    const sum = phi.trees
      .flatMap((tree) => evaluator.evaluate(tree).entries)
      .reduce((total, x) => addTower(total, multiplyTower(constantTower(draw(), level + 1), x)), constantTower(0, level + 1))
    return sum.slice(sum.length / 2)
  })
}
