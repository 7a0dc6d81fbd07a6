import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Every test's temporary folders lie in one of this run's, which goes with it. */
export default function scratch(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'noether-tests-'))
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
