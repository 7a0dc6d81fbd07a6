import { earlierNoise } from '../../laws/batchNoise.js'
import type { Derivation, DiscreteSolutionStatement, MatrixLaw, Statement, Step } from '../../laws/derivation.js'
import type { Terminal } from '../terminal.js'
import { wrapFormula, wrapText } from './wrap.js'

/** What a person reads: from the symmetry to the solution, formulas broken at operators, then how much of it was checked. */
export function renderDerivation(derivation: Derivation, terminal: Terminal, { steps }: { readonly steps: boolean }): string {
  const { symmetry, rule, lagrangian, rayleigh, ksb, noether, laws, matrix = [] } = derivation
  const page = pageFor(terminal)
  return [
    page.title(derivation.title),
    page.heading(`Symmetry: ${symmetry.name}`),
    page.labelled('generator', symmetry.generator),
    ...symmetry.constraints.map((constraint) => page.labelled('constraint', constraint)),
    ...(symmetry.finite === undefined ? [] : [page.labelled('finite form', symmetry.finite)]),
    ...(symmetry.commutators ?? []).flatMap(({ other, bracket, meaning }) => [page.labelled(`commutator with ${other}`, bracket), page.prose(meaning)]),
    page.heading(`Rule: ${rule.name}`),
    ...rule.update.map(({ name, value }) => page.labelled(`${name} becomes`, value)),
    ...(rule.hyperparameters.length === 0 ? [] : [page.prose(`with ${rule.hyperparameters.join(', ')}`)]),
    ...(rule.schedules ?? []).map(({ name, value }) => page.labelled(`${name} at step k is`, value)),
    ...rule.flows.map(({ order, model, equation }) => page.labelled(`${model}, order ${orderText(order)}`, equation)),
    ...(rule.withoutFlow ?? []).map(({ model, reason }) => page.prose(`no ${model}: ${reason}`)),
    ...(rule.conditions ?? []).map((condition) => page.prose(`holds where ${condition}`)),
    page.heading('Lagrangian'),
    lagrangian.exists ? page.labelled('L', lagrangian) : page.prose(`none: ${lagrangian.reason}`),
    ...(lagrangian.approximate === true ? [page.prose(lagrangian.reason)] : []),
    ...(rayleigh === undefined ? [] : [page.prose('with a Rayleigh function R: d/dt dL/d(dtheta) - dL/dtheta + dR/d(dtheta) = 0'), page.labelled('L', rayleigh.lagrangian), page.labelled('R', rayleigh.dissipation)]),
    page.heading('Kinetic symmetry breaking'),
    ksb.vanishes ? page.prose('vanishes') : ksb.text === '' ? page.prose('not defined without a Lagrangian') : page.labelled('KSB', ksb),
    ...(noether?.parts ?? []).filter(({ name }) => name !== 'kinetic').map((part) => page.labelled(`${part.name} part`, part)),
    ...discreteLaw(laws, page),
    ...(laws.budget ?? []).map(({ mechanism, statement }) => page.labelled(`moved by ${mechanism}`, statement)),
    ...(laws.noise === undefined ? [] : [page.labelled('of it by minibatch noise', laws.noise), page.prose(`with full the gradient on all data, g that of the batch${laws.noise.earlier === undefined ? '' : `; ${earlierNoise(laws.noise.earlier)}`}`)]),
    page.heading('Law of the flow'),
    ...(laws.missing?.flow === undefined ? [] : [page.prose(`none: ${laws.missing.flow}`)]),
    ...laws.flow.map(({ order, model, equation }) => page.labelled(`${model}, order ${orderText(order)}`, equation)),
    ...flowCharges(laws.flow).map((charge) => page.labelled(`where ${laws.letter ?? 'q'} is`, charge)),
    ...matrix.map(({ constant, identity }) => page.labelled(`for every ${constant}`, identity)),
    ...(matrix.length > 1 ? matrix.flatMap((law) => matrixLaw(law, page)) : []),
    page.heading('Solution'),
    ...(laws.solution.cases.length === 0 ? [laws.solution.text === '' ? page.prose(`none: ${laws.missing?.solution ?? 'the law has no solution in closed form'}`) : page.labelled(`${laws.letter ?? 'q'}(t)`, laws.solution)] : []),
    ...(laws.solution.note === undefined ? [] : [page.prose(laws.solution.note)]),
    ...laws.solution.cases.map((one) => `${page.labelled(one.condition.text === '' ? one.name : `${one.name}, if ${one.condition.text}`, one.abbreviated ?? one)}${page.mark(one.verified.passed)}`),
    ...abbreviations(laws.solution.cases, page),
    ...(laws.solution.steadyState === undefined ? [] : [page.labelled('steady state', laws.solution.steadyState)]),
    ...(laws.solution.implications ?? []).map((one) => `${page.labelled(one.name, one)}${page.mark(one.verified.passed)}`),
    ...(steps ? [page.heading('Steps'), ...derivation.steps.map((step, index) => renderStep(step, index, page))] : []),
    page.checked(derivation.steps),
  ].join('\n')
}

function discreteLaw({ discrete, discreteSolution, missing }: Derivation['laws'], page: Page): string[] {
  if (discrete === undefined) return [page.heading('Discrete law'), page.prose(`none: ${missing?.discrete ?? 'not asked for'}`)]
  return [
    page.heading('Discrete law, exact at every step'),
    page.labelled('charge', discrete.charge),
    page.labelled('after one step', discrete.recursion),
    ...(discrete.closure.length < 2 ? [] : discrete.closure.map(({ contraction, next }) => page.labelled(`closes with ${contraction.text} next`, next))),
    ...discrete.drives.map((drive) => page.labelled(`drive ${drive.name}`, drive)),
    ...discrete.definitions.map(({ name, meaning }) => page.labelled(`where ${name} is`, meaning)),
    ...(missing?.discreteSolution === undefined ? [] : [page.prose(`no closed form: ${missing.discreteSolution}`)]),
    ...(discreteSolution === undefined ? [] : stepSolution(discreteSolution, page)),
  ]
}

/** The charge at any step. */
function stepSolution({ step, initial, cases, steadyState }: DiscreteSolutionStatement, page: Page): string[] {
  return [
    ...cases.map((one) => `${page.labelled(`at step ${step}, ${one.name}${one.condition.text === '' ? '' : `, if ${one.condition.text}`}`, one.abbreviated ?? one)}${page.mark(one.verified.passed)}`),
    ...abbreviations(cases, page),
    ...(initial.length < 2 ? [] : initial.map((one) => page.labelled(`with ${one.name} of`, one))),
    ...(cases.some(({ text }) => /\b(sum|product)\(/.test(text)) ? [page.prose(`under sums and products what is measured${step === 'k' ? '' : ', and k in it,'} is that of the step of the index`)] : []),
    ...cases.flatMap(({ undisturbed }) => (undisturbed === undefined ? [] : [page.labelled('while the drive stays as it is', undisturbed)])),
    ...(steadyState === undefined ? [] : [page.labelled('steady state of the steps', steadyState), ...cases.map(({ name, condition, factors }) => page.labelled(`what is off it shrinks a step by${condition.text === '' ? '' : ` (${name})`}`, { text: factors.map(({ text }) => text).join(', '), latex: '' }))]),
  ]
}

/** What the solutions abbreviate; a name that not all of them define alike is told with the case. */
function abbreviations(cases: Derivation['laws']['solution']['cases'], page: Page): string[] {
  const texts = [...new Set(cases.flatMap((one) => (one.where ?? []).map(({ text }) => text)))]
  return texts.map((text) => {
    const own = cases.filter((one) => one.where?.some((each) => each.text === text))
    return page.labelled(own.length > 1 || cases.length === 1 ? 'where' : `where, ${own.map(({ name }) => name).join(', ')},`, { text, latex: '' })
  })
}

/** Halves stand for powers of sqrt(eta). */
const orderText = (order: number): string => (Number.isInteger(order) ? String(order) : `${2 * order}/2`)

function matrixLaw({ constant, kind, laws }: MatrixLaw, page: Page): string[] {
  return [
    page.heading(`Matrix law of the ${kind} constant ${constant}`),
    ...(laws.discrete === undefined ? [] : [page.labelled('charge', laws.discrete.charge), page.labelled('after one step', laws.discrete.recursion)]),
    ...laws.flow.map(({ order, model, equation }) => page.labelled(`${model}, order ${orderText(order)}`, equation)),
    ...flowCharges(laws.flow).map((charge) => page.labelled(`where ${laws.letter ?? 'q'} is`, charge)),
  ]
}

const flowCharges = (flow: Derivation['laws']['flow']): Statement[] => [...new Map(flow.map(({ charge }) => [charge.text, charge])).values()]

function renderStep(step: Step, index: number, page: Page): string {
  const source = step.source === undefined ? '' : ` ${step.source}`
  return [
    page.step(`${index + 1}. ${step.section}: ${step.why}${source}`),
    page.labelled('from', step.before),
    `${page.labelled('to', step.after)}${page.mark(step.verified.passed)}`,
  ].join('\n')
}

interface Page {
  readonly title: (text: string) => string
  readonly heading: (text: string) => string
  readonly step: (text: string) => string
  readonly prose: (text: string) => string
  readonly labelled: (label: string, statement: Statement) => string
  readonly mark: (passed: boolean) => string
  readonly checked: (steps: readonly Step[]) => string
}

const block = (lines: readonly string[], indent: number): string => lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n')

/** A formula shares its label's line if it fits there, else it starts on the next. */
function pageFor({ colour, columns }: Terminal): Page {
  return {
    title: (text) => wrapText(text, columns).map((line) => colour.bold(line)).join('\n'),
    heading: (text) => `\n${colour.bold.cyan(wrapText(text, columns).join('\n'))}`,
    step: (text) => `\n${block(wrapText(text, columns - 2), 2)}`,
    prose: (text) => block(wrapText(text, columns - 2), 2),
    labelled: (label, { text }) => {
      if (label.length + text.length + 6 <= columns) return `  ${colour.dim(label)}  ${text}`
      return `${block(wrapText(label, columns - 2).map((line) => colour.dim(line)), 2)}\n${block(wrapFormula(text, columns - 6), 4)}`
    },
    mark: (passed) => (passed ? colour.green(' ✓') : colour.red(' ✗')),
    checked: (steps) => {
      const passed = steps.filter(({ verified }) => verified.passed).length
      const text = `\n${passed} of ${steps.length} steps checked.`
      return passed === steps.length ? colour.green(text) : colour.red(text)
    },
  }
}
