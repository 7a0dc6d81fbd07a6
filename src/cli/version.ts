import { readFileSync } from 'node:fs'
import { packageFile } from '../packageFile.js'

/** The package's version. */
export function version(): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  return version
}
