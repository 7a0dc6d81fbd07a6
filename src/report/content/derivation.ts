import type { Derivation, MatrixLaw, Step } from '../../laws/derivation.js'
import { type Block, type Content, type DerivationStep, type Section, code, emphasis, math } from '../document.js'
import { type ReferenceKey, REFERENCE_KEYS, type SourcePart, splitCitations } from '../references.js'
import { budgetLaw } from './budget.js'
import { checkContent } from './checkContent.js'
import { discreteLaw, discreteSolution } from './discreteLaw.js'
import { equation, formula, nameLatex } from './equation.js'
import { sentence } from './sentence.js'

/** The law in full: what it starts from, what was derived, and the steps in between. */
export function derivationSections(derivation: Derivation, id: string, number: string): Section[] {
  return [
    { id: `${id}-hypotheses`, title: ['What it starts from'], blocks: hypotheses(derivation), sections: [] },
    { id: `${id}-result`, title: ['The law'], blocks: results(derivation), sections: [] },
    { id: `${id}-derivation`, title: ['Derivation'], blocks: steps(derivation, number), sections: [] },
  ]
}

/** Keys of the papers that the derivation's steps name. */
export function citedBy(derivation: Derivation): ReferenceKey[] {
  const cited = new Set(derivation.steps.flatMap((step) => splitCitations(step.source ?? '').map((part) => (typeof part === 'string' ? undefined : part.key))))
  return REFERENCE_KEYS.filter((key) => cited.has(key))
}

function hypotheses({ title, symmetry, rule }: Derivation): Block[] {
  const at = `${title}, symmetry`
  const constraints = symmetry.constraints.map((constraint, index) => formula(constraint, `${at}.constraints[${index}]`))
  const updates = rule.update.map(({ name, latex = nameLatex(name), value }) => `${latex} \\leftarrow ${formula(value, `${title}, rule.update ${name}`)}`)
  return [
    { kind: 'paragraph', content: ['The symmetry ', emphasis(symmetry.name), ' has the generator'] },
    { kind: 'formula', latex: equation('\\xi(\\theta)', symmetry.generator, `${at}.generator`) },
    ...(symmetry.finite === undefined
      ? []
      : [
          { kind: 'paragraph', content: ['that is, the loss does not change under the transformation'] } as const,
          { kind: 'formula', latex: equation('\\psi_\\alpha(\\theta)', symmetry.finite, `${at}.finite`) } as const,
        ]),
    ...(symmetry.commutators ?? []).flatMap(({ other, bracket, meaning }, index): Block[] => [
      { kind: 'paragraph', content: ['Its commutator with the symmetry ', code(other), ` (${meaning}) is`] },
      { kind: 'formula', latex: equation('\\left[\\xi, \\zeta\\right]', bracket, `${at}.commutators[${index}]`) },
    ]),
    ...(constraints.length === 0
      ? []
      : [
          {
            kind: 'paragraph',
            content: ['Differentiating the invariance constrains the gradient and the higher derivatives of the loss, at every point of training and for every batch:'],
          } as const,
          ...constraints.map((latex) => ({ kind: 'formula', latex }) as const),
        ]),
    {
      kind: 'paragraph',
      content: ['The learning rule ', emphasis(rule.name), ' does at every step, in this order,', ...hyperparameters(rule.hyperparameters)],
    },
    ...updates.map((latex) => ({ kind: 'formula', latex }) as const),
  ]
}

const hyperparameters = (names: readonly string[]): Content =>
  names.length === 0 ? [] : [' with the hyperparameters ', ...names.flatMap((name, index) => [...(index === 0 ? [] : [', ']), math(nameLatex(name))]), ':']

function results({ title, rule, lagrangian, rayleigh, ksb, noether, laws, matrix = [] }: Derivation): Block[] {
  return [
    ...matrix.flatMap((law, index) => strippedConstant(law, matrix.length > 1, `${title}, matrix[${index}]`)),
    ...discreteLaw(title, laws),
    ...discreteSolution(title, laws),
    ...budgetLaw(title, laws),
    ...rule.flows.map(
      (flow, index): Block => ({
        kind: 'result',
        label: [`The flow that the rule follows: ${flow.model}, to order `, math(`\\eta^{${orderText(flow.order)}}`)],
        formulas: [formula(flow.equation, `${title}, rule.flows[${index}]`)],
      }),
    ),
    ...(rule.withoutFlow ?? []).map(({ model, reason }): Block => ({ kind: 'paragraph', content: [`The rule has no ${model}: ${reason}.`] })),
    ...(rule.conditions === undefined ? [] : [{ kind: 'paragraph', content: [`These flows follow the rule where ${rule.conditions.join('; and ')}.`] } as const]),
    {
      kind: 'result',
      label: [lagrangian.exists ? 'Its Lagrangian' : 'It has no Lagrangian'],
      formulas: lagrangian.exists ? [equation('\\mathcal{L}', lagrangian, `${title}, lagrangian`)] : [],
      note: [sentence(lagrangian.reason), lagrangian.verified ? ` The Euler–Lagrange equations give the flow back${lagrangian.approximate === true ? ', to first order' : ''}.` : ''],
    },
    ...(rayleigh === undefined ? [] : [rayleighResult(title, rayleigh)]),
    ...(ksb.latex === '' ? [] : [ksbResult(title, ksb)]),
    ...(noether === undefined ? [] : otherParts(title, noether)),
    ...laws.flow.map(
      (law, index): Block => ({
        kind: 'result',
        label: [`Law of the charge: ${law.model}, to order `, math(`\\eta^{${orderText(law.order)}}`)],
        formulas: [equation(laws.letter ?? 'q', law.charge, `${title}, laws.flow[${index}].charge`), formula(law.equation, `${title}, laws.flow[${index}].equation`)],
      }),
    ),
    ...(laws.missing?.flow === undefined ? [] : [{ kind: 'paragraph', content: [`There is no law of the flow: ${laws.missing.flow}.`] } as const]),
    ...(laws.missing?.flow !== undefined || laws.missing?.solution === undefined ? [] : [{ kind: 'paragraph', content: [`There is no solution in closed form: ${laws.missing.solution}.`] } as const]),
    ...solution(title, laws.solution, laws.letter),
  ]
}

/** Halves stand for powers of √η. */
const orderText = (order: number): string => (Number.isInteger(order) ? String(order) : `${2 * order}/2`)

/** What a matrix law stands for; its statements too where they are not the derivation's own. */
function strippedConstant({ constant, kind, identity, laws }: MatrixLaw, inFull: boolean, at: string): Block[] {
  const flow = laws.flow.at(-1)
  return [
    {
      kind: 'result',
      label: [`For every ${kind === 'general' ? '' : `${kind} `}matrix `, math(nameLatex(constant))],
      formulas: [formula(identity, `${at}.identity`)],
      note: ['As the constant is arbitrary, the law holds for the matrix, entry by entry.'],
    },
    ...(inFull ? [...discreteLaw(at, laws), ...discreteSolution(at, laws)] : []),
    ...(inFull && flow !== undefined ? [{ kind: 'result', label: ['Law of the matrix charge'], formulas: [equation(laws.letter ?? 'q', flow.charge, `${at}.charge`), formula(flow.equation, `${at}.equation`)] } as const] : []),
  ]
}

const rayleighResult = (title: string, { lagrangian, dissipation }: NonNullable<Derivation['rayleigh']>): Block => ({
  kind: 'result',
  label: ['A Lagrangian with a Rayleigh function: ', math('\\tfrac{d}{dt}\\,\\partial\\mathcal{L}/\\partial\\dot\\theta - \\partial\\mathcal{L}/\\partial\\theta + \\partial R/\\partial\\dot\\theta = 0'), ' is the flow'],
  formulas: [equation('\\mathcal{L}', lagrangian, `${title}, rayleigh.lagrangian`), equation('R', dissipation, `${title}, rayleigh.dissipation`)],
})

const ksbResult = (title: string, ksb: Derivation['ksb']): Block => ({
  kind: 'result',
  label: ['Kinetic symmetry breaking'],
  formulas: [equation('\\delta T', ksb, `${title}, ksb`)],
  note: [ksb.vanishes ? 'It vanishes: the kinetic energy has the symmetry.' : 'It does not vanish: the kinetic energy does not have the symmetry, and this term moves the charge.'],
})

/** What else moves the charge of Noether's identity, by name. */
function otherParts(title: string, { parts }: NonNullable<Derivation['noether']>): Block[] {
  const others = parts.filter((part) => part.name !== 'kinetic')
  if (others.length === 0) return []
  return [
    { kind: 'paragraph', content: ['What else moves the charge of Noether’s identity:'] },
    { kind: 'list', items: others.map((part): Content => [`${part.name}: `, math(formula(part, `${title}, noether ${part.name}`))]) },
  ]
}

function solution(title: string, law: Derivation['laws']['solution'], letter = 'q'): Block[] {
  const at = `${title}, laws.solution`
  const steady = law.steadyState
  return [
    ...(law.note === undefined ? [] : [{ kind: 'paragraph', content: [sentence(law.note)] } as const]),
    ...(law.latex === '' || law.cases.some((each) => each.latex === law.latex) ? [] : [{ kind: 'result', label: ['Solution'], formulas: [equation(`${letter}(t)`, law, at)] } as const]),
    ...law.cases.map(
      (each): Block => ({
        kind: 'result',
        label: [`Solution, ${each.name}`],
        formulas: [...(each.condition.latex === '' ? [] : [formula(each.condition, `${at}.cases ${each.name}.condition`)]), equation(`${letter}(t)`, each, `${at}.cases ${each.name}`)],
        note: checkContent(each.verified),
      }),
    ),
    ...(steady === undefined ? [] : [{ kind: 'result', label: ['Steady state'], formulas: [equation(`${letter}_\\infty`, steady, `${at}.steadyState`)] } as const]),
    ...(law.implications ?? []).map((one): Block => ({ kind: 'result', label: [sentence(one.name).replace(/\.$/, '')], formulas: [formula(one, `${at}.implications ${one.name}`)], note: [`${one.why} `, ...checkContent(one.verified)] })),
  ]
}

function steps({ title, steps: all }: Derivation, number: string): Block[] {
  const numbered = all.map((step, index) => numberStep(step, all[index - 1], index, `${title}, steps[${index}]`, number))
  const checked = all.filter((step) => step.verified.passed).length
  const opening: Block = {
    kind: 'paragraph',
    content: [
      `${all.length} steps, each an identity that was checked by itself; ${checked === all.length ? 'all of them passed' : `${checked} of them passed`}. `,
      'A step that begins with the result of the step before it names that step in place of repeating it.',
    ],
  }
  return [opening, ...groups(all, numbered)]
}

function groups(all: readonly Step[], numbered: readonly DerivationStep[]): Block[] {
  const found: { heading: string; steps: DerivationStep[] }[] = []
  numbered.forEach((step, index) => {
    const heading = all[index]?.section ?? ''
    const last = found.at(-1)
    if (last?.heading === heading) last.steps.push(step)
    else found.push({ heading, steps: [step] })
  })
  return found.map((group) => ({ kind: 'steps', ...group }))
}

function numberStep(step: Step, previous: Step | undefined, index: number, place: string, chapter: string): DerivationStep {
  const continues = previous !== undefined && previous.after.latex === step.before.latex
  const source: Content = step.source === undefined ? [] : [' (', ...splitCitations(step.source).flatMap(citation), ')']
  return {
    number: `${chapter}.${index + 1}`,
    before: continues ? { from: `${chapter}.${index}` } : formula(step.before, `${place}.before`),
    after: formula(step.after, `${place}.after`),
    why: [step.why, ...source],
    check: checkContent(step.verified),
    passed: step.verified.passed,
  }
}

const citation = (part: SourcePart): Content =>
  typeof part === 'string' ? [part] : [{ kind: 'cite', key: part.key }, part.where]

/** The result of a derivation as one line for a table of contents or a summary: its charge and the equation of highest order. */
export function headline(derivation: Derivation): Content {
  const law = derivation.laws.flow.at(-1)
  return law === undefined ? [code(derivation.laws.solution.text)] : [math(formula(law.charge, `${derivation.title}, laws.flow.charge`))]
}
