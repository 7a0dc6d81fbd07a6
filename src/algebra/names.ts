const GREEK = new Set(
  (
    'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho sigma tau upsilon phi varphi ' +
    'chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'
  ).split(' '),
)

const escaped = (text: string): string => text.replaceAll(/[^A-Za-z0-9]/g, (c) => `\\${c}`)

/** One part of a name: a Greek letter, a single letter, the rate of one (`dq`), digits, or a word set upright. */
function partLatex(part: string): string {
  if (GREEK.has(part)) return `\\${part}`
  if (/^([A-Za-z]|\d+)$/.test(part)) return part
  const rate = /^d([a-zA-Z])$/.exec(part)?.[1]
  if (rate !== undefined) return `\\dot{${rate}}`
  return `\\mathrm{${escaped(part)}}`
}

/**
 * LaTeX of a name: Greek letters by name, what follows an underscore or a trailing number as a subscript, long words upright.
 * `theta_w` ↦ `\theta_{w}`, `x1` ↦ `x_{1}`, `q2_0` ↦ `q_{2,0}`, `rate` ↦ `\mathrm{rate}`.
 */
export function latexName(name: string): string {
  const [first = '', ...rest] = name.split('_')
  const [, head = first, digits = ''] = /^([A-Za-z]+)(\d+)$/.exec(first) ?? []
  const subscripts = [digits, ...rest]
  const parts = subscripts.filter((part) => part !== '').map((part) => latexSubscript(part))
  const base = head === '' ? '\\_' : partLatex(head)
  if (parts.length === 0) return base
  const [only = ''] = parts
  const inner = parts.join(',')
  return parts.length === 1 && only.length === 1 ? `${base}_${only}` : `${base}_{${inner}}`
}

/** A word with trailing digits inside a subscript stays on one level: `w1`. */
function latexSubscript(part: string): string {
  const [, letters = part, digits = ''] = /^([A-Za-z]+)(\d+)$/.exec(part) ?? []
  return digits === '' ? partLatex(part) : partLatex(letters) + digits
}

/** The first of some names that is not taken, else the first with a suffix that is not. */
export const freeName = (taken: ReadonlySet<string>, ...wanted: readonly string[]): string =>
  wanted.find((name) => !taken.has(name)) ?? freeName(taken, ...wanted.map((name) => `${name}_law`))
