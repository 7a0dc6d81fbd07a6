import { Command, InvalidArgumentError, Option } from 'commander'
import type { Engine } from './engine.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

interface Context {
  readonly terminal: Terminal
  readonly engine: Engine
  readonly exit: (code: 0 | 1 | 2) => void
}

const problemHelp = 'a name of the catalogue (noether list) or a problem file'

/**
 * The command line. Actions load their module when they are called, so that starting stays fast.
 *
 * @param exit is told the exit code of a command that has one
 */
export function createProgram(context: Context): Command {
  const { terminal } = context
  const program = new Command('noether')
    .description('Derives, compiles, validates and reports the laws that symmetries impose on learning dynamics.')
    .version(version())
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: terminal.columns, minWidthToWrap: 10 })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      outputError: () => undefined, // the caller of the program reports what it throws
    })
  for (const register of [
    registerList,
    registerDerive,
    registerRun,
    registerEmit,
    registerIntegrate,
    registerReport,
    registerDiscover,
    registerSchema,
  ])
    register(program, context)
  return program
}

const json = (): Option => new Option('--json', 'print one JSON document')

const settings = (example = 'train.steps=500'): Option =>
  new Option('--set <key=value>', `replace a value of the file, e.g. ${example}; may be repeated`)
    .argParser((setting: string, before: readonly string[]) => [...before, setting])
    .default([], 'the file as it is')

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0 to 999.')
  return Number(text)
}

function seedNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0.')
  return Number(text)
}

function registerList(program: Command, { terminal }: Context): void {
  program
    .command('list')
    .description('the catalogue of results')
    .option('--ksb', 'instead: kinetic symmetry breaking of every rule, family and metric, computed')
    .addOption(new Option('--latex', 'the table as a LaTeX document').implies({ ksb: true }).conflicts(['json', 'html']))
    .addOption(new Option('--html', 'the table as a page').implies({ ksb: true }).conflicts('json'))
    .addOption(json())
    .action(async (options) =>
      options.ksb === true
        ? (await import('./commands/ksb.js')).ksb(terminal, options)
        : (await import('./commands/list.js')).list(terminal, options),
    )
}

function registerDerive(program: Command, { terminal, engine }: Context): void {
  const { derive } = engine
  if (derive === undefined) return
  program
    .command('derive')
    .description('the law of a symmetry under a learning rule, with its derivation')
    .argument('<problem>', problemHelp)
    .option('--order <n>', 'highest power of eta kept in the flows', wholeNumber)
    .option('--steps', 'show every step of the derivation')
    .addOption(settings())
    .addOption(new Option('--latex', 'print a LaTeX document').conflicts('json'))
    .addOption(json())
    .action(async (problem: string, options) => (await import('./commands/derive.js')).derive(terminal, { derive }, problem, options))
}

function registerRun(program: Command, { terminal, engine, exit }: Context): void {
  const { derive, run, writeBook, writeReport } = engine
  if (run === undefined || writeReport === undefined) return
  program
    .command('run')
    .description('derive, compile, train, validate and report; exit code 1 if a verdict failed')
    .argument('<problem>', `${problemHelp}; all runs the whole catalogue and writes one book`)
    .option('--out <folder>', 'where the recording and the report go (default: reports/NAME)')
    .addOption(settings())
    .addOption(json())
    .action(async (problem: string, options) => {
      if (problem === 'all' && derive !== undefined && writeBook !== undefined)
        exit(await (await import('./commands/runAll.js')).runAll(terminal, { derive, run, writeBook }, options))
      else exit(await (await import('./commands/run.js')).run(terminal, { ...engine, run, writeReport }, problem, options))
    })
}

function registerEmit(program: Command, { terminal }: Context): void {
  program
    .command('emit')
    .description('the integrator of the charge’s law, of the network’s flow, or of an ODE file, as a file of code')
    .argument('<problem>', `${problemHelp}; or an ODE file`)
    .requiredOption('--target <target>', 'wasm, js, c, python or jax')
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--method <method>', 'integration method (default: dopri5; the ODE file’s)')
    .option('--flow <kind>', 'the flow of the network on its training data instead: gradient, modified or momentum')
    .option('--rows <n>', 'with --flow: so many rows of the training data', wholeNumber)
    .option('--order <n>', 'highest power of eta kept in the flows', wholeNumber)
    .addOption(settings())
    .addOption(json())
    .action(async (problem: string, options) => (await import('./commands/emit.js')).emit(terminal, problem, options))
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a positive number.')
  return value
}

function times(text: string): readonly number[] {
  const values = text.split(',').map((t) => (t.trim() === '' ? NaN : Number(t)))
  if (values.some((t) => !Number.isFinite(t))) throw new InvalidArgumentError('Expected numbers with commas between them.')
  return values
}

function registerIntegrate(program: Command, { terminal, exit }: Context): void {
  program
    .command('integrate')
    .description(
      'integrate a differential equation that a file states (noether schema --ode); prints CSV; what ended it early is told ' +
        'behind what was computed, with exit code 2',
    )
    .argument('<ode>', 'a YAML or JSON file with states, initial values and a time span')
    .option(
      '--method <method>',
      'auto, dopri5, tsit5, dop853, vern9, taylor; stiff: rodas5p; fixed step: euler, rk4, conformal2, conformal4; ' +
        'linear: exponential; with noise: euler-maruyama, milstein, taylor-1.5',
    )
    .option('--rtol <r>', 'relative tolerance (default: the file’s, else 1e-9)', positive)
    .option('--atol <a>', 'absolute tolerance (default: the file’s, else 1e-9)', positive)
    .option('--at <times>', 'output times, e.g. 0,1,2.5', times)
    .option('--moments', 'of a file with ensemble: mean and variance at the output times instead of the members')
    .addOption(settings('parameters.mu=3'))
    .addOption(json())
    .action(async (file: string, options) => exit(await (await import('./commands/integrate.js')).integrate(terminal, file, options)))
}

function registerReport(program: Command, { terminal, engine }: Context): void {
  const { rewriteReport } = engine
  if (rewriteReport === undefined) return
  program
    .command('report')
    .description('write the reports of a run, a book or a discovery again')
    .argument('<folder>', 'what noether run or noether discover --out wrote')
    .option('--pdf', 'LaTeX, and PDF by pdflatex')
    .option('--html', 'the page only')
    .addOption(json())
    .action(async (folder: string, options) => (await import('./commands/report.js')).report(terminal, { rewriteReport }, folder, options))
}

function registerDiscover(program: Command, { terminal, exit }: Context): void {
  program
    .command('discover')
    .description('all conservation laws of a network, with a certificate that the list is complete')
    .argument('[network]', 'a network file, widths such as { "layers": [5, 3, 2] }, a parametrization (phi), or a loss to be sampled')
    .option('--batch <file.jsonl>', 'one network a line, - for standard input; prints one JSON result a line')
    .option('--degree <n>', 'highest degree of the polynomial laws (default: 4)', wholeNumber)
    .option('--seed <n>', 'of every random choice', seedNumber)
    .option('--damping <c>', 'laws of the flow with momentum and this damping, e.g. 0 or 1/2')
    .option('--blocks', 'a deep network hidden layer by hidden layer, or residual branch by branch, each list certified by itself')
    .option('--out <folder>', 'write a report, with a run that watches the laws; exit code 1 if one did not hold')
    .addOption(json())
    .action(async (network: string | undefined, options) =>
      exit(await (await import('./commands/discover.js')).discover(terminal, network, options)),
    )
}

function registerSchema(program: Command, { terminal }: Context): void {
  program
    .command('schema')
    .description('the JSON Schema of problem files')
    .option('--ode', 'instead: of the files that noether integrate takes')
    .addOption(json())
    .action(async (options) => (await import('./commands/schema.js')).schema(terminal, options))
}
