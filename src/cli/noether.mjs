#!/usr/bin/env node
/**
 * The `noether` binary. The package carries `dist` and not the bootstrap; a clone has the bootstrap, which first brings
 * `node_modules` and `dist` up to date.
 */
import { existsSync } from 'node:fs'

const bootstrap = new URL('bootstrap.mjs', import.meta.url)
if (existsSync(bootstrap)) {
  process.argv.splice(2, 0, 'noether')
  await import(bootstrap.href)
} else {
  await import(new URL('../../dist/src/cli/main.js', import.meta.url).href)
}
