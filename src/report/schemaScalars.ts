import * as z from 'zod'

/** JSON has no NaN and no infinities; a run that diverged does. They are written as these words. */
export const real = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
export const text = z.string()
export const count = z.int().nonnegative()
/** Of a flow in eta: halves stand for powers of √eta. */
export const order = z.number().nonnegative().multipleOf(0.5)
export const curve = z.array(real)
export const verdict = z.enum(['passed', 'failed', 'not compared'])
