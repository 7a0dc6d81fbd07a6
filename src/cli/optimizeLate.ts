import { setFlagsFromString } from 'node:v8'

/** What delays V8's optimizing compiler, by Node's major version; other versions run as they are. */
const DELAYS: ReadonlyMap<string, string> = new Map([
  ['20', '--interrupt-budget=1081344'],
  ['22', '--invocation-count-for-turbofan=48000'],
  ['24', '--invocation-count-for-turbofan=48000'],
])

/**
 * Has V8 optimize a function after sixteen times as many calls as it would. A derivation, or the compilation of an
 * integrator, calls a thousand functions for a second, on expressions of ever other kinds: V8 would spend half of the processor's time on machine code
 * that it throws away when the next kind arrives. Not for training runs, which do the same for long.
 */
export function optimizeLate(): void {
  const [major = ''] = process.versions.node.split('.')
  const delay = DELAYS.get(major)
  if (delay !== undefined) setFlagsFromString(delay)
}
