import { spawnSync } from 'node:child_process'

const runs = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0

/** Whether this machine can compile LaTeX; tests that need it say so in their name and are skipped otherwise. */
export const latexIsPresent = runs('pdflatex')

/** The command of a Chromium-like browser, where there is one. */
export const browser = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].find(runs)
