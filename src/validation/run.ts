import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { type Network, buildNetwork, describeNetwork } from '../network/index.js'
import { type ProblemLaw, deriveProblem } from '../problem/derive.js'
import { type Problem, folderOf, inPlace, placeOf } from '../problem/index.js'
import { programOf } from '../rules/execute.js'
import type { Outcome } from '../rules/model.js'
import type { Rule } from '../rules/rule.js'
import type { RuleProgram } from '../rules/program.js'
import { type DataSet, loadData, readRecording, subset, train, trainSchema, type Hyperparameters } from '../training/index.js'
import type { TrainOptions } from '../training/options.js'
import type { Progress } from '../training/progress.js'
import type { Recording } from '../training/recording.js'
import { budgetVerdict } from './budget.js'
import { breakingSweeps } from './breaking.js'
import { type Overlay, overlay } from './curves.js'
import { refuseOutsideDomain } from './domain.js'
import { instancesOf } from './instances.js'
import { constraintRung, derivationRung, discreteRung } from './ladder.js'
import type { BatchLawOfPlan } from './batchMean.js'
import { ensembleLaws, ensembleOfRuns, ensembleRungs, heldLaws } from './ensembleRungs.js'
import { type MeanLawOfPlan, type MeanOverRuns, quantitiesOverRuns } from './meanOverRuns.js'
import { modelsAtRate } from './modelsAtRate.js'
import { type OrderRuns, STOPPED, orderRuns, ordersOf } from './orders.js'
import { noiseSplit } from './noise.js'
import { type Plan, isOfMean, measuresOfPlans, planOf, vectorsIn, vectorsOfPlans } from './plan.js'
import type { HyperparametersAt } from './quantities.js'
import { refuseFalseSymmetries } from './stated.js'
import { type LawVerdict, type Rung, type RunResult, type TrainingRecord, verdictOfAll } from './result.js'
import { numbersAt, referenceStep, refuseUncovered, ruleOfRun, settingsOf, withTrainSchedules } from './settings.js'

export interface RunOptions {
  /** Folder of the recording: `recording` in it. */
  readonly out: string
  readonly version: string
  readonly signal?: AbortSignal
  readonly onBackend: (name: string) => void
  readonly onProgress: (phase: string, progress: Progress) => void
}

/** Samples of the float64 reruns: enough for every layer's statistics, few enough to be fast. */
const ORDER_SAMPLES = 128

type TrainSettings = ReturnType<typeof trainSchema.parse>

interface Setting {
  readonly problem: Problem
  readonly network: Network
  readonly data: DataSet
  readonly ran: Rule
  readonly rule: RuleProgram
  readonly settings: Hyperparameters
  readonly plans: readonly { readonly plan: Plan; readonly law: ProblemLaw }[]
}

function prepare(given: Problem): Setting {
  const problem = withTrainSchedules(given)
  if (problem.network === undefined || problem.data === undefined)
    throw new InputError('the problem has no network or no data to run on', 'add network: and data:, or use noether derive')
  const { network: description } = problem
  const network = inPlace(problem, ['network'], () => buildNetwork(description))
  refuseUncovered(problem, network)
  const laws = deriveProblem(problem, true)
  const [first] = laws
  if (first === undefined) throw new InputError('the problem states no symmetry', 'add one under symmetry:')
  const data = loadData(problem.data, folderOf(problem))
  const batches = isNoisy(trainSchema.parse(problem.train ?? {}), data.train.rows) ? 'noisy' : 'full'
  const plans = laws.flatMap((law) => inPlace(problem, problem.parameters === undefined ? law.stated.path : ['parameters'], () => instancesOf(law, network)).map((symmetry) => ({ law, plan: planOf(law.laws, symmetry, batches) })))
  const rule = ruleOfRun(problem, network, first.laws.rule)
  return { problem, network, data, ran: rule, rule: programOf(rule, vectorsOfPlans(plans.map((p) => p.plan))), settings: settingsOf(problem, rule, network.parameters.map(({ name }) => name)), plans }
}

function trainingRecord(recording: Recording, at: HyperparametersAt): TrainingRecord {
  const every = Math.max(1, Math.floor(recording.steps / 400))
  const steps = Array.from({ length: Math.ceil(recording.steps / every) }, (_, i) => i * every)
  return {
    backend: recording.backend,
    steps: recording.steps,
    batchSize: recording.batchSize,
    seconds: recording.seconds,
    hyperparameters: at(0),
    seed: recording.seed,
    data: recording.data,
    loss: { step: steps, value: steps.map((k) => recording.loss[k] ?? Number.NaN) },
    testAccuracy: recording.testAccuracy,
    testLoss: recording.testLoss,
    network: describeNetwork(recording.network),
    parameters: recording.network.size,
    partial: recording.partial,
  }
}

const failure = (r: Rung): string => `rung ${r.rung} (${r.name}) failed: ${Number.isNaN(r.measured) ? `no number, ${r.detail}: a function in the law is not defined at these parameters` : `${r.measured.toExponential(2)} against ${r.tolerance.toExponential(2)}`}`

/** What an ensemble made of a law, where there is one: the law, and the runs. */
interface OfEnsemble {
  readonly law: Outcome<MeanLawOfPlan | BatchLawOfPlan>
  readonly mean: Outcome<MeanOverRuns>
}

/** Rung 5: the solution over the run, or of a rule that injects noise the mean over runs in its place; beside it what else an ensemble says. */
function fifthRungs(plan: Plan, recording: Recording, at: HyperparametersAt, ensemble: OfEnsemble | undefined): { readonly first: Overlay; readonly others: readonly Rung[] } {
  const { law, mean } = ensemble ?? {}
  const found = law === undefined || mean?.ok !== true ? undefined : ensembleRungs(law, mean.value, recording, at)
  if (found !== undefined && isOfMean(plan.laws)) return { first: found.mean, others: [found.variance] }
  const solution = overlay(plan, recording, at)
  if (found !== undefined) return { first: solution, others: [found.mean.rung, found.variance] }
  if (mean === undefined || mean.ok) return { first: solution, others: [] }
  const told = { reason: mean.reason, detail: mean.reason }
  const { rung } = solution
  return isOfMean(plan.laws) ? { first: { ...solution, rung: { ...rung, ...told } }, others: [] } : { first: solution, others: [{ rung: 5, name: 'mean over runs', measured: 0, tolerance: 0, ...told, verdict: 'skipped' }] }
}

function verdictOf(plan: Plan, law: ProblemLaw, recording: Recording, at: HyperparametersAt, runs: Outcome<OrderRuns>, ensemble: OfEnsemble | undefined): LawVerdict {
  const { first: fifth, others } = fifthRungs(plan, recording, at, ensemble)
  const fourth = ordersOf(plan, runs)
  const rungs = [derivationRung(law.derivation), constraintRung(plan, recording, at), discreteRung(plan, recording, at), fourth.rung, fifth.rung, ...others]
  const budget = budgetVerdict(plan, recording, at)
  const noise = noiseSplit(plan, recording, at)
  const missed = noise === undefined || noise.closure <= noise.tolerance ? [] : [`the budget with minibatch noise leaves ${noise.closure.toExponential(2)} of the charge in one step, against ${noise.tolerance.toExponential(2)}`]
  const failed = [...missed, ...rungs.filter((r) => r.verdict === 'failed').map(failure), ...(budget?.failure === undefined ? [] : [budget.failure])]
  const { broken } = plan.symmetry
  const isHeld = budget !== undefined || rungs.some((r) => r.rung > 2 && r.verdict !== 'skipped')
  const verdict = failed.length > 0 ? 'failed' : isHeld ? 'passed' : 'not compared'
  const passed = `${rungs.filter((r) => r.verdict === 'passed').length} of ${rungs.length} rungs passed, ${rungs.filter((r) => r.verdict === 'skipped').length} skipped`
  const summary =
    failed.length === 0
      ? `${passed}${isHeld ? '' : ': nothing that was measured is held against the law'}`
      : [...failed, ...(broken === undefined ? [] : [`the symmetry is broken by ${broken.by}, here ${broken.value}`])].join('; ')
  const atRate = modelsAtRate(plan, runs, fourth.rung)
  const measured = { ...(noise === undefined ? {} : { noise }), ...(atRate === undefined ? {} : { atRate }), ...(budget === undefined ? {} : { budget: budget.curves }) }
  return { symmetry: plan.symmetry, derivation: law.derivation, rungs, curves: fifth.curves, orders: fourth.fits, ...measured, verdict, summary }
}

/** Steps of a run that are taken with the full gradient too. */
const FULL_GRADIENTS = 20

/** Whether a batch is not all samples. */
const isNoisy = ({ batch, full_batch }: TrainSettings, rows: number): boolean => !full_batch && batch < rows

/** How often a run of minibatches takes a step with the full gradient too: for the noise in the budgets, where there are budgets. */
function fullGradients(how: TrainSettings, plans: readonly Plan[], rows: number): { readonly fullGradientEvery?: number } {
  const { steps, full_gradient_every: every } = how
  const isSplit = isNoisy(how, rows) && plans.some((p) => p.budget !== undefined)
  return isSplit && every !== 0 ? { fullGradientEvery: every ?? Math.max(1, Math.ceil(steps / FULL_GRADIENTS)) } : {}
}

/** The metric that `train` gives to a rule that has one. @throws InputError where one of the two is missing */
function metricOf(problem: Problem, { steps }: RuleProgram, { metric }: TrainSettings): Pick<TrainOptions, 'metric'> {
  const isNeeded = steps.some((step) => step.kind === 'metric')
  if (isNeeded && metric === undefined)
    throw new InputError('Ginv(g) in an update takes a metric in numbers, and the problem states none', 'add metric: { kind: fisher, damping: 0.01 } under train, or write a diagonal one into a rule of your own, e.g. theta: "theta - eta*g/(1 + theta^2)"', placeOf(problem, ['rule']))
  if (!isNeeded && metric !== undefined) throw new InputError('the rule has no metric', 'leave metric out, or take rule: { name: natural } or one with Ginv(g) in its update', placeOf(problem, ['train', 'metric']))
  return metric === undefined ? {} : { metric }
}

/** A run that was cut short goes on where it was; a finished one is made anew. */
function existingIn(directory: string): 'resume' | 'replace' {
  return existsSync(join(directory, 'header.json')) && readRecording(directory).partial ? 'resume' : 'replace'
}

/**
 * The whole job: derive the laws of a problem's symmetries, train its network with every charge and drive recorded, and hold the run
 * against the laws on the five rungs of the ladder (THEORY §12).
 * @throws InputError for problems without network or data, missing hyperparameters, and what training cannot do
 */
export async function runProblem(problem: Problem, options: RunOptions): Promise<RunResult> {
  const setting = prepare(problem)
  const { network, data, rule, settings, plans } = setting
  const how = trainSchema.parse(problem.train ?? {})
  const at = numbersAt(settings, how.steps)
  const all = plans.map((p) => p.plan)
  const few = subset(data, ORDER_SAMPLES)
  const metric = metricOf(problem, setting.rule, how)
  const ensemble = inPlace(problem, ['train', 'ensemble'], () => ensembleLaws(all, network, isNoisy(how, data.train.rows), how.ensemble))
  const dual = all.find(({ laws }) => laws.dual !== undefined)?.laws.rule.dual
  if (dual !== undefined) refuseOutsideDomain(problem, network, dual, at(0))
  const probed = { network, data: few, rule, hyperparameters: at(0), ...metric }
  await refuseFalseSymmetries(problem, probed, plans)
  const directory = join(options.out, 'recording')
  const recording = await train({
    network, data, rule, hyperparameters: settings, steps: how.steps, batchSize: how.full_batch ? 'full' : how.batch, replacement: how.replacement, seed: how.seed, ...metric,
    measures: measuresOfPlans(all, network), directory, existing: existingIn(directory),
    onProgress: (progress) => options.onProgress('training', progress),
    ...fullGradients(how, all, data.train.rows),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(how.backend === undefined ? {} : { backend: how.backend }),
  })
  options.onBackend(recording.backend)
  const runs = recording.partial || all.every(({ laws }) => isOfMean(laws)) ? { ok: false, reason: STOPPED } as const : await orderRuns({ network, data: few, rule, hyperparameters: at(referenceStep(at, how.steps)), plans: all, ...metric, onProgress: options.onProgress, signal: options.signal })
  const ofEnsemble: TrainOptions = {
    network, data, rule: programOf(setting.ran, new Map([...vectorsOfPlans(all), ...vectorsIn(quantitiesOverRuns(heldLaws(ensemble.laws)))])), hyperparameters: settings, steps: how.steps, batchSize: how.full_batch ? 'full' : how.batch, replacement: how.replacement, seed: how.seed + 1, ...metric,
    onProgress: (progress) => options.onProgress('ensemble', progress),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(how.backend === undefined ? {} : { backend: how.backend }),
  }
  const means = await ensembleOfRuns(ensemble, recording.partial ? undefined : ofEnsemble, at)
  const ofPlan = (plan: Plan): OfEnsemble | undefined => {
    const [law, mean] = [ensemble.laws.get(plan), means.get(plan)]
    return law === undefined || mean === undefined ? undefined : { law, mean }
  }
  const laws = plans.map(({ plan, law }) => verdictOf(plan, law, recording, at, runs, ofPlan(plan)))
  const breaking = recording.partial ? [] : await breakingSweeps(probed, recording.parameters, all)
  return {
    format: 'noether-result-1',
    title: problem.title,
    version: options.version,
    date: new Date().toISOString().slice(0, 10),
    training: trainingRecord(recording, at),
    laws,
    breaking,
    verdict: verdictOfAll(laws.map((l) => l.verdict)),
  }
}
