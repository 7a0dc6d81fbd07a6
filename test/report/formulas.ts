import type { Derivation, Statement, Step } from '../../src/laws/derivation.js'

/** A statement whose text form does not matter to the report. */
const say = (latex: string, text = 'q'): Statement => ({ text, latex })
const verified = { passed: true, method: 'exact rational instances', instances: 24 }

const flow = String.raw`\frac{\eta\left(1+\beta\right)}{2}\ddot{\theta}+\left(1-\beta\right)\dot{\theta}+g+\lambda\theta=0`
const noether = String.raw`\frac{\eta\left(1+\beta\right)}{2}\frac{d}{dt}\left\langle\dot\theta,P_{w}\theta\right\rangle+\left(1-\beta\right)\left\langle\dot\theta,P_{w}\theta\right\rangle=\frac{\eta\left(1+\beta\right)}{2}\left|P_{w}\dot\theta\right|^{2}-\left\langle g,P_{w}\theta\right\rangle-\lambda\left|P_{w}\theta\right|^{2}`
/** Wider than any page: every kind of break is needed. */
const long = String.raw`\left|P_{w}\theta\right|^{2}_{k+1}=\left(1-\eta\lambda\right)^{2}\left|P_{w}\theta\right|^{2}_{k}-2\eta\beta\left(1-\eta\lambda\right)\left\langle P_{w}\theta,v\right\rangle+\eta^{2}\beta^{2}\left|P_{w}v\right|^{2}+2\eta^{2}\beta\left\langle P_{w}v,g\right\rangle+\eta^{2}\left|P_{w}g\right|^{2}+\frac{\eta^{3}}{12}\left(2\left\langle H\left(g\right),H\left(g\right)\right\rangle+\left\langle D_{3}\left(g,g\right),g\right\rangle-6\lambda\left\langle g,H\left(\theta\right)\right\rangle+\lambda^{2}\left\langle\theta,H\left(\theta\right)\right\rangle+4\lambda^{3}\left|\theta\right|^{2}\right)`
const fraction = String.raw`q\left(t\right)=\frac{\left(\omega_{1}q_{0}+\dot{q}_{0}+\frac{2\lambda}{\eta\left(1+\beta\right)}q_{0}\right)e^{-\omega_{2}t}-\left(\omega_{2}q_{0}+\dot{q}_{0}+\frac{2\lambda}{\eta\left(1+\beta\right)}q_{0}\right)e^{-\omega_{1}t}+\int_{0}^{t}\left(e^{-\omega_{2}\left(t-s\right)}-e^{-\omega_{1}\left(t-s\right)}\right)\left|g_{w}\left(s\right)\right|^{2}\,ds}{\omega_{1}-\omega_{2}}`

const sources = ['[NM] sec. 3', '[NM] eq. (7)', '[NLD] eq. (4)', '[NLD] sec. 4', '[HLW] ch. IX', '[NM] eq. (18)'] as const

const chain: readonly (readonly [section: string, latex: string, why: string])[] = [
  [
    'Symmetry',
    String.raw`f\left(\alpha P_{w}\theta+\left(1-P_{w}\right)\theta\right)=f\left(\theta\right)`,
    'The network divides by the standard deviation of its pre-activations, so a common factor of the incoming weights cancels.',
  ],
  [
    'Symmetry',
    String.raw`\left\langle g,P_{w}\theta\right\rangle=0`,
    'Differentiate the invariance once by the parameter of the symmetry, at the identity.',
  ],
  ['Symmetry', String.raw`H\left(P_{w}\theta\right)=-P_{w}g`, 'Differentiate the constraint by the parameters.'],
  [
    'From the rule to a flow',
    String.raw`v_{k+1}=\beta v_{k}+g_{k}+\lambda\theta_{k},\quad\theta_{k+1}=\theta_{k}-\eta v_{k+1}`,
    'The learning rule, written as a map of parameters and velocity.',
  ],
  [
    'From the rule to a flow',
    String.raw`\theta_{k+1}-\theta_{k}-\beta\left(\theta_{k}-\theta_{k-1}\right)+\eta\left(g_{k}+\lambda\theta_{k}\right)=0`,
    'Eliminate the velocity between two steps.',
  ],
  ['From the rule to a flow', flow, 'Expand both differences in Taylor series about t = kη and keep the terms of first order in η.'],
  [
    'From a flow to a Lagrangian',
    String.raw`\mathcal{L}=e^{\frac{2\left(1-\beta\right)t}{\eta\left(1+\beta\right)}}\left(\frac{\eta\left(1+\beta\right)}{4}\left|\dot\theta\right|^{2}-f-\frac{\lambda}{2}\left|\theta\right|^{2}\right)`,
    'The Helmholtz conditions give the multiplier exp(∫c/m).',
  ],
  ['Noether', noether, 'Contract the Euler–Lagrange equations with the generator; the loss drops out by its symmetry.'],
  [
    'Noether',
    String.raw`\frac{\eta\left(1+\beta\right)}{4}\ddot{q}+\frac{1-\beta}{2}\dot{q}+\lambda q=\frac{\eta\left(1+\beta\right)}{2}\left|P_{w}\dot\theta\right|^{2}`,
    'Write the contraction as half the rate of the squared norm.',
  ],
  ['The exact discrete law', long, 'Square the update and drop what the constraint makes vanish.'],
  [
    'Solution',
    String.raw`\omega_{1,2}=\frac{\left(1-\beta\right)\pm\sqrt{\left(1-\beta\right)^{2}-4\eta\lambda\left(1+\beta\right)}}{\eta\left(1+\beta\right)}`,
    'The characteristic roots of the driven oscillator.',
  ],
  ['Solution', fraction, 'Variation of constants in the overdamped case, verified by substitution.'],
]

function stepsOf(): Step[] {
  return chain.map(([section, latex, why], index) => {
    const before = chain[index - 1]
    const starts = before === undefined || before[0] !== section
    return {
      section,
      before: say(starts ? String.raw`\theta_{k+1}=\theta_{k}-\eta v_{k+1}` : before[1]),
      after: say(latex),
      why,
      source: sources[index % sources.length] ?? '[NM]',
      verified: index === 5 ? { passed: true, method: 'one-step defect', instances: 8, detail: 'shrinks with order 2.998' } : verified,
    }
  })
}

/** Twelve steps with the formulas of a real derivation, one of them several pages' widths long. */
export function derivation(title: string, family: string): Derivation {
  const solved = { passed: true, method: 'substitution', instances: 12 }
  return {
    title,
    symmetry: {
      name: family,
      generator: say(String.raw`P_{w}\theta`),
      constraints: [say(String.raw`\left\langle g,P_{w}\theta\right\rangle=0`), say(String.raw`H\left(P_{w}\theta\right)=-P_{w}g`)],
      finite: say(String.raw`\theta+\left(e^{\alpha}-1\right)P_{w}\theta`),
    },
    rule: {
      name: 'momentum with weight decay',
      update: [
        { name: 'v', value: say(String.raw`\beta v+g+\lambda\theta`) },
        { name: 'theta', value: say(String.raw`\theta-\eta v`) },
      ],
      hyperparameters: ['eta', 'beta', 'lambda'],
      flows: [{ order: 1, model: 'modified flow', equation: say(flow) }],
    },
    lagrangian: {
      ...say(chain[6]?.[1] ?? ''),
      verified: true,
      exists: true,
      reason: 'The Helmholtz conditions hold with the multiplier shown.',
    },
    ksb: { ...say(String.raw`\frac{\eta\left(1+\beta\right)}{2}\left|P_{w}\dot\theta\right|^{2}`), vanishes: false },
    laws: {
      discrete: {
        charge: say(String.raw`\left|P_{w}\theta\right|^{2}`),
        recursion: say(long),
        drives: [
          { name: 'gradient', ...say(String.raw`\left|P_{w}g\right|^{2}`) },
          { name: 'velocity', ...say(String.raw`\left|P_{w}v\right|^{2}`) },
        ],
        closure: [
          {
            contraction: say(String.raw`\left|P_{w}\theta\right|^{2}`),
            next: say(
              String.raw`\left|P_{w}\theta\right|^{2}-2\eta\left\langle P_{w}\theta,v\right\rangle+\eta^{2}\left|P_{w}v\right|^{2}`,
            ),
          },
          {
            contraction: say(String.raw`\left\langle P_{w}\theta,v\right\rangle`),
            next: say(String.raw`\beta\left\langle P_{w}\theta,v\right\rangle-\eta\beta^{2}\left|P_{w}v\right|^{2}`),
          },
        ],
        definitions: [{ name: 'v_next', meaning: say(String.raw`\beta v+g+\lambda\theta`) }],
      },
      flow: [
        { order: 1, model: 'modified flow', charge: say(String.raw`\left|P_{w}\theta\right|^{2}`), equation: say(chain[8]?.[1] ?? '') },
      ],
      solution: {
        ...say(fraction),
        cases: [
          {
            name: 'overdamped',
            condition: say(String.raw`\left(1-\beta\right)^{2}>4\eta\lambda\left(1+\beta\right)`),
            ...say(fraction),
            verified: solved,
          },
          {
            name: 'critically damped',
            condition: say(String.raw`\left(1-\beta\right)^{2}=4\eta\lambda\left(1+\beta\right)`),
            ...say(String.raw`e^{-\omega t}\left(q_{0}+\left(\dot{q}_{0}+\omega q_{0}\right)t\right)`),
            verified: solved,
          },
        ],
        steadyState: say(String.raw`\frac{\eta\left(1+\beta\right)}{2\lambda}\left|P_{w}\dot\theta\right|^{2}`),
      },
    },
    steps: stepsOf(),
  }
}
