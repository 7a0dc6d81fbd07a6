import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { buildNetwork, float64Network, initialParameters } from '../../src/network/index.js'
import { type Table, classes, labelsOf, loadData, prepare, readCsv, readIdx, targetMatrix } from '../../src/training/index.js'
import { batches } from '../../src/training/batches.js'

const directory = mkdtempSync(join(tmpdir(), 'noether-data-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const tables: fc.Arbitrary<Table> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, features]) =>
    fc.record({
      rows: fc.constant(rows),
      features: fc.constant(features),
      inputs: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: rows * features, maxLength: rows * features }).map((x) => Float32Array.from(x)),
      targets: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: rows, maxLength: rows }).map(classes),
    }),
  )

const csvOf = ({ rows, features, inputs, targets }: Table, ending: string): string =>
  Array.from({ length: rows }, (_, row) => [...inputs.subarray(row * features, (row + 1) * features), labelsOf(targets)[row]].join(',') + ending).join('')

function idxOf(values: readonly number[], ...dimensions: readonly number[]): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * dimensions.length))
  head.setUint32(0, 0x0800 + dimensions.length)
  for (const [i, n] of dimensions.entries()) head.setUint32(4 + 4 * i, n)
  return Uint8Array.from([...new Uint8Array(head.buffer), ...values])
}

/** Whatever the bytes, a reader returns samples or says in one line what is wrong. */
function isCivil(read: () => Table): boolean {
  try {
    const { rows, features, inputs, targets } = read()
    return rows > 0 && inputs.length === rows * features && labelsOf(targets).length === rows && inputs.every(Number.isFinite)
  } catch (error) {
    return error instanceof InputError && !error.message.includes('\n') && error.place.file !== undefined
  }
}

describe('CSV', () => {
  it('gives back the samples it was written from, with any line ending, header or comment', () => {
    fc.assert(
      fc.property(tables, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (table, ending, header) => {
        const title = header ? `${Array.from({ length: table.features + 1 }, (_, i) => `x${i}`).join()}${ending}# by hand${ending}` : ''
        expect(readCsv(bytesOf(title + csvOf(table, ending)), 'a.csv', 'last')).toEqual(table)
      }),
    )
  })

  it.each([
    ['1,2,0\n3,,1\n', 'a.csv:2:3: '],
    ['1,2,0\n3,x,1\n', "a.csv:2:3: 'x' is not a number of float32"],
    ['1,2,0\n3,4\n', 'a.csv:2: 2 columns where 3 are expected'],
    ['1,2,0.5\n', 'a.csv:1:5: 0.5 is not a class'],
    ['1,2,-1\n', 'a.csv:1:5: -1 is not a class'],
    ['1,2,1e9\n', 'a.csv:1:5: 1000000000 is not a class'],
    ['1,1e39,1\n', "a.csv:1:3: '1e39' is not a number of float32"],
    ['', 'a.csv: there is no sample'],
    ['a,b\n', 'a.csv: there is no sample'],
    ['1\n2\n', 'a.csv: there is only one column'],
  ])('names the place of the fault: %j', (text, message) => {
    const read = (): Table => readCsv(bytesOf(text), 'a.csv', 'last')
    expect(read).toThrow(InputError)
    expect(read).toThrow(message)
  })

  it('takes the label from the column asked for', () => {
    expect([...labelsOf(readCsv(bytesOf('7,1,2\n'), 'a.csv', 'first').targets)]).toEqual([7])
    expect([...labelsOf(readCsv(bytesOf('7,1,2\n'), 'a.csv', 2).targets)]).toEqual([1])
    expect(() => readCsv(bytesOf('7,1,2\n'), 'a.csv', 4)).toThrow(/no column 4/)
  })

  it('takes numbers to be approximated from the columns asked for, in the order of the file', () => {
    const { features, inputs, targets } = readCsv(bytesOf('a,b,c,d\n7,-1.5,2,0.25\n3,4,5,6\n'), 'a.csv', { targets: ['last', 2] })
    expect([features, [...inputs], targets]).toEqual([2, [7, 2, 3, 5], { kind: 'numbers', values: Float32Array.of(-1.5, 0.25, 4, 6), width: 2 }])
    expect(() => readCsv(bytesOf('7,1\n'), 'a.csv', { targets: [1, 2] })).toThrow(/every column is a target/)
    expect(() => readCsv(bytesOf('7,1\n'), 'a.csv', { targets: [3] })).toThrow(/no column 3/)
  })

  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => isCivil(() => readCsv(bytes, 'a.csv', 'last'))))
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,-+e#x \n\r"'), maxLength: 60 }), (text) => isCivil(() => readCsv(bytesOf(text), 'a.csv', 'first'))))
  })
})

describe('IDX', () => {
  it('gives back the samples it was written from, images flattened', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const images = idxOf([...table.inputs], table.rows, 1, table.features)
        expect(readIdx(images, 'images', idxOf([...labelsOf(table.targets)], table.rows), 'labels')).toEqual(table)
      }),
    )
  })

  it('names the file and the fault', () => {
    const [images, labels] = [idxOf([1, 2, 3, 4], 2, 2), idxOf([0, 1], 2)]
    const read = (x: Uint8Array, y: Uint8Array) => (): Table => readIdx(x, 'images', y, 'labels')
    expect(read(bytesOf('\u0001png'), labels)).toThrow('images: it is not an IDX file')
    expect(read(images.subarray(0, 15), labels)).toThrow('images: 3 values where the header says 2 × 2 = 4')
    expect(read(images.subarray(0, 9), labels)).toThrow('images: the IDX header is cut short')
    expect(read(images, idxOf([0, 1, 2], 3))).toThrow('labels: 3 labels for 2 images')
    expect(read(images, images)).toThrow('labels: labels with 2 dimensions')
    expect(read(Uint8Array.of(0, 0, 13, 1), labels)).toThrow('images: IDX values of type 0x0d')
  })

  it('survives any bytes', () => {
    const start = fc.constantFrom([], [0, 0, 8, 1], [0, 0, 8, 3, 0, 0, 0, 1])
    const bytes = fc.tuple(start, fc.array(fc.nat(255), { maxLength: 20 })).map(([a, b]) => Uint8Array.from([...a, ...b]))
    fc.assert(fc.property(bytes, bytes, (x, y) => isCivil(() => readIdx(x, 'images', y, 'labels'))))
  })
})

describe('data sets', () => {
  it('the digits have 1,797 samples of all ten classes, split by seed without loss', () => {
    const data = loadData('digits')
    expect([data.features, data.outputs, data.train.rows + data.test.rows, data.test.rows]).toEqual([64, 10, 1797, 359])
    expect(data.source).toMatch(/Alpaydin.*UCI.*CC BY 4\.0/)
    const range = data.train.inputs.reduce((widest, x) => ({ low: Math.min(widest.low, x), high: Math.max(widest.high, x) }), { low: 1, high: 0 })
    expect(range).toEqual({ low: 0, high: 1 })
    const other = loadData({ name: 'digits', seed: 2 })
    expect(labelsOf(other.train.targets)).not.toEqual(labelsOf(data.train.targets))
    const counts = (labels: readonly number[]): readonly number[] => Array.from({ length: 10 }, (_, c) => labels.filter((label) => label === c).length)
    expect(counts([...labelsOf(other.train.targets), ...labelsOf(other.test.targets)])).toEqual(counts([...labelsOf(data.train.targets), ...labelsOf(data.test.targets)]))
  })

  it('read the same from plain and gzipped files, CSV and IDX, relative to a directory', () => {
    const csv = '0,255,1\n255,0,0\n51,102,1\n'
    writeFileSync(join(directory, 'a.csv'), csv)
    writeFileSync(join(directory, 'a.csv.gz'), gzipSync(csv))
    writeFileSync(join(directory, 'images.gz'), gzipSync(idxOf([0, 255, 255, 0, 51, 102], 3, 1, 2)))
    writeFileSync(join(directory, 'labels'), idxOf([1, 0, 1], 3))
    const [plain, packed] = ['a.csv', 'a.csv.gz'].map((name) => loadData({ csv: name, scale: 255, test: 0.4 }, directory))
    const idx = loadData({ idx: { images: 'images.gz', labels: 'labels' }, test: 0.4 }, directory)
    expect([packed?.train, packed?.test]).toEqual([plain?.train, plain?.test])
    expect([idx.train, idx.test]).toEqual([plain?.train, plain?.test])
    const unsplit = loadData({ csv: 'a.csv', test: 0 }, directory)
    expect([unsplit.train.rows, unsplit.test.rows]).toEqual([3, 0])
  })

  it('of a teacher are standard normal inputs with the outputs of its network, to its noise', () => {
    const teacher = { input: 3, layers: [{ dense: 4 }, 'relu' as const, { dense: 2 }], seed: 5 }
    const { train, test, features, outputs, source } = loadData({ teacher, samples: 4000 })
    expect([features, outputs, train.rows, test.rows]).toEqual([3, 2, 3200, 800])
    expect(source).toMatch(/standard normal inputs/)
    const network = buildNetwork({ ...teacher, loss: 'mean_square' })
    const expected = float64Network(network, train.rows).output(initialParameters(network), Float64Array.from(train.inputs), train.rows)
    const answered = targetMatrix(train.targets, 2)
    expect(Math.max(...answered.map((y, i) => Math.abs(y - (expected[i] ?? 0))))).toBeLessThan(1e-6)
    const variance = train.inputs.reduce((sum, x) => sum + x * x, 0) / train.inputs.length
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / train.inputs.length))
    const noisy = targetMatrix(loadData({ teacher, samples: 4000, noise: 0.1 }).train.targets, 2)
    const spread = Math.sqrt(noisy.reduce((sum, y, i) => sum + (y - (answered[i] ?? 0)) ** 2, 0) / noisy.length)
    expect(Math.abs(spread / 0.1 - 1)).toBeLessThan(5 / Math.sqrt(2 * noisy.length))
    const labels = labelsOf(loadData({ teacher, samples: 4000, classes: true }).train.targets)
    expect([...labels]).toEqual(Array.from(labels, (_, r) => ((answered[2 * r + 1] ?? 0) > (answered[2 * r] ?? 0) ? 1 : 0)))
  })

  it('that cannot be read say why', () => {
    writeFileSync(join(directory, 'torn.csv.gz'), gzipSync('1,2,0\n').subarray(0, 15))
    expect(() => loadData({ csv: 'none.csv' }, directory)).toThrow(/none\.csv: cannot read the data: there is no such file/)
    expect(() => loadData({ csv: '.' }, directory)).toThrow(/it is a directory/)
    expect(() => loadData({ csv: 'torn.csv.gz' }, directory)).toThrow(/torn\.csv\.gz: cannot unpack it/)
    expect(() => loadData({ csv: 'a.csv', test: 0.99 }, directory)).toThrow(/no sample is left/)
    // @ts-expect-error no such key
    expect(() => loadData({ tsv: 'a.csv' })).toThrow(InputError)
  })

  it('standardize by the training samples', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const { train } = prepare('it', 'here', table, { scale: 1, test: 0.3, seed: 1, standardize: true })
        for (let f = 0; f < table.features; f++) {
          const values = Array.from({ length: train.rows }, (_, row) => train.inputs[row * table.features + f] ?? 0)
          const mean = values.reduce((sum, x) => sum + x, 0) / train.rows
          const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / train.rows
          expect(Math.abs(mean)).toBeLessThan(1e-5)
          expect(Math.min(Math.abs(variance - 1), Math.abs(variance))).toBeLessThan(1e-5)
        }
      }),
    )
  })

  it('come in batches of one size that use every sample at most once an epoch, whatever step is asked for first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.nat(200), fc.nat(50), (samples, size, seed, k) => {
        fc.pre(size <= samples)
        const at = batches(samples, size, seed)
        const perEpoch = Math.floor(samples / size)
        const epoch = Array.from({ length: perEpoch }, (_, i) => [...at(i)]).flat()
        expect(new Set(epoch).size).toBe(perEpoch * size)
        expect(epoch.every((row) => row >= 0 && row < samples)).toBe(true)
        const later = [...at(k)]
        expect([...batches(samples, size, seed)(k)]).toEqual(later)
      }),
    )
  })
})
