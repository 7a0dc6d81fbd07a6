import { runCommandLine } from './cli.js'
import { engine } from './engine.js'
import { fuseProducts } from './fuseProducts.js'
import { processTerminal } from './terminal.js'

// A reader that has seen enough (`noether list | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

fuseProducts()
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), engine)
