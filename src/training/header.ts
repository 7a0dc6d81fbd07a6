import { crc32 } from 'node:zlib'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import type { Square, SquareFactor } from '../jets/square.js'
import type { RuleStep } from '../rules/program.js'
import type { NamedColumn } from './archive.js'
import type { Engine } from './engine.js'
import type { Hyperparameters } from './program.js'
import type { Real } from './vectorCode.js'
import type { TrainOptions } from './options.js'
import { FORMAT, type Header } from './store.js'

/** Hyperparameters as numbers and expression text. */
export const textOf = (hyperparameters: Hyperparameters): Record<string, number | string> =>
  Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, typeof value === 'number' ? value : toText(value)]))

const assigned = (name: string, value: Expr): string => `${name} = ${toText(value)}`

/** What the header is made from. */
interface Identity {
  readonly options: TrainOptions
  readonly batchSize: number
  readonly seed: number
  readonly engine: Engine
  /** Before the first step. */
  readonly theta: Real
  readonly columns: readonly NamedColumn[]
}

function factorText(f: SquareFactor<Expr>): string {
  switch (f.kind) {
    case 'identity':
      return 'I'
    case 'state':
      return f.name
    case 'gram':
      return `gram(${toText(f.left)}, ${toText(f.right)})`
    case 'power':
      return `mpow${squareText(f.of)}^(${toText(f.exponent)})`
    case 'diagonal':
      return `diag${squareText(f.of)}`
  }
}

const squareText = ({ side, terms }: Square<Expr>): string => `${side ?? ''}(${terms.map((t) => `(${toText(t.coefficient)})*${factorText(t.factor)}`).join(' + ')})`

function stepText(step: RuleStep): string {
  switch (step.kind) {
    case 'assign':
      return assigned(step.name, step.value)
    case 'solve':
      return `${toText(step.slope)} of ${step.name} = ${toText(step.value)}`
    case 'equation':
      return `${step.name} solves ${[...step.steps.map(stepText), assigned(step.name, step.value)].join('; ')}`
    case 'derivative':
      return `${step.name} = derivative of f at ${[step.point, ...step.along].map(toText).join(' along ')}`
    case 'polar':
      return `${step.name} = polar factor of ${[step.point, ...step.along].map(toText).join(' along ')}`
    case 'metric':
      return `${step.name} = inverse metric${step.constant ? ' of the start' : ''} times ${toText(step.value)}`
    case 'product':
      return `${step.name} = ${step.beside.left === undefined ? '' : `${squareText(step.beside.left)} `}(${toText(step.value)})${step.beside.right === undefined ? '' : ` ${squareText(step.beside.right)}`}`
    case 'matrix':
      return `${step.name} = ${squareText(step.value)}`
    case 'reduce':
      return `${step.name} = sum(${toText(step.value)})`
  }
}

/** Everything that decides what the run computes. */
export function headerOf({ options, batchSize, seed, engine, theta, columns }: Identity): Header {
  const { network, data, rule } = options
  const { inputs, targets } = data.train
  const bytes = [theta, inputs, targets.kind === 'classes' ? targets.labels : targets.values].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))
  const checksum = bytes.reduce((sum, part) => (31 * sum + crc32(part)) % 2 ** 32, 0)
  return {
    format: FORMAT,
    network: network.spec,
    rule: rule.steps.map(stepText),
    sets: JSON.stringify(options.sets ?? {}),
    states: rule.states.map(({ name, initial }) => `${name} = ${initial}`),
    ...(rule.matrices === undefined ? {} : { matrices: rule.matrices.map(({ name, side, initial }) => ({ name, side, initial })) }),
    hyperparameters: textOf(options.hyperparameters),
    data: { name: data.name, source: data.source, train: data.train.rows, test: data.test.rows, checksum },
    batchSize,
    ...(options.replacement === true ? { replacement: true as const } : {}),
    ...(options.metric === undefined ? {} : { metric: options.metric }),
    seed,
    backend: engine.name,
    unitRoundoff: engine.unitRoundoff,
    storage: theta instanceof Float32Array ? 'float32' : 'float64',
    planned: options.steps,
    columns: [...columns],
  }
}
