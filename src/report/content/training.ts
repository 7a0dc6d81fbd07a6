import { type TrainingRecord, testScores } from '../../validation/result.js'
import { type Block, type Content, code, number, paragraph } from '../document.js'
import { numberText } from '../numbers.js'
import { lossFigure } from './figures.js'
import { capital } from './sentence.js'

const count = (value: number) => value.toLocaleString('en-US')

/** The facts of the run that the laws were held against. */
export function trainingBlocks(training: TrainingRecord, prefix: string): Block[] {
  const { data } = training
  const hyperparameters = Object.entries(training.hyperparameters).flatMap(([name, value], index): Content => [
    index === 0 ? '' : ', ',
    code(name),
    ' = ',
    number(value, 6),
  ])
  const facts: { name: string; value: Content }[] = [
    { name: 'Data', value: [`${data.name}: ${count(data.train)} training and ${count(data.test)} test examples (${data.source})`] },
    { name: 'Parameters', value: [count(training.parameters)] },
    {
      name: 'Steps',
      value: [
        `${count(training.steps)} with batches of ${count(training.batchSize)}`,
        training.partial ? '; stopped before the last step' : '',
      ],
    },
    { name: 'Hyperparameters', value: hyperparameters.length === 0 ? ['none'] : hyperparameters },
    { name: 'Seed', value: [String(training.seed)] },
    ...testScores(training).map(({ name, value, unit }) => ({ name: capital(name), value: [numberText(value, 4) + unit] })),
    { name: 'Arithmetic', value: [`TensorFlow.js, backend ${training.backend}; ${numberText(training.seconds, 3)} s`] },
  ]
  return [
    ...(training.partial
      ? [
          {
            kind: 'verdict',
            verdict: 'skipped',
            heading: 'Partial run',
            content: ['Training was stopped before its last step; everything below is about the steps that were recorded.'],
            items: [],
          } as const,
        ]
      : []),
    paragraph('The network, from input to output:'),
    { kind: 'list', items: training.network.map((layer) => [layer]) },
    { kind: 'facts', facts },
    ...lossFigure(training, `${prefix}loss`),
  ]
}
