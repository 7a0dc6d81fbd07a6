import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'

/**
 * Writes several files so that a reader finds each either old or new, never half: all contents go to temporary files in the same directory,
 * reach the disk, and are then renamed. A failure leaves the old files.
 * @throws {InputError} if the directory cannot be written or the disk is full.
 */
export async function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const pairs = Object.entries(files).map(([name, content]) => ({
    target: join(directory, name),
    temporary: join(directory, `.${name}.${process.pid}.tmp`),
    content,
  }))
  try {
    await mkdir(directory, { recursive: true })
    for (const { temporary, content } of pairs) {
      const handle = await open(temporary, 'w')
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    for (const { temporary, target } of pairs) await rename(temporary, target)
  } catch (error) {
    // What cannot be removed is of no consequence; the fault that led here is the one to report.
    await Promise.allSettled(pairs.map(({ temporary }) => rm(temporary, { force: true })))
    throw fileFault(error, directory, 'write')
  }
}

/** @throws {InputError} if the file is not there or cannot be read. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw fileFault(error, file, 'read')
  }
}

/** @throws {InputError} if the directory is not there or cannot be read. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    throw fileFault(error, directory, 'read')
  }
}

const REMEDIES: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOENT: ['no such file or directory', 'check the path; noether run --out FOLDER writes one'],
  ENOTDIR: ['a part of the path is not a directory', 'choose another directory'],
  EEXIST: ['a file stands where the directory has to be', 'choose another directory'],
  EISDIR: ['a directory stands where the file has to be', 'choose another path'],
  EACCES: ['permission denied', 'choose a directory that you may write'],
  EPERM: ['permission denied', 'choose a directory that you may write'],
  EROFS: ['the file system is read-only', 'choose another directory'],
  ENOSPC: ['the disk is full', 'free some space and run noether report DIR again; nothing recorded is lost'],
}

function fileFault(error: unknown, file: string, action: string): unknown {
  const code = errorCode(error)
  const known = code === undefined ? undefined : REMEDIES[code]
  return known === undefined ? error : new InputError(`cannot ${action}: ${known[0]}`, known[1], { file })
}

/** The system's name of a fault, e.g. `ENOENT`. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
