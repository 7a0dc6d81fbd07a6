import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { errorCode, readText, writeFiles } from './files.js'

export interface Compiled {
  readonly path: string
  /** Overfull boxes in points, in the order of the document. */
  readonly overfull: readonly number[]
  /** References and citations without a target. */
  readonly undefinedReferences: readonly string[]
}

export interface CompileOptions {
  /** Name of the document without `.tex`. */
  readonly name?: string
  /** Seconds for each run of pdflatex; without it, by the length of the document. */
  readonly timeLimit?: number
}

const INSTALL =
  'install TeX Live: Debian or Ubuntu: apt-get install texlive-latex-extra texlive-pictures texlive-fonts-recommended; macOS: brew ' +
    'install --cask mactex-no-gui; Windows: winget install MiKTeX.MiKTeX; report.tex is complete and also compiles elsewhere'

/**
 * Compiles `report.tex` of a directory to `report.pdf` with pdflatex, run until its references settle (at most four times), without shell
 * escape and without leave to read or write outside a temporary directory.
 * @throws {InputError} if pdflatex is missing, refuses the document or exceeds the time limit.
 */
export async function compilePdf(directory: string, { name = 'report', timeLimit: given }: CompileOptions = {}): Promise<Compiled> {
  const tex = await readText(join(directory, `${name}.tex`))
  const timeLimit = given ?? patienceFor(tex)
  const workshop = await mkdtemp(join(tmpdir(), 'noether-pdf-'))
  try {
    await writeFile(join(workshop, `${name}.tex`), tex)
    const log = await settle(workshop, directory, name, timeLimit)
    await writeFiles(directory, { [`${name}.pdf`]: await readFile(join(workshop, `${name}.pdf`)) })
    return {
      path: join(directory, `${name}.pdf`),
      overfull: [...log.matchAll(/Overfull \\[hv]box \(([\d.]+)pt/g)].map(([, points = '0']) => Number(points)),
      undefinedReferences: [...log.matchAll(/(?:Reference|Citation) `([^']*)' on page \S+ undefined/g)].map(([, key = '']) => key),
    }
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

/** Seconds for a run of pdflatex: three minutes, and several times what a book of its size takes. */
const patienceFor = (tex: string): number => 180 + Math.round(tex.length / 5000)

const MOST_RUNS = 4

async function settle(workshop: string, directory: string, name: string, timeLimit: number): Promise<string> {
  let log = ''
  for (let run = 1; run <= MOST_RUNS; run += 1) {
    const code = await pdflatex(workshop, name, timeLimit)
    log = (await readFile(join(workshop, `${name}.log`), 'utf8')).replaceAll(/\r/g, '')
    if (code !== 0)
      throw new InputError(
        `pdflatex refused the document: ${firstFault(log)}`,
        'this is a defect of the report; the HTML page holds the same',
        { file: join(directory, `${name}.tex`) },
      )
    if (run > 1 && !/Rerun to get|Label\(s\) may have changed|Rerun LaTeX/.test(log)) break
  }
  return log
}

const firstFault = (log: string) => /^! (.*)$/m.exec(log)?.[1] ?? 'no reason given'

/** @returns the exit code. */
function pdflatex(workshop: string, name: string, timeLimit: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('pdflatex', ['-no-shell-escape', '-interaction=nonstopmode', '-halt-on-error', `${name}.tex`], {
      cwd: workshop,
      stdio: 'ignore',
      // Long lines keep messages whole in the log; `p` (paranoid) forbids files outside the working directory.
      env: { ...process.env, max_print_line: '1000', openin_any: 'p', openout_any: 'p' },
      timeout: timeLimit * 1000,
      killSignal: 'SIGKILL',
    })
    child.once('error', (error) =>
      reject(errorCode(error) === 'ENOENT' ? new InputError('pdflatex was not found, so there is no PDF', INSTALL) : error),
    )
    child.once('close', (code, signal) => {
      if (signal === null) resolve(code ?? 1)
      else reject(new InputError(`pdflatex did not finish within ${timeLimit} s`, `compile ${name}.tex by hand, or report fewer laws`))
    })
  })
}
