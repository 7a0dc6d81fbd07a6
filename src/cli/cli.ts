import { CommanderError } from 'commander'
import { InputError } from '../errors.js'
import type { Engine } from './engine.js'
import { createProgram } from './program.js'
import type { Terminal } from './terminal.js'

/** Exit codes: 0 done, 1 a verdict failed, 2 bad input, 70 a defect of the program (EX_SOFTWARE of sysexits.h). */
export type ExitCode = 0 | 1 | 2 | 70

/**
 * Runs one command line.
 *
 * @param args what follows the program's name
 * @returns the exit code; errors have been told in one line on the terminal's notes
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal, engine: Engine): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = createProgram({ terminal, engine, exit: (told) => (code = told) })
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return code
  } catch (error) {
    const command = program.commands.find((each) => each.name() === args[0])
    return report(error, terminal, command === undefined ? 'noether --help' : `noether ${command.name()} --help`)
  }
}

/** @param help the command that shows what there is */
function report(error: unknown, terminal: Terminal, help: string): ExitCode {
  const tell = (message: string): void => terminal.note(`${terminal.noteColour.red('noether:')} ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    tell(`${error.message.replace(/^error: /, '').trimEnd()} — ${help} shows what there is`)
    return 2
  }
  if (error instanceof InputError) {
    tell(error.message)
    return 2
  }
  if (isSystemError(error)) {
    tell(`${error.path === undefined ? '' : `${error.path}: `}${remedies[error.code] ?? error.message}`)
    return 2
  }
  tell(`defect in noether: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  return 70
}

interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

const isSystemError = (error: unknown): error is SystemError => error instanceof Error && 'syscall' in error && 'code' in error

/** What the operating system refuses, in words. */
const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full — free some space and run again: what was recorded is kept',
  EACCES: 'permission denied — choose another folder with --out',
  EROFS: 'the file system is read-only — choose another folder with --out',
  ENOTDIR: 'part of the path is a file — choose another folder',
  EISDIR: 'it is a folder — give a file',
}
