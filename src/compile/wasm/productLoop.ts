import type { Position, Product } from '../product.js'
import { type Bytes, double, signed, unsigned } from './bytes.js'
import { FUSED, INSTRUCTION as I, LANES, NUMERIC, PAIR, PAIRWISE, type ValueType } from './opcodes.js'
import type { ScalarCode } from './pairLoop.js'

/** Instructions on one column or on two neighbours. */
interface Lanes {
  readonly type: ValueType
  readonly count: number
  readonly zero: Bytes
  readonly load: Bytes
  readonly store: Bytes
  /** Loads one double into every lane. */
  readonly spread: Bytes
  readonly mul: Bytes
  readonly add: Bytes
}

const SINGLE: Lanes = {
  type: 'f64', count: 1, zero: [I.f64Const, ...double(0)], load: [I.f64Load], store: [I.f64Store], spread: [I.f64Load],
  mul: NUMERIC.mul, add: NUMERIC.add,
}
const DOUBLE: Lanes = {
  type: 'v128', count: 2, zero: [I.f64Const, ...double(0), ...PAIR.splat], load: PAIR.load, store: PAIR.store, spread: LANES.loadBoth,
  mul: PAIRWISE.mul ?? [], add: PAIRWISE.add ?? [],
}

/**
 * Results kept in registers: with the factors of one term they are fourteen of the fifteen that V8 gives out on x64. Four rows share the
 * loads of two pairs of columns. V8 moves all loads of a round to its beginning, so a second term in it would not fit: it takes twice as long.
 */
const ROWS = 4
const PAIRS = 2

/** A run of equal blocks along one side: `blocks` of them, `size` units each. */
interface Run {
  readonly blocks: number
  readonly size: number
}
const runs = (total: number, size: number): readonly Run[] => [
  ...(total >= size ? [{ blocks: Math.floor(total / size), size }] : []),
  ...(total % size > 0 ? [{ blocks: 1, size: total % size }] : []),
]

/** Code of a matrix product, block after block of the result; all addresses are in bytes. */
export function generateProduct(code: ScalarCode, p: Product): void {
  const taken: (readonly [number, ValueType])[] = []
  const take = (type: ValueType): number => {
    const index = code.take(type)
    taken.push([index, type])
    return index
  }
  const start = ({ base, offset }: Position): number => {
    const pointer = take('i32')
    code.address(base)
    code.emit(I.i32Const, ...signed(8 * offset), ...NUMERIC.iadd)
    code.at(I.localSet, pointer)
    return pointer
  }
  const [left, right, out] = [start(p.left), start(p.right), start(p.out)]
  const [l, r, o] = [take('i32'), take('i32'), take('i32')]
  const advance = (pointer: number, bytes: number, from = pointer): void => {
    code.at(I.localGet, from)
    code.emit(I.i32Const, ...signed(bytes), ...NUMERIC.iadd)
    code.at(I.localSet, pointer)
  }
  const repeat = (count: number, body: () => void): void => {
    if (count === 1) return body()
    const counter = take('i32')
    code.emit(I.i32Const, ...signed(count))
    code.at(I.localSet, counter)
    code.emit(I.loop, I.emptyType)
    body()
    advance(counter, -1)
    code.at(I.localGet, counter)
    code.emit(I.brIf, 0, I.end)
  }

  const block = (rows: number, columns: number, lanes: Lanes): void => {
    const sums = Array.from({ length: rows * columns }, () => take(lanes.type))
    const loaded = Array.from({ length: columns }, () => take(lanes.type))
    const factor = take(lanes.type)
    const place = (row: number, column: number): Bytes => unsigned(8 * (row * p.outRow + column * lanes.count))
    for (const [k, sum] of sums.entries()) {
      if (p.adds) code.at(I.localGet, o)
      code.emit(...(p.adds ? [...lanes.load, 3, ...place(Math.floor(k / columns), k % columns)] : lanes.zero))
      code.at(I.localSet, sum)
    }
    repeat(p.depth, () => {
      for (const [c, variable] of loaded.entries()) {
        code.at(I.localGet, r)
        code.emit(...lanes.load, 3, ...unsigned(8 * c * lanes.count))
        code.at(I.localSet, variable)
      }
      for (let row = 0; row < rows; row += 1) {
        code.at(I.localGet, l)
        code.emit(...lanes.spread, 3, ...unsigned(8 * row * p.leftRow))
        code.at(I.localSet, factor)
        for (const [c, variable] of loaded.entries()) {
          const sum = sums[row * columns + c] ?? 0
          const fused = code.fusesProducts && lanes.type === 'v128'
          for (const index of fused ? [factor, variable, sum] : [sum, factor, variable]) code.at(I.localGet, index)
          code.emit(...(fused ? FUSED.add : [...lanes.mul, ...lanes.add]))
          code.at(I.localSet, sum)
        }
      }
      advance(l, 8 * p.leftDepth)
      advance(r, 8 * p.rightDepth)
    })
    for (const [k, sum] of sums.entries()) {
      code.at(I.localGet, o)
      code.at(I.localGet, sum)
      code.emit(...lanes.store, 3, ...place(Math.floor(k / columns), k % columns))
    }
    for (const index of [...sums, ...loaded, factor]) {
      code.release(index, lanes.type)
      taken.splice(taken.findIndex(([i]) => i === index), 1)
    }
  }

  const columnRuns = [
    ...runs(p.columns >> 1, PAIRS).map((run) => ({ ...run, lanes: DOUBLE })),
    ...(p.columns % 2 === 1 ? [{ blocks: 1, size: 1, lanes: SINGLE }] : []),
  ]
  const [rightColumn, outColumn] = [take('i32'), take('i32')]
  for (const { blocks: rowBlocks, size: rows } of runs(p.rows, ROWS))
    repeat(rowBlocks, () => {
      advance(rightColumn, 0, right)
      advance(outColumn, 0, out)
      for (const { blocks, size, lanes } of columnRuns)
        repeat(blocks, () => {
          advance(l, 0, left)
          advance(r, 0, rightColumn)
          advance(o, 0, outColumn)
          block(rows, size, lanes)
          advance(rightColumn, 8 * size * lanes.count)
          advance(outColumn, 8 * size * lanes.count)
        })
      advance(left, 8 * rows * p.leftRow)
      advance(out, 8 * rows * p.outRow)
    })
  for (const [index, type] of taken) code.release(index, type)
}
