import { existsSync, readFileSync } from 'node:fs'

/** The package's version, from the nearest package.json above this file: the clone's or the installed package's. */
export function version(): string {
  let folder = new URL('.', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('..', folder)
    if (parent.href === folder.href) throw new Error('package.json is missing from the installation')
    folder = parent
  }
  const { version }: { readonly version: string } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
  return version
}
