import { earlierNoise } from '../../laws/batchNoise.js'
import type { Derivation, MatrixLaw, Step } from '../../laws/derivation.js'
import { orderText } from '../../laws/flow.js'
import { chargesOf, inOrder } from '../../report/content/lawParts.js'
import type { Terminal } from '../terminal.js'
import { type Page, withNamedRepeats } from './page.js'
import { consequences, flowSolution, stepSolution } from './solution.js'

/** What a person reads: symmetry, rule and, in the order of the reports, the law; then how much was checked. */
export const renderDerivation = (derivation: Derivation, terminal: Terminal, { steps }: { readonly steps: boolean }): string =>
  withNamedRepeats(terminal, (page) => render(derivation, page, steps))

function render(derivation: Derivation, page: Page, steps: boolean): string {
  const { title, laws, matrix = [] } = derivation
  return [
    page.title(title),
    ...symmetrySection(derivation, page),
    ...ruleSection(derivation, page),
    ...inOrder({
      charge: [
        page.heading('Charge'),
        ...charges(laws, page),
        ...matrix.map(({ constant, identity }) => page.labelled(`for every ${constant}`, identity)),
      ],
      discrete: discreteLaw(laws, page),
      flow: flowSection(derivation, page),
      law: [page.heading('Law of the flow'), ...flowLaws(laws, page)],
      matrix: matrix.length > 1 ? matrix.flatMap((law) => matrixLaw(law, page)) : [],
      lagrangian: lagrangianSection(derivation, page),
      breaking: breakingSection(derivation, page),
      solution: flowSolution(laws, page),
      steps: stepSolution(laws, page),
      consequences: consequences(laws, page),
    }),
    ...(steps ? [page.heading('Steps'), ...derivation.steps.map((step, index) => renderStep(step, index, page))] : []),
    page.checked(derivation.steps),
  ].join('\n')
}

const symmetrySection = ({ symmetry }: Derivation, page: Page): string[] => [
  page.heading(`Symmetry: ${symmetry.name}`),
  page.labelled('generator', symmetry.generator),
  ...(symmetry.notation === undefined ? [] : [page.prose(symmetry.notation)]),
  ...(symmetry.finite === undefined ? [] : [page.labelled('finite form', symmetry.finite)]),
  ...symmetry.constraints.map((constraint) => page.labelled('constraint', constraint)),
  ...(symmetry.parts ?? []).map(({ name, meaning }) => (meaning.text === symmetry.generator.text ? page.prose(`where ${name.text} is the generator`) : page.labelled(`where ${name.text} is`, meaning))),
  ...readings(symmetry).map((reading) => page.prose(reading)),
  ...(symmetry.commutators ?? []).flatMap(({ other, bracket, meaning }) => [
    page.labelled(`commutator with ${other}`, bracket),
    page.prose(meaning),
  ]),
]

/** What the names of adjoints and derivatives that constraints are written with stand for. */
function readings({ parts = [], constraints }: Derivation['symmetry']): readonly string[] {
  const used = (name: string): boolean => constraints.some(({ text }) => text.includes(`${name}(`))
  return parts.flatMap(({ name: { text } }) => {
    const [base] = text.split('(')
    if (base !== text) return used(`${base}t`) ? [`${base}t is the adjoint of ${base}`] : []
    return used(`D${base}t`) ? [`D${base}(x) is the derivative of ${base} along x, D${base}t its adjoint, D2${base}t(x, y) the gradient of dot(y, D${base}(x)) by theta`] : []
  })
}

const ruleSection = ({ rule }: Derivation, page: Page): string[] => [
  page.heading(`Rule: ${rule.name}`),
  ...rule.update.map(({ name, value }) => page.labelled(`${name} becomes`, value)),
  ...(rule.points ?? []).map(({ name, meaning }) => page.labelled(`where ${name} is`, meaning)),
  ...(rule.notation === undefined ? [] : [page.prose(rule.notation)]),
  ...(rule.hyperparameters.length === 0 ? [] : [page.prose(`with ${rule.hyperparameters.join(', ')}`)]),
  ...(rule.schedules ?? []).map(({ name, value }) => page.labelled(`${name} at step k is`, value)),
]

function charges(laws: Derivation['laws'], page: Page): string[] {
  const letter = laws.letter ?? 'q'
  const all = chargesOf(laws)
  if (all.length === 0) return [page.prose('none')]
  return all.map(({ charge, of }) => page.labelled(of === undefined ? letter : `${letter} of the ${nameOf(of)}`, charge))
}

function discreteLaw({ discrete, budget = [], noise, missing }: Derivation['laws'], page: Page): string[] {
  if (discrete === undefined) return [page.heading('Discrete law'), page.prose(`none: ${missing?.discrete ?? 'not asked for'}`)]
  return [
    page.heading('Discrete law, exact at every step'),
    page.labelled('the charge becomes', discrete.recursion),
    ...(discrete.closure.length < 2
      ? []
      : [
          page.prose('as a closed linear system'),
          ...discrete.closure.map(({ contraction, next }) => page.labelled(`${contraction.text} becomes`, next)),
        ]),
    ...discrete.drives.map((drive) => page.labelled(`drive ${drive.name}`, drive)),
    ...discrete.definitions.map(({ name, meaning }) => page.labelled(`where ${name} is`, meaning)),
    ...budget.map(({ mechanism, statement }) => page.labelled(`moved by ${mechanism}`, statement)),
    ...(noise === undefined ? [] : [page.labelled('of it by minibatch noise', noise), page.prose(noiseMeaning(noise.earlier))]),
  ]
}

const noiseMeaning = (earlier: readonly string[] | undefined): string =>
  `with full the gradient on all data, g that of the batch${earlier === undefined ? '' : `; ${earlierNoise(earlier)}`}`

const flowSection = ({ rule }: Derivation, page: Page): string[] => [
  page.heading('Flow of the rule'),
  ...rule.flows.map((flow) => page.labelled(nameOf(flow), flow.equation)),
  ...(rule.kept ?? []).map(({ name, meaning }) => page.labelled(`where ${name} is`, meaning)),
  ...(rule.withoutFlow ?? []).map(({ model, reason }) => page.prose(`no ${model}: ${reason}`)),
  ...(rule.conditions ?? []).map((condition) => page.prose(`holds where ${condition}`)),
]

const flowLaws = ({ flow, missing }: Derivation['laws'], page: Page): string[] => [
  ...(missing?.flow === undefined ? [] : [page.prose(`none: ${missing.flow}`)]),
  ...flow.map((law) => page.labelled(nameOf(law), law.equation)),
]

const nameOf = ({ model, order }: { readonly model: string; readonly order: number }): string => `${model}, order ${orderText(order)}`

function lagrangianSection({ lagrangian, rayleigh }: Derivation, page: Page): string[] {
  return [
    page.heading('Lagrangian'),
    ...(lagrangian.exists ? [page.labelled('L', lagrangian), page.prose(lagrangian.reason)] : [page.prose(`none: ${lagrangian.reason}`)]),
    ...(rayleigh === undefined ? [] : [page.prose('with a Rayleigh function R: d/dt dL/d(dtheta) - dL/dtheta + dR/d(dtheta) = 0')]),
    ...(rayleigh === undefined ? [] : [page.labelled('L', rayleigh.lagrangian), page.labelled('R', rayleigh.dissipation)]),
  ]
}

function breakingSection({ ksb, noether }: Derivation, page: Page): string[] {
  return [
    page.heading('Kinetic symmetry breaking'),
    ksb.vanishes ? page.prose('vanishes') : ksb.text === '' ? page.prose('not defined without a Lagrangian') : page.labelled('KSB', ksb),
    ...(noether?.parts ?? []).filter(({ name }) => name !== 'kinetic').map((part) => page.labelled(`${part.name} part`, part)),
  ]
}

function matrixLaw({ constant, kind, laws }: MatrixLaw, page: Page): string[] {
  return [
    page.heading(`Matrix law of the ${kind} constant ${constant}`),
    ...charges(laws, page),
    ...(laws.discrete === undefined ? [] : [page.labelled('the charge becomes', laws.discrete.recursion)]),
    ...flowLaws(laws, page),
  ]
}

function renderStep(step: Step, index: number, page: Page): string {
  const source = step.source === undefined ? '' : ` ${step.source}`
  return [
    page.step(`${index + 1}. ${step.section}: ${step.why}${source}`),
    page.labelled('from', step.before),
    page.labelled('to', step.after, step.verified.passed),
  ].join('\n')
}
