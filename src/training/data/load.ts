import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DataSpec, dataSchema } from '../schema.js'
import { InputError } from '../../errors.js'
import { packageFile } from '../../packageFile.js'
import { readCsv } from './csv.js'
import { type DataSet, type Table, prepare } from './dataset.js'
import { readData } from './file.js'
import { readIdx } from './idx.js'
import { teach, teachingSource } from './teacher.js'

/** Source and licence of the digits that come with the program. */
export const DIGITS_SOURCE =
  'Optical Recognition of Handwritten Digits (test part), E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository, CC BY 4.0'

/**
 * Loads a data set as a problem file names it.
 * @param directory what relative paths are relative to
 * @throws InputError with file, line and column of what is wrong in the data
 */
export function loadData(spec: DataSpec, directory = '.'): DataSet {
  const parsed = dataSchema.safeParse(spec === 'digits' ? { name: 'digits' } : spec)
  if (!parsed.success) throw new InputError(`data: ${parsed.error.issues[0]?.message ?? 'not a data set'}`, 'see `noether schema`')
  const how = parsed.data
  if (how === 'digits') throw new Error('the short form was replaced above')
  if ('name' in how) {
    const table = readCsv(readData(fileURLToPath(packageFile('src/training/data/digits.csv.gz'))), 'digits', 'last')
    return prepare('digits', DIGITS_SOURCE, table, { ...how, scale: 16 })
  }
  if ('csv' in how) {
    const file = resolve(directory, how.csv)
    const wanted = how.targets === undefined ? how.label : { targets: [how.targets].flat() }
    return prepare(basename(file), how.csv, readCsv(readData(file), how.csv, wanted), how)
  }
  if ('teacher' in how) return prepare('samples of a teacher', teachingSource(how), teach(how), { ...how, scale: 1 })
  const read = ({ images, labels }: typeof how.idx): Table =>
    readIdx(readData(resolve(directory, images)), images, readData(resolve(directory, labels)), labels)
  return prepare(basename(how.idx.images), how.idx.images, read(how.idx), how, how.test_idx === undefined ? undefined : read(how.test_idx))
}
