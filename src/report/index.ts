export { type CompileOptions, type Compiled, compilePdf } from './pdf.js'
export { type Book, type BookEntry } from './content/book.js'
export { type ReportOptions, type Written, readBook, readResult, writeBook, writeReport } from './write.js'
export { parseBook, parseRun, writeJson } from './schema.js'
