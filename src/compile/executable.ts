import type { Program } from './ir.js'
import { javascriptSource } from './javascript.js'
import { optimized } from './passes.js'
import { RESERVED } from './transcendental/table.js'
import { type Entry, fusesProducts, instantiate } from './wasm/engine.js'
import { wasmModule } from './wasm/module.js'

/** What generated code runs as in this process. */
export type Target = 'wasm' | 'js'

/** A program ready to run. Memory positions below `RESERVED` are not the caller's. */
export interface Executable {
  entry(name: string): Entry
  /** The memory, at least so many doubles long; views taken before a longer one are stale. */
  memory(doubles: number): Float64Array
}

export { RESERVED }

function runJavascript(program: Program): Executable {
  let memory = new Float64Array(RESERVED)
  const list = program.exported.join(', ')
  const factory: unknown = Reflect.construct(Function, [`${javascriptSource(program)}\nreturn { ${list} }`])
  const made: unknown = typeof factory === 'function' ? factory() : undefined
  if (typeof made !== 'object' || made === null) throw new TypeError('generated source gives no functions')
  const entries = new Map<string, unknown>(Object.entries(made))
  return {
    entry(name) {
      const found = entries.get(name)
      if (typeof found !== 'function') throw new TypeError(`program exports no function ${name}`)
      return (...args) => Number(found(memory, ...args))
    },
    memory(doubles) {
      if (memory.length < doubles) {
        const longer = new Float64Array(doubles)
        longer.set(memory)
        memory = longer
      }
      return memory
    },
  }
}

/** Generates code for the program and loads it. JavaScript source is made from the IR alone, never from user text. */
export function load(program: Program, target: Target): Executable {
  const final = optimized(program)
  return target === 'wasm' ? instantiate(wasmModule(final, { fuses: fusesProducts() })) : runJavascript(final)
}
