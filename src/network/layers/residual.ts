import { InputError } from '../../errors.js'
import { float64Through, forwardThrough } from '../chain.js'
import { follow, symmetriesOf } from '../inference.js'
import type { Float64Layer, Layer, LayerContext } from '../layer.js'
import { type Change, type Outcome, type Production, rotationsOf } from '../signal.js'

/** y = x + branch(x): a skip connection around layers one after the other. He et al. 2016. */
export function residual(branch: readonly Layer[], { input, image, number }: LayerContext): Layer {
  const name = `residual${number}`
  const last = branch.at(-1)
  const shapes = [image, last?.image].map((shape) => (shape === undefined ? 'no image' : `${shape.height}×${shape.width}×${shape.channels}`))
  if (last?.output !== input || shapes[0] !== shapes[1])
    throw new InputError(`${name}: the branch turns ${input} numbers (${shapes[0]}) into ${last?.output ?? 0} (${shapes[1]})`, 'its output must have the shape of its input; at every place of an image a dense layer is conv: { filters, kernel: 1 }')
  return {
    name,
    text: `${name}: ${input}, input plus ${branch.map((layer) => layer.name).join(', ')}`,
    input,
    output: input,
    image,
    parameters: branch.flatMap((layer) => layer.parameters),
    inner: branch,
    summands: () => ({ through: 2, parameter: 0 }),
    forward(tf, x, parameters) {
      const pass = forwardThrough(tf, branch, x, parameters)
      return {
        output: tf.add(x, pass.output),
        pullback(dy, inputNeeded) {
          const { input: back = dy, parameters: own } = pass.pullback(dy, inputNeeded)
          return inputNeeded ? { input: tf.add(dy, back), parameters: own } : { parameters: own }
        },
      }
    },
    float64: (capacity) => float64(float64Through(branch, capacity), input, capacity),
    within: symmetriesOf(branch),
    produces: produces(branch),
    transfer: (change) => transfer(change, branch),
  }
}

const same = (a: Change, b: Change): boolean => a.kind === b.kind && !(a.kind === 'scale' && b.kind === 'scale' && a.degree !== b.degree) && !(a.kind === 'grouped' && b.kind === 'grouped' && (a.groups !== b.groups || a.each !== b.each))

/** What the branch can bring about at its output. */
const atTheEnd = (branch: readonly Layer[]): readonly Production[] =>
  branch.flatMap((layer, k) => [...layer.produces, ...rotationsOf(layer.produces)].filter(({ change }) => {
    const way = follow(change, branch.slice(k + 1))
    return way !== undefined && way.absorbed === undefined && way.by.length + way.along.length === 0 && same(way.change, change)
  }))

/** What is added to the branch is added to the sum; a factor of the branch alone is none of the sum. */
const produces = (branch: readonly Layer[]): readonly Production[] => atTheEnd(branch).filter(({ change }) => change.kind === 'translation' || change.kind === 'common')

/**
 * A shift goes through beside a branch that does not see it. A factor, or a matrix, goes through if the branch takes it back where it reads, and
 * makes it where it adds: all that reads and writes a stream takes part in its change of basis.
 */
function transfer(change: Change, branch: readonly Layer[]): Outcome | undefined {
  const way = follow(change, branch)
  if (way === undefined) return undefined
  const broken = way.broken === undefined ? {} : { broken: way.broken }
  const helped = way.by.length + way.along.length > 0
  if (change.kind === 'translation' || change.kind === 'common') return way.absorbed === undefined || helped ? undefined : { kind: 'passed', change, ...broken }
  if (!same(way.change, change)) return undefined
  if (way.absorbed === undefined) return { kind: 'passed', change, by: way.by, along: way.along, ...broken }
  const made = atTheEnd(branch).findLast((production) => same(production.change, change))
  return made === undefined ? undefined : { kind: 'passed', change, by: way.by, along: [...way.along, ...made.by], ...broken }
}

function float64(branch: Float64Layer, width: number, capacity: number): Float64Layer {
  const output = new Float64Array(capacity * width)
  const derivative = new Float64Array(capacity * width)
  const sum = (a: Float64Array, b: Float64Array, rows: number, out: Float64Array): Float64Array => {
    for (let i = 0; i < rows * width; i++) out[i] = (a[i] ?? 0) + (b[i] ?? 0)
    return out
  }
  return {
    forward: (x, rows, theta, statistics) => sum(x, branch.forward(x, rows, theta, statistics), rows, output),
    backward(dy, rows, theta, gradient, inputNeeded) {
      const back = branch.backward(dy, rows, theta, gradient, inputNeeded)
      return inputNeeded ? sum(dy, back, rows, derivative) : derivative
    },
  }
}
