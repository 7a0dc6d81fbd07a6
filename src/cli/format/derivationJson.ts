import type { Derivation, DiscreteSolutionStatement, SolutionCase, Statement } from '../../laws/derivation.js'

const textOf = ({ text }: Statement): string => text

/** The document of `derive --json`: every formula as expression text under its plain key, LaTeX beside it where a reader may want it. */
export function derivationJson({
  title,
  symmetry,
  rule,
  lagrangian,
  rayleigh,
  ksb,
  noether,
  laws,
  matrix,
  coordinateFree,
  steps,
}: Derivation): Record<string, unknown> {
  return {
    title,
    symmetry: {
      name: symmetry.name,
      generator: symmetry.generator.text,
      ...(symmetry.notation === undefined ? {} : { notation: symmetry.notation }),
      ...(symmetry.parts === undefined ? {} : { parts: Object.fromEntries(symmetry.parts.map(({ name, meaning }) => [name.text, meaning.text])) }),
      constraints: symmetry.constraints.map(textOf),
      ...(symmetry.finite === undefined ? {} : { finite: symmetry.finite.text }),
      ...(symmetry.commutators === undefined
        ? {}
        : { commutators: symmetry.commutators.map((one) => ({ ...one, bracket: one.bracket.text })) }),
    },
    rule: {
      name: rule.name,
      update: Object.fromEntries(rule.update.map(({ name, value }) => [name, value.text])),
      ...(rule.points === undefined ? {} : { points: Object.fromEntries(rule.points.map(({ name, meaning }) => [name, meaning.text])) }),
      ...(rule.notation === undefined ? {} : { notation: rule.notation }),
      hyperparameters: rule.hyperparameters,
      ...(rule.schedules === undefined
        ? {}
        : { schedules: Object.fromEntries(rule.schedules.map(({ name, value }) => [name, value.text])) }),
      flows: rule.flows.map(({ order, model, equation }) => ({ order, model, equation: equation.text })),
      ...(rule.kept === undefined ? {} : { kept: Object.fromEntries(rule.kept.map(({ name, meaning }) => [name, meaning.text])) }),
      ...(rule.conditions === undefined ? {} : { conditions: rule.conditions }),
      ...(rule.withoutFlow === undefined ? {} : { withoutFlow: rule.withoutFlow }),
    },
    lagrangian,
    ...(rayleigh === undefined ? {} : { rayleigh: { lagrangian: rayleigh.lagrangian.text, dissipation: rayleigh.dissipation.text } }),
    ksb,
    ...(noether === undefined
      ? {}
      : { noether: { charge: noether.charge.text, parts: Object.fromEntries(noether.parts.map((part) => [part.name, part.text])) } }),
    laws: lawsJson(laws),
    ...(matrix === undefined
      ? {}
      : {
          matrix: matrix.map(({ constant, kind, identity, laws: own, verified }) => ({
            constant,
            kind,
            identity: identity.text,
            ...lawsJson(own),
            verified: verified.passed,
          })),
        }),
    ...(coordinateFree === undefined ? {} : { coordinateFree: lawsJson(coordinateFree) }),
    steps: steps.map(({ section, before, after, why, source, verified: { passed, ...check } }) => ({
      section,
      before: before.text,
      after: after.text,
      why,
      ...(source === undefined ? {} : { source }),
      verified: passed,
      check,
    })),
  }
}

function lawsJson(laws: Derivation['laws']): Record<string, unknown> {
  return {
    discrete: discreteJson(laws.discrete),
    ...(laws.discreteSolution === undefined ? {} : { discreteSolution: discreteSolutionJson(laws.discreteSolution) }),
    ...(laws.budget === undefined
      ? {}
      : { budget: Object.fromEntries(laws.budget.map(({ mechanism, statement }) => [mechanism, statement.text])) }),
    ...(laws.noise === undefined
      ? {}
      : { noise: laws.noise.text, ...(laws.noise.earlier === undefined ? {} : { noise_of_earlier_batches_in: laws.noise.earlier }) }),
    ...(laws.letter === undefined ? {} : { letter: laws.letter }),
    flow: laws.flow.map(({ order, model, charge, equation }) => ({ order, model, charge: charge.text, equation: equation.text })),
    ...(laws.missing === undefined ? {} : { missing: laws.missing }),
    solution: {
      text: laws.solution.text,
      latex: laws.solution.latex,
      ...(laws.solution.note === undefined ? {} : { note: laws.solution.note }),
      cases: laws.solution.cases.map(caseJson),
      ...(laws.solution.steadyState === undefined ? {} : { steadyState: laws.solution.steadyState.text }),
      ...(laws.solution.implications === undefined
        ? {}
        : {
            implications: laws.solution.implications.map(({ name, meanings, text, latex, why, verified }) => ({
              name,
              ...(meanings === undefined ? {} : { meanings }),
              text,
              latex,
              why,
              verified: verified.passed,
            })),
          }),
    },
  }
}

const caseJson = ({ name, condition, text, latex, abbreviated, where, verified }: SolutionCase): Record<string, unknown> => ({
  name,
  condition: condition.text,
  text,
  latex,
  ...(abbreviated === undefined ? {} : { abbreviated: abbreviated.text, where: where?.map(textOf) }),
  verified: verified.passed,
})

const discreteSolutionJson = ({ text, latex, step, initial, cases, steadyState }: DiscreteSolutionStatement): Record<string, unknown> => ({
  text,
  latex,
  step,
  initial: Object.fromEntries(initial.map((one) => [one.name, one.text])),
  cases: cases.map(({ factors, undisturbed, ...one }) => ({
    ...caseJson(one),
    factors: factors.map(textOf),
    ...(undisturbed === undefined ? {} : { undisturbed: undisturbed.text }),
  })),
  ...(steadyState === undefined ? {} : { steadyState: steadyState.text }),
})

/** `null` says that the charge has no exact law that closes. */
function discreteJson(law: Derivation['laws']['discrete']): Record<string, unknown> | null {
  if (law === undefined) return null
  return {
    charge: law.charge.text,
    recursion: law.recursion.text,
    drives: Object.fromEntries(law.drives.map(({ name, text }) => [name, text])),
    exact: true,
    closure: law.closure.map(({ contraction, next }) => ({ contraction: contraction.text, next: next.text })),
    definitions: Object.fromEntries(law.definitions.map(({ name, meaning }) => [name, meaning.text])),
  }
}
