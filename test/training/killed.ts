import { train } from '../../src/training/index.js'
import { smallRun } from './setting.js'

// A run in a process of its own, to be killed: records into the directory it is given and says when it is under way.
await train(smallRun({ steps: 5000, directory: process.argv[2] ?? '', checkpointEvery: 50, onProgress: ({ step }) => process.stdout.write(`${step}\n`) }))
