import type { Derivation } from '../../laws/derivation.js'
import { sentence } from './sentence.js'
import { type Block, type Content, code, emphasis, formulaBlock, math, paragraph } from '../document.js'
import { equation, formula, nameLatex } from './equation.js'

/** What a derivation starts from: the symmetry with its constraints, and the learning rule. */
export const hypotheses = (derivation: Derivation): Block[] => [...symmetryBlocks(derivation), ...ruleBlocks(derivation)]

function symmetryBlocks({ title, symmetry }: Derivation): Block[] {
  const at = `${title}, symmetry`
  const constraints = symmetry.constraints.map((constraint, index) => formulaBlock(formula(constraint, `${at}.constraints[${index}]`)))
  const invariance =
    'Differentiating the invariance constrains the gradient and the higher derivatives of the loss, at every point of training and ' +
      'for every batch:'
  return [
    paragraph('The symmetry ', emphasis(symmetry.name), ' has the generator'),
    formulaBlock(equation('\\xi(\\theta)', symmetry.generator, `${at}.generator`)),
    ...(symmetry.notation === undefined ? [] : [paragraph(sentence(`there ${symmetry.notation}`))]),
    ...(symmetry.finite === undefined
      ? []
      : [
          paragraph('that is, the loss does not change under the transformation'),
          formulaBlock(equation('\\psi_\\alpha(\\theta)', symmetry.finite, `${at}.finite`)),
        ]),
    ...(symmetry.commutators ?? []).flatMap(({ other, bracket, meaning }, index) => [
      paragraph('Its commutator with the symmetry ', code(other), ` (${meaning}) is`),
      formulaBlock(equation('\\left[\\xi, \\zeta\\right]', bracket, `${at}.commutators[${index}]`)),
    ]),
    ...(constraints.length === 0 ? [] : [paragraph(invariance), ...constraints]),
    ...(symmetry.parts ?? []).flatMap(({ name, meaning }, index): Block[] =>
      meaning.text === symmetry.generator.text
        ? [paragraph('Here ', math(name.latex), ' is the generator.')]
        : [paragraph('Here ', math(name.latex), ' is its part'), formulaBlock(formula(meaning, `${at}.parts[${index}]`))],
    ),
  ]
}

function ruleBlocks({ title, rule }: Derivation): Block[] {
  const at = `${title}, rule`
  const { schedules = [], points = [] } = rule
  return [
    paragraph('The learning rule ', emphasis(rule.name), ' does at every step, in this order,', ...hyperparameters(rule.hyperparameters)),
    ...rule.update.map(({ name, latex = nameLatex(name), value }) =>
      formulaBlock(`${latex} \\leftarrow ${formula(value, `${at}.update ${name}`)}`),
    ),
    ...(points.length === 0 ? [] : [paragraph('where the gradient is read at')]),
    ...points.map(({ name, meaning }) => formulaBlock(equation(nameLatex(name), meaning, `${at}.points ${name}`))),
    ...(rule.notation === undefined ? [] : [paragraph(`Here ${rule.notation}.`)]),
    ...(schedules.length === 0 ? [] : [paragraph('with the schedules, at step ', math('k'), ',')]),
    ...schedules.map(({ name, value }) => formulaBlock(equation(nameLatex(name), value, `${at}.schedules ${name}`))),
  ]
}

const hyperparameters = (names: readonly string[]): Content =>
  names.length === 0
    ? []
    : [' with the hyperparameters ', ...names.flatMap((name, index) => [...(index === 0 ? [] : [', ']), math(nameLatex(name))]), ':']
