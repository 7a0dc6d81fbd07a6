/**
 * Runs a task of a clone with nothing but Node and npm there before: `node bootstrap.mjs TASK [ARGUMENT...]`.
 *
 *   noether ARGS   the command itself, from `dist`
 *   build          `dist`; with --checked a type error is fatal
 *   TOOL ARGS      a tool of `node_modules/.bin`: vitest, tsc, oxlint
 *
 * Packages are installed when `node_modules` is not what the lock file says, `dist` is compiled when a source is newer.
 * Plain JavaScript without imports from packages, because it runs before there are any.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const at = (...parts) => join(root, ...parts)
const oldestNode = 20

/** What is installed, read from the record npm leaves; optional packages may be missing. */
function isInstalled() {
  const record = at('node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (found[path] === undefined ? optional === true : found[path].version === version),
  )
}

/** `npm ci`, quiet unless it fails: npm's own output is shown then. Progress goes to stderr: stdout belongs to the task. */
function install() {
  process.stderr.write('Installing packages (npm ci), once…\n')
  const argumentList = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const viaNode = process.env['npm_execpath']?.endsWith('.js') === true
  const [command, first] = viaNode ? [process.execPath, [process.env['npm_execpath']]] : ['npm', []]
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...argumentList], {
    cwd: root,
    encoding: 'utf8',
    shell: !viaNode && process.platform === 'win32',
  })
  if (error === undefined && status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  fail(`npm ci failed${error === undefined ? '' : ` (${error.message})`} — see the lines above, then run it by hand in ${root}`)
}

function fail(message) {
  process.stderr.write(`noether: ${message}\n`)
  process.exit(2)
}

/** All files below a folder, relative to the root. */
function filesBelow(folder) {
  return readdirSync(at(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

const compiledFolders = ['src', 'derivations']

/** Changes when a file that `dist` is made from is added, removed or written. */
function fingerprint() {
  const files = [...compiledFolders.flatMap(filesBelow), 'package.json', 'tsconfig.json', 'tsconfig.build.json'].sort()
  const hash = createHash('sha256')
  for (const file of files) {
    const { mtimeMs, size } = statSync(at(file))
    hash.update(`${file}\0${mtimeMs}\0${size}\n`)
  }
  return hash.digest('hex')
}

function isBuilt() {
  const stamp = at('dist', '.fingerprint')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()
}

/**
 * Compiles into a folder of its own and swaps it in at the end, so that a process which reads `dist` meanwhile sees a whole one. The modules are bundled
 * by what the commands load together: Node takes a millisecond for each file that it imports.
 * Types are not checked when only freshness is wanted: that is `npm run typecheck`, and takes longer.
 */
async function build({ checked }) {
  const stamp = fingerprint()
  const staging = at(`.dist-${process.pid}`)
  const files = compiledFolders.flatMap(filesBelow)
  const { dependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  const { build: bundle } = await import(pathToFileURL(at('node_modules', 'esbuild', 'lib', 'main.js')).href)
  const failed = (text) => {
    rmSync(staging, { recursive: true, force: true })
    fail(`the sources do not compile — mend what the compiler says:\n${text}`)
  }
  if (checked) declare(staging, failed)
  let metafile
  try {
    ;({ metafile } = await bundle({
      entryPoints: files.filter((file) => entryPoint.test(file.replaceAll('\\', '/'))).map((file) => at(file)),
      absWorkingDir: root,
      outbase: root,
      outdir: staging,
      chunkNames: 'src/parts/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: `node${oldestNode}`,
      external: Object.keys(dependencies).filter((name) => !bundled.has(name)),
      plugins: [inPlace],
      sourcemap: true,
      metafile: true,
      logLevel: 'silent',
    }))
  } catch (error) {
    failed(error.message)
  }
  for (const file of files.filter((path) => !/\.(ts|mjs)$/.test(path))) {
    mkdirSync(dirname(join(staging, file)), { recursive: true })
    cpSync(at(file), join(staging, file))
  }
  copyLicences(metafile, staging)
  writeFileSync(join(staging, '.fingerprint'), stamp)
  rmSync(at('dist'), { recursive: true, force: true })
  try {
    renameSync(staging, at('dist'))
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    if (!isBuilt()) throw error // otherwise another process was first with the same result
  }
}

/** Dependencies that commands start with and that come in many files: they go into the bundle. */
const bundled = new Set(['yaml', 'zod'])

/** Files that are bundled in place of what is imported: yaml's form that has modules, and of mathjs the parser alone. */
const replacements = [
  [/^yaml$/, 'yaml/browser/index.js'],
  [/\/mathjsParser\.js$/, 'mathjs/lib/esm/expression/parse.js'],
]

const inPlace = {
  name: 'in place',
  setup: ({ onResolve }) => replacements.forEach(([filter, file]) => onResolve({ filter }, () => ({ path: at('node_modules', ...file.split('/')) }))),
}

/** The licences of all packages of which something went into the bundle. */
function copyLicences({ inputs }, staging) {
  const packages = new Map(Object.keys(inputs).flatMap((file) => [...file.matchAll(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)/g)]))
  for (const [folder, name] of packages)
    for (const file of readdirSync(at(folder)).filter((each) => /^(licen[cs]e|notice)/i.test(each)))
      cpSync(at(folder, file), join(staging, `${file}-${name.replaceAll('/', '-')}`))
}

/** What is imported from outside: the package's exports, the command line, the modules of the catalogue. */
const entryPoint = /^(src\/(\w+\/)?index|src\/cli\/main|derivations\/[a-z0-9-]+)\.ts$/

/** The declarations for those who import the package, types checked. */
function declare(staging, failed) {
  const options = ['-p', at('tsconfig.build.json'), '--outDir', staging, '--noEmitOnError']
  const { status, stdout } = spawnSync(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), ...options], { cwd: root, encoding: 'utf8' })
  if (status !== 0) failed(stdout.split('\n').slice(0, 10).join('\n'))
}

/** Runs a tool of `node_modules/.bin` in this terminal; its exit code is ours, signals reach it by the terminal. */
function runTool(name, argumentList) {
  const { bin } = JSON.parse(readFileSync(at('node_modules', packageOf[name], 'package.json'), 'utf8'))
  const script = at('node_modules', packageOf[name], typeof bin === 'string' ? bin : bin[name])
  const child = spawn(process.execPath, [script, ...argumentList], { cwd: root, stdio: 'inherit' })
  process.on('SIGINT', () => undefined) // the child decides what an interrupt means
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}

const packageOf = { vitest: 'vitest', tsc: 'typescript', oxlint: 'oxlint' }

const [task, ...rest] = process.argv.slice(2)
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  fail(`Node ${process.versions.node} is too old — install Node ${oldestNode} or newer`)
}
if (!isInstalled()) install()
if (task === 'build') {
  await build({ checked: rest.includes('--checked') })
} else if (task === 'noether') {
  if (!isBuilt()) await build({ checked: false })
  process.argv = [process.execPath, at('dist', 'src', 'cli', 'main.js'), ...rest]
  await import(pathToFileURL(process.argv[1]).href)
} else if (task in packageOf) {
  runTool(task, rest)
} else {
  fail(`unknown task ${task} — use noether, build, ${Object.keys(packageOf).join(', ')}`)
}
