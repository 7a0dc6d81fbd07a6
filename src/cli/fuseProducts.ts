import { setFlagsFromString } from 'node:v8'

/**
 * Lets WebAssembly multiply and add pairs in one instruction (relaxed SIMD), which `fusesProducts` of the compiler then finds. V8 has it from
 * version 11.4 on; 11.3, that of Node 20, keeps it behind a flag of the whole process, so it is the command that sets it and not the library.
 * V8 reads the flag anew for every module in every thread. It is never taken back: another thread may be between asking and compiling.
 */
export function fuseProducts(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--experimental-wasm-relaxed-simd')
}
