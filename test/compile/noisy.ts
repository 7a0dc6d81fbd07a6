import { parseOde } from '../../src/compile/odeFile.js'

/** Two states with multiplicative noise of their own, and a rate that depends on time. */
export const noisy = parseOde(`
states: { x: "a*x - x^3 + sin(t)*y/3", y: "cos(x) - y" }
parameters: { a: 0.7, s: 0.3 }
initial: { x: 0.5, y: 1 }
span: [0.25, 2.25]
noise: { x: "s*x", y: "s*exp(-y^2)" }
`, 'noisy.yaml')
