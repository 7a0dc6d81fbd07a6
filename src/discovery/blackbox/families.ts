import type { AffineGenerator } from './generators.js'
import type { SampledBlock } from './sampler.js'

/** A generator with its family, in terms of single parameters. */
export interface NamedGenerator {
  /** `translation`, `scale`, `rescale`, `orthogonal`, `linear` or `affine`. */
  readonly family: string
  /** Degree p of a rescaling. */
  readonly degree?: number
  /** δ of each parameter that moves, in the expression text, e.g. `W1_1_2`. */
  readonly generator: Readonly<Record<string, string>>
  /** Blocks that move. */
  readonly blocks: readonly string[]
  /** A `symmetry:` for a problem file, to derive its laws: the parameters it needs, and the family or generator. */
  readonly problem: { readonly parameters: Readonly<Record<string, readonly number[]>>; readonly symmetry: Readonly<Record<string, unknown>> }
}

/** Names of single parameters, with indices from 1. */
export function parameterNames(blocks: readonly SampledBlock[]): readonly string[] {
  return blocks.flatMap(({ name, shape }) => {
    const tails = shape.reduce<readonly string[]>((all, size) => all.flatMap((tail) => Array.from({ length: size }, (_, i) => `${tail}_${i + 1}`)), [''])
    return tails.map((tail) => `${name}${tail}`)
  })
}

const same = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

function decimal(x: number): string {
  for (let d = 1; d <= 6; d++) if (same(x * d, Math.round(x * d))) return d === 1 ? `${Math.round(x)}` : `${Math.round(x * d)}/${d}`
  return `${Number(x.toPrecision(8))}`
}

function termText(value: number, name: string): string {
  const size = decimal(Math.abs(value))
  const body = name === '' ? size : size === '1' ? name : `${size}*${name}`
  return value < 0 ? `-${body}` : body
}

/** Family, degree and the statement for a problem file, from the shape of A and b. */
function classify(g: AffineGenerator, names: readonly string[]): { readonly family: string; readonly degree?: number; readonly symmetry: Readonly<Record<string, unknown>> } | undefined {
  const name = (i: number): string => names[i] ?? ''
  const on = g.map((t) => name(t.to))
  if (g.every((t) => t.from < 0)) {
    const [first] = g
    return first !== undefined && g.every((t) => same(t.value, first.value)) ? { family: 'translation', symmetry: { family: 'translation', on } } : undefined
  }
  if (g.every((t) => t.from === t.to)) {
    const values = [...new Set(g.map((t) => t.value))].filter((v, i, all) => all.findIndex((w) => same(v, w)) === i)
    const [a = 0, b = 0] = values
    if (values.length === 1) return { family: 'scale', symmetry: { family: 'scale', on } }
    if (values.length === 2 && a * b < 0) {
      const degree = Math.abs(b / a)
      const part = (value: number): readonly string[] => g.filter((t) => same(t.value, value)).map((t) => name(t.to))
      return { family: 'rescale', degree, symmetry: { family: 'rescale', in: part(a), out: part(b), degree: decimal(degree) } }
    }
    return undefined
  }
  const transposed = (t: AffineGenerator[number]): boolean => t.from >= 0 && g.some((s) => s.to === t.from && s.from === t.to && same(s.value, -t.value))
  if (g.every(transposed)) return { family: 'orthogonal', symmetry: {} }
  return g.every((t) => t.from >= 0) ? { family: 'linear', symmetry: {} } : undefined
}

/** Recognises the family of an affine generator. */
export function nameGenerator(g: AffineGenerator, blocks: readonly SampledBlock[]): NamedGenerator {
  const names = parameterNames(blocks)
  const sorted = [...g].sort((a, b) => a.to - b.to || a.from - b.from)
  // The first coefficient is 1, so that the parameters in front are the ones that grow.
  const lead = sorted[0]?.value ?? 1
  const ordered = sorted.map(({ to, from, value }) => ({ to, from, value: value / lead }))
  const generator: Record<string, string> = {}
  for (const { to, from, value } of ordered) {
    const key = names[to] ?? ''
    const text = termText(value, from < 0 ? '' : (names[from] ?? ''))
    const known = generator[key]
    generator[key] = known === undefined ? text : text.startsWith('-') ? `${known} - ${text.slice(1)}` : `${known} + ${text}`
  }
  const found = classify(ordered, names)
  const used = new Set(ordered.flatMap((t) => [names[t.to] ?? '', ...(t.from < 0 ? [] : [names[t.from] ?? ''])]))
  const symmetry = found === undefined || Object.keys(found.symmetry).length === 0 ? { generator } : found.symmetry
  return {
    family: found?.family ?? 'affine',
    ...(found?.degree === undefined ? {} : { degree: found.degree }),
    generator,
    blocks: blocks.map((b) => b.name).filter((name) => Object.keys(generator).some((p) => p === name || p.startsWith(`${name}_`))),
    problem: { parameters: Object.fromEntries([...used].map((name) => [name, []])), symmetry },
  }
}
