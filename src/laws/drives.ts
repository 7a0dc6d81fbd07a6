import { ONE, div, factorsOf, isZero, mul, num, pow, termsOf } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { type Contraction, asContraction } from '../jets/contraction.js'
import { linearForm } from '../jets/collect.js'
import { slotsOf } from '../jets/slots.js'
import type { VectorAtom } from '../jets/vector.js'
import { byRatio, normalise } from './eliminate.js'

/** A named combination of contractions that moves the charge and is measured, with its factor in an equation. */
export interface Driven {
  readonly name: string
  readonly coefficient: Expr
  readonly drive: Expr
}

/** The atoms that a vector atom is made of. */
export function leavesOf(a: VectorAtom): readonly VectorAtom[] {
  if (a.kind === 'elementwise') return [a, ...a.args.flatMap(leavesOf)]
  const inner = slotsOf(a).flatMap((s) => leavesOf(s.child))
  return a.kind === 'tensor' ? [a, ...inner] : a.kind === 'apply' ? inner : [a]
}

/** Whether an atom is a polynomial field. */
export const isPolynomial = (a: VectorAtom): boolean => a.kind === 'tensor' && a.field.polynomial !== undefined
/** Whether a polynomial field or its derivative is a function of θ still. */
export const moves = (a: VectorAtom): boolean => a.kind === 'tensor' && isPolynomial(a) && (a.field.degree ?? 0) > a.along.length + (a.openAlong ? 1 : 0)

const WORDS: Readonly<Record<string, string>> = { theta: 'parameters', g: 'gradient' }

/** The vectors between which a contraction is, outside of functions of components. */
const outerOf = (c: Contraction): readonly VectorAtom[] => [c.left, c.right].flatMap((side) => (isElementwise(side) ? [] : leavesOf(side)))

/** What a contraction speaks of, word by word. */
const wordsIn = (c: Contraction): readonly string[] => [...([c.left, c.right].some(isElementwise) ? ['update'] : []), ...outerOf(c).flatMap(wordsOf)]

/** The mechanism a contraction stands for: `gradient`, `gradient_v`, `v_next`, … */
export function mechanismOf(o: Opaque): string {
  const c = asContraction(o)
  if (c === undefined) return o.text()
  const [outer, words] = [outerOf(c), wordsIn(c)]
  return [...new Set(words)].sort().map((word) => (outer.some(isPolynomial) ? counted(word, words) : word)).join('_') || 'size'
}

/** With a polynomial field a mechanism has a degree too: `gradient2_parameters`. */
function counted(word: string, words: readonly string[]): string {
  const times = words.filter((w) => w === word).length
  return times === 1 ? word : `${word}${times}`
}

const isElementwise = (a: VectorAtom): boolean => leavesOf(a).some((x) => x.kind === 'elementwise')

function wordsOf(a: VectorAtom): readonly string[] {
  if (a.kind === 'variable') return [WORDS[a.name] ?? a.name]
  if (a.kind !== 'tensor') return []
  if (isPolynomial(a)) return moves(a) ? ['parameters'] : []
  if (a.field.gradient !== undefined) return ['update']
  const order = a.along.length + 1
  const at = a.field.at === undefined ? '' : `_${a.field.at.name}`
  return [`${order === 1 ? 'gradient' : order === 2 ? 'hessian' : `derivative${order}`}${at}`]
}

const isAtomic = (e: Expr): boolean => atomsOf(e).length > 0

/** Contractions in a product from which on its name says each word once. */
const MANY = 4

/** The mechanisms of the contractions that a product holds; of many each word once. */
function nameOfProduct(contractions: readonly Opaque[]): string {
  if (contractions.length < MANY) return contractions.map(mechanismOf).sort().join('_') || 'constant'
  return [...new Set(contractions.flatMap((o) => { const c = asContraction(o); return c === undefined ? [o.text()] : wordsIn(c) }))].sort().join('_')
}

/** One drive for each term, where contractions multiply each other: the factors that hold contractions, and the rest as coefficient. */
function termDrives(e: Expr): readonly Driven[] {
  return termsOf(e).map(({ coefficient, factor }) => {
    const [inner, outer] = [true, false].map((atomic) => mul(...factorsOf(factor).filter((f) => isAtomic(f.base) === atomic).map((f) => pow(f.base, f.exponent))))
    const drive = inner ?? ONE
    return { name: nameOfProduct(atomsOf(drive)), coefficient: mul(num(coefficient), outer ?? ONE), drive }
  })
}

/** Names told apart by a number where several drives stand for one mechanism. */
function distinct(drives: readonly Driven[]): readonly Driven[] {
  const counts = new Map<string, number>()
  return drives.map((d) => {
    const count = (counts.get(d.name) ?? 0) + 1
    counts.set(d.name, count)
    return count === 1 ? d : { ...d, name: `${d.name}_${count}` }
  })
}

/** Groups what moves a charge by mechanism, contractions whose coefficients are in a ratio of numbers together; each group divided by its leading coefficient. */
export function groupDrives(e: Expr): readonly Driven[] {
  const form = linearForm(e)
  if (form === undefined) return distinct(termDrives(e))
  const drives = byRatio(form, mechanismOf).flatMap(({ key, sum }) => {
    const normal = normalise(sum)
    return normal === undefined ? [] : [{ name: key, coefficient: normal.coefficient, drive: normal.unit }]
  })
  return distinct(isZero(form.constant) ? drives : [...drives, { name: 'constant', coefficient: form.constant, drive: ONE }])
}

/** The number c with e = c·unit, if there is one. */
function multipleOf(e: Expr, unit: Expr): Expr | undefined {
  if (e === unit) return ONE
  const [own, others] = [atomsOf(e), new Set(atomsOf(unit))]
  if (own.length !== others.size || !own.every((o) => others.has(o))) return undefined
  const ratio = factored(div(e, unit))
  return ratio.kind === 'number' ? ratio : undefined
}

/** The drives of several equations: those that are the same up to a number are one, and those of one mechanism are told apart by their names. */
export function sharedDrives(equations: readonly (readonly Driven[])[]): readonly (readonly Driven[])[] {
  const known: Driven[] = []
  const shared = (d: Driven): Driven => {
    for (const unit of known) {
      const ratio = multipleOf(d.drive, unit.drive)
      if (ratio !== undefined) return { ...unit, coefficient: mul(d.coefficient, ratio) }
    }
    const [base, used] = [d.name.replace(/_\d+$/, ''), new Set(known.map((unit) => unit.name))]
    const name = [d.name, ...known.map((_, i) => `${base}_${i + 2}`)].find((n) => !used.has(n)) ?? d.name
    known.push({ ...d, name })
    return { ...d, name }
  }
  return equations.map((drives) => drives.map(shared))
}
