import { existsSync } from 'node:fs'

/** A file or folder that comes with the program, by its path from the nearest folder above that has it: the clone's, or `dist`, where modules are bundled. */
export function packageFile(path: string): URL {
  let folder = new URL('.', import.meta.url)
  while (!existsSync(new URL(path, folder))) {
    const parent = new URL('..', folder)
    if (parent.href === folder.href) throw new Error(`${path} is missing from the installation`)
    folder = parent
  }
  return new URL(path, folder)
}
