import { symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { compileFunction } from '../compile/function.js'
import { InputError } from '../errors.js'
import { scalarsWithin, squaresOf, vectorsWithin } from '../jets/square.js'
import type { RuleProgram, RuleStep } from '../rules/program.js'
import { type Block, polarDerivative, polarFactor, sizeOf } from './polar.js'
import type { InverseMetric } from './metric.js'
import { normalNoise } from './noise.js'
import { solveFixedPoint } from './fixedPoint.js'
import { type SquareStates, identities, productCode, squareCode } from './squares.js'
import { type Increasing, increasingRoots } from './root.js'
import { type Real, type Surroundings, mentionsVector, operand, parts, vectorCode } from './vectorCode.js'

/** Numbers, or schedules in the step number `k` (which may use the hyperparameters that are numbers). */
export type Hyperparameters = Readonly<Record<string, number | Expr>>

/** Writes the derivative of the batch's loss at a point, with vectors in all its slots but one: the gradient for none, the Hessian times a vector for one. */
export type LossDerivative = (point: Real, along: readonly Real[], out: Real) => void

/** Fills a vector with the draws of a noise for a step. */
export type NoiseSource = (noise: number, k: number, out: Real) => void

/** A rule at work on its vectors. */
export interface RuleMachine {
  /** `theta`, the states, `g` and injected noise, by name; `step` changes them in place, but for `g`. */
  readonly vectors: ReadonlyMap<string, Real>
  readonly states: readonly string[]
  /** `theta` and the states that are vectors: what a run goes on from. */
  readonly moving: readonly string[]
  /** The states that are matrices of every block, laid end to end. */
  readonly matrices: ReadonlyMap<string, Float64Array>
  /** Step number k, for the gradient that stands in `g`. */
  step(k: number): void
  /** Values of the hyperparameters at step k. */
  hyperparametersAt(k: number): Record<string, number>
}

/**
 * Prepares a rule for execution on whole vectors. Components are computed in float64 from the stored values and rounded once, when a value
 * is stored; so with vectors kept in float32 every assignment carries one rounding of relative size ≤ 2⁻²⁴ and nothing else.
 *
 * @param theta changed in place by every step
 * @param gradient where the caller puts the batch gradient before every step
 * @param indicators 0/1 vectors by name, for the symbols `P_name`
 * @param blocks where the parameters are in θ, and their shapes, for rules that read functions of matrices
 * @param derivative of the batch's loss, for rules that read it at other points or beyond the gradient
 * @param draw where injected noise comes from; by step number, so that a run can be taken up at any step
 * @param raise the inverse of the metric, for rules that have one
 * @param unitRoundoff of the derivatives of the loss, for steps that are equations
 * @throws InputError for a name without a value and for functions that have none on vectors
 */
export function compileRule(
  program: RuleProgram,
  hyperparameters: Hyperparameters,
  theta: Real,
  gradient: Real,
  indicators: ReadonlyMap<string, Float64Array> = new Map(),
  derivative?: LossDerivative,
  blocks: readonly Block[] = [{ offset: 0, shape: [theta.length] }],
  draw: NoiseSource = normalNoise(1),
  unitRoundoff = 2 ** -53,
  raise?: InverseMetric,
): RuleMachine {
  const room = (): Real => (theta instanceof Float32Array ? new Float32Array(theta.length) : new Float64Array(theta.length))
  const create = (initial: number | 'theta'): Real => (initial === 'theta' ? theta.slice() : room().fill(initial))
  const moving = new Map<string, Real>([['theta', theta], ...program.states.map((state) => [state.name, create(state.initial)] as const)])
  const noises = (program.noises ?? []).map((name) => [name, room()] as const)
  const named = new Map<string, Real>([...moving, ['g', gradient], ...noises])
  const vectors = new Map<string, Real>([...named, ...[...indicators].map(([name, values]) => [`P_${name}`, values] as const)])
  const around: Surroundings = { vectors, numbers: {}, size: theta.length }
  const matrices = new Map((program.matrices ?? []).map(({ name, side, initial }) => [name, identities(blocks, side, initial)] as const))
  const squares: SquareStates = new Map(matrices)
  const known = new Set([...vectors.keys(), ...Object.keys(hyperparameters), 'k'])
  const prepared = (step: RuleStep): Action => {
    if (step.kind === 'equation') {
      const inner = step.steps.map(prepared)
      checkNames(step.value, known)
      return equation(step, inner, around, unitRoundoff)
    }
    for (const value of expressionsOf(step)) checkNames(value, known)
    known.add(step.name)
    switch (step.kind) {
      case 'derivative':
        if (derivative === undefined) throw new TypeError('the rule reads derivatives of the loss that are not given')
        return differentiation(step, derivative, room, around)
      case 'polar':
        return polarFactors(step, blocks, room, around)
      case 'metric':
        if (raise === undefined) throw new InputError('the rule has a metric, and the run none', 'give one under train, e.g. metric: { kind: fisher, damping: 0.01 }')
        return raising(step, raise, room, around)
      case 'product': {
        const out = room()
        const run = productCode(step.beside, step.value, blocks, squares, around)
        around.vectors.set(step.name, out)
        return (k) => run(k, out)
      }
      case 'matrix': {
        const run = squareCode(step.value, blocks, squares, around)
        return (k) => void squares.set(`${step.name}_next`, Float64Array.from(run(k).flatMap((m) => m.to1DArray())))
      }
      case 'assign':
        return assignment(step.name, step.value, around)
      case 'solve':
        return solution(step, around)
      case 'reduce':
        return reduction(step.name, step.value, around)
    }
  }
  const actions = program.steps.map(prepared)
  const hyperparametersAt = valuesAt(hyperparameters)
  return {
    vectors: named,
    states: program.states.map((state) => state.name),
    moving: [...moving.keys()],
    matrices,
    hyperparametersAt,
    step(k) {
      Object.assign(around.numbers, checked(hyperparametersAt(k), k), { k })
      for (const [noise, [, out]] of noises.entries()) draw(noise, k, out)
      for (const act of actions) act(k)
      for (const [name, values] of matrices) values.set(squares.get(`${name}_next`) ?? values)
    },
  }
}

/** The expressions that a step evaluates. */
function expressionsOf(step: Exclude<RuleStep, { kind: 'equation' }>): readonly Expr[] {
  switch (step.kind) {
    case 'derivative':
    case 'polar':
      return [step.point, ...step.along]
    case 'product':
      return [step.value, ...squaresOf(step.beside).flatMap((square) => [...scalarsWithin(square), ...vectorsWithin(square)])]
    case 'matrix':
      return [...scalarsWithin(step.value), ...vectorsWithin(step.value)]
    default:
      return [step.value]
  }
}

/** One step of a program at work; the step number is for errors. */
type Action = (k: number) => void

/** Hyperparameters as functions of the step; schedules see the constant ones and `k`. */
function valuesAt(hyperparameters: Hyperparameters): (k: number) => Record<string, number> {
  const entries = Object.entries(hyperparameters)
  const constant = Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  const schedules = entries.filter((entry): entry is [string, Expr] => typeof entry[1] !== 'number')
  for (const [, schedule] of schedules) checkNames(schedule, new Set([...Object.keys(constant), 'k']))
  return (k) => ({ ...constant, ...Object.fromEntries(schedules.map(([name, schedule]) => [name, evaluateNumber(schedule, { ...constant, k })])) })
}

/** @throws InputError for a value that is not finite, and for a negative learning rate. */
function checked(values: Record<string, number>, k: number): Record<string, number> {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) throw new InputError(`${name} = ${value} at step ${k} is not a finite number`, `give ${name} another value`)
    if (name === 'eta' && value < 0) throw new InputError(`the learning rate eta = ${value} at step ${k} is negative`, 'give a positive eta')
  }
  return values
}

function assignment(name: string, value: Expr, around: Surroundings): () => void {
  const target = around.vectors.get(name)
  if (target === undefined) throw new InputError(`the rule assigns '${name}', which is neither theta nor a state`, 'declare it under state')
  if (!mentionsVector(value, around)) return () => target.fill(evaluateNumber(value, around.numbers))
  const run = vectorCode(value, around)
  const result = new Float64Array(around.size)
  return () => {
    run(result)
    target.set(result)
  }
}

/** slope(x) = value at every component, sought from the component of theta before the step. */
function solution({ name, slope, curvature, value }: Extract<RuleStep, { kind: 'solve' }>, around: Surroundings): () => void {
  const [target, start] = [around.vectors.get(name), around.vectors.get('theta')]
  if (target === undefined || start === undefined) throw new Error(`no vector ${name}`)
  const names = [...new Set([...symbolsOf(slope), ...symbolsOf(curvature)])].filter((symbol) => symbol !== 'theta')
  const compiled = compileFunction([slope, curvature], ['theta', ...names])
  const run = vectorCode(value, around)
  const right = new Float64Array(around.size)
  const f: Increasing = (x) => {
    const [values = x, slopes = x] = compiled.over([x, ...names.map((symbol) => around.numbers[symbol] ?? Number.NaN)])
    return { value: values, slope: slopes }
  }
  return () => {
    run(right)
    target.set(increasingRoots(f, right, start))
  }
}

/** x = value(x), sought from θ before the step. */
function equation({ name, value }: Extract<RuleStep, { kind: 'equation' }>, inner: readonly Action[], around: Surroundings, unitRoundoff: number): Action {
  const [x, start] = [around.vectors.get(name), around.vectors.get('theta')]
  if (x === undefined || start === undefined) throw new Error(`no vector ${name}`)
  const run = vectorCode(value, around)
  return (k) => {
    x.set(start)
    const solved = solveFixedPoint(Float64Array.from(start), (at, out) => {
      x.set(at)
      for (const act of inner) act(k)
      run(out)
    }, unitRoundoff)
    if (!solved.converged)
      throw new InputError(`the equation for theta_next is not solved at step ${k}: after ${solved.iterations} iterations its residual is ${solved.residual.toExponential(1)} of theta`, 'take a smaller eta, or activations whose gradients do not jump, as those of relu do; the steps before are recorded')
    x.set(solved.x)
  }
}

/** The point and the directions are rounded as θ is before the loss is differentiated there. */
function differentiation({ name, point, along }: Extract<RuleStep, { kind: 'derivative' }>, derivative: LossDerivative, room: () => Real, around: Surroundings): () => void {
  const places = [point, ...along].map((e) => ({ value: operand(e, around), at: room() }))
  const [at = room(), ...directions] = places.map((place) => place.at)
  const out = room()
  around.vectors.set(name, out)
  return () => {
    for (const place of places) place.at.set(place.value())
    derivative(at, directions, out)
  }
}

/** The inverse of the metric times a vector; a constant metric is that of θ when the run began. */
function raising({ name, constant, value }: Extract<RuleStep, { kind: 'metric' }>, raise: InverseMetric, room: () => Real, around: Surroundings): () => void {
  const theta = around.vectors.get('theta') ?? room()
  const [x, atStart, out] = [operand(value, around), constant ? raise(theta) : undefined, room()]
  around.vectors.set(name, out)
  return () => (atStart ?? raise(theta))(x(), out)
}

/** The polar factor of each block, or its derivative. */
function polarFactors({ name, point, along: [along] }: Extract<RuleStep, { kind: 'polar' }>, blocks: readonly Block[], room: () => Real, around: Surroundings): () => void {
  const [at, direction] = [operand(point, around), along === undefined ? undefined : operand(along, around)]
  const out = room()
  around.vectors.set(name, out)
  return () => {
    const [x, v] = [at(), direction?.()]
    for (const block of blocks) {
      const { offset } = block
      const part = (whole: Real): Real => whole.subarray(offset, offset + sizeOf(block.shape))
      out.set(v === undefined ? polarFactor(part(x), block) : polarDerivative(part(x), part(v), block), offset)
    }
  }
}

function reduction(name: string, value: Expr, around: Surroundings): () => void {
  if (!mentionsVector(value, around)) return () => void (around.numbers[name] = around.size * evaluateNumber(value, around.numbers))
  const run = vectorCode(value, around)
  const result = new Float64Array(around.size)
  return () => {
    run(result)
    around.numbers[name] = result.reduce((sum, x) => sum + x, 0)
  }
}

function checkNames(e: Expr, known: ReadonlySet<string>): void {
  if (e.kind === 'symbol' && !known.has(e.name)) throw new InputError(`'${e.name}' has no value in this run`, `give it under train, e.g. ${e.name}: 0.1`)
  if (e.kind === 'atom' || e.kind === 'derivative' || e.kind === 'integral' || e.kind === 'indexed')
    throw new InputError(`the rule cannot be run: '${toText(e)}' is not a function of components`, 'write it with a reduction such as norm2(g)')
  for (const part of parts(e)) checkNames(part, known)
}
