import { type Bytes, PREAMBLE, double, section, sized, vector } from './bytes.js'
import { FUNCTION_TYPE, FUSED, INSTRUCTION, PAIR } from './opcodes.js'

/** The part of the WebAssembly JavaScript interface that is used; declared here because neither Node's types nor ES2023's have it. */
interface WebAssemblyInterface {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  Memory: new (...descriptor: readonly never[]) => WasmMemory
  Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
}
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

declare const WebAssembly: WebAssemblyInterface

const PAGE = 65_536

/** A function of numbers exported by a module. */
export type Entry = (...args: readonly number[]) => number

/** A function from nothing to nothing that multiplies and adds pairs in one instruction. */
const FUSED_PROBE: Bytes = [
  ...PREAMBLE, ...section(1, vector([[FUNCTION_TYPE, 0, 0]])), ...section(3, vector([[0]])),
  ...section(10, vector([sized([
    0, ...Array.from({ length: 3 }, () => [INSTRUCTION.f64Const, ...double(0), ...PAIR.splat]).flat(),
    ...FUSED.add, INSTRUCTION.drop, INSTRUCTION.end,
  ])])),
]
let fuses: boolean | undefined

/** Whether this engine has relaxed SIMD: V8 from version 11.4 on, and 11.3, that of Node 20, with `--experimental-wasm-relaxed-simd`. */
export const fusesProducts = (): boolean => (fuses ??= WebAssembly.validate(Uint8Array.from(FUSED_PROBE)))

export interface WasmInstance {
  entry(name: string): Entry
  /** A view of at least `doubles` doubles; growing invalidates earlier views. */
  memory(doubles: number): Float64Array
}

const isEntry = (value: unknown): value is Entry => typeof value === 'function'

/** A module that threads may share. @throws WebAssembly.CompileError if the bytes are none: a defect of the generator. */
export const compileModule = (bytes: Uint8Array<ArrayBuffer>): object => new WebAssembly.Module(bytes)

/** Compiles and instantiates at once. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>): WasmInstance {
  const { exports } = new WebAssembly.Instance(compileModule(bytes))
  const { memory } = exports
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('module exports no memory')
  return {
    entry(name) {
      const found = exports[name]
      if (!isEntry(found)) throw new TypeError(`module exports no function ${name}`)
      return found
    },
    memory(doubles) {
      const missing = doubles * 8 - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
      return new Float64Array(memory.buffer)
    },
  }
}
