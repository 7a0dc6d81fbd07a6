import type { Derivation, FlowLaw, MatrixLaw } from '../../laws/derivation.js'
import { type Block, type Content, formulaBlock, math, paragraph, strong } from '../document.js'
import { budgetLaw } from './budget.js'
import { discreteLaw } from './discreteLaw.js'
import { equation, formula, nameLatex } from './equation.js'
import { orderText } from '../../laws/flow.js'
import { chargesOf, inOrder } from './lawParts.js'
import { breakingBlocks, lagrangianBlocks } from './mechanics.js'
import { consequences, flowSolution, stepSolution } from './solutions.js'

/** What was derived, part by part in the order of the terminal. */
export function lawBlocks(derivation: Derivation): Block[] {
  const { title, laws, matrix = [] } = derivation
  return inOrder({
    charge: [...charges(title, laws), ...matrix.map((law, index) => matrixIdentity(law, `${title}, matrix[${index}]`))],
    discrete: [...discreteLaw(title, laws), ...budgetLaw(title, laws)],
    flow: flowOfTheRule(derivation),
    law: flowLaws(title, laws),
    matrix: matrix.length > 1 ? matrix.flatMap((law, index) => matrixLaw(law, `${title}, matrix[${index}]`)) : [],
    lagrangian: lagrangianBlocks(derivation),
    breaking: breakingBlocks(derivation),
    solution: flowSolution(title, laws),
    steps: stepSolution(title, laws),
    consequences: consequences(title, laws),
  })
}

/** A model of a flow and the order it is kept to. */
const modelContent = ({ model, order }: { readonly model: string; readonly order: number }): Content => [
  `${model}, to order `,
  math(`\\eta^{${orderText(order)}}`),
]

const charges = (title: string, laws: Derivation['laws']): Block[] =>
  chargesOf(laws).map(({ charge, of }) => ({
    kind: 'result',
    label: of === undefined ? ['Charge'] : ['Charge of the ', ...modelContent(of)],
    formulas: [equation(laws.letter ?? 'q', charge, `${title}, laws charge`)],
  }))

const matrixIdentity = ({ constant, kind, identity }: MatrixLaw, at: string): Block => ({
  kind: 'result',
  label: [`For every ${kind === 'general' ? '' : `${kind} `}matrix `, math(nameLatex(constant))],
  formulas: [formula(identity, `${at}.identity`)],
  note: ['As the constant is arbitrary, the law holds for the matrix, entry by entry.'],
})

function flowOfTheRule({ title, rule }: Derivation): Block[] {
  return [
    ...rule.flows.map((flow, index): Block => ({
      kind: 'result',
      label: ['The flow that the rule follows: ', ...modelContent(flow)],
      formulas: [formula(flow.equation, `${title}, rule.flows[${index}]`)],
    })),
    ...(rule.kept === undefined ? [] : [paragraph('where states that accumulate are kept beside ', math('\\theta'), ' in units in which they move as slowly,')]),
    ...(rule.kept ?? []).map(({ name, meaning }) => formulaBlock(equation(nameLatex(name), meaning, `${title}, rule.kept ${name}`))),
    ...(rule.withoutFlow ?? []).map(({ model, reason }) => paragraph(`The rule has no ${model}: ${reason}.`)),
    ...(rule.conditions === undefined ? [] : [paragraph(`These flows follow the rule where ${rule.conditions.join('; and ')}.`)]),
  ]
}

const flowLaws = (title: string, { flow, missing }: Derivation['laws']): Block[] => [
  ...flow.map((law, index) => flowLaw(law, `${title}, laws.flow[${index}]`)),
  ...(missing?.flow === undefined ? [] : [paragraph(`There is no law of the flow: ${missing.flow}.`)]),
]

const flowLaw = (law: FlowLaw, at: string): Block => ({
  kind: 'result',
  label: ['Law of the flow: ', ...modelContent(law)],
  formulas: [formula(law.equation, `${at}.equation`)],
})

/** The laws of one of several constants, which are not the derivation's own. */
const matrixLaw = ({ constant, kind, laws }: MatrixLaw, at: string): Block[] => [
  paragraph(strong(`The ${kind} constant `, math(nameLatex(constant)), '.')),
  ...charges(at, laws),
  ...discreteLaw(at, laws),
  ...flowLaws(at, laws),
  ...stepSolution(at, laws),
]
