export { compileFunction, type CompiledFunction } from './function.js'
export { linearCoefficients, linearPropagator, type DriveShape, type LinearLaw, type Propagator } from './propagator.js'
export {
  compileSystem, type CompiledSystem, type Integration, type IntegrationOptions, type IntegrationStatus,
  type Signals, type SignalShape, type System,
} from './system.js'
export { compileEnsemble, type Ensemble } from './ensemble.js'
export type { Batch, BatchResult } from './columns.js'
export { METHODS } from './methods/choose.js'
export type { EventSpecification } from './events.js'
export { EMIT_TARGETS, emitSystem, type EmitTarget, type Emitted } from './emit.js'
export { emitProblem } from './emitProblem.js'
export { integrateFile, integrateProblem, odeCsv, type OdeResult } from './integrateFile.js'
export { ensembleMembers, type Member, type OdeMembers } from './integrateEnsemble.js'
export type { OdeEnsemble } from './odeEnsemble.js'
export { Collector, memberCsv, membersHeader, momentsCsv, momentsHeader, type Moments } from './odeMoments.js'
export { ensembleResult, type EnsembleResult } from './ensembleResult.js'
export type { OdeOverrides } from './odePlan.js'
export { isOdeFile, parseOde, readOde, type OdeProblem } from './odeFile.js'
export { odeSchema, type OdeFile } from './odeSchema.js'
export { compileStochastic, type CompiledStochasticSystem, type StochasticOptions, type StochasticRun } from './stochastic.js'
export {
  compileStochasticEnsemble, type StochasticBatch, type StochasticBatchResult, type StochasticEnsemble,
} from './stochasticEnsemble.js'
export { STOCHASTIC_METHODS, type StochasticMethod, type StochasticSystem } from './methods/stochastic.js'
export { brownianPath, type Increments } from './brownian.js'
export type { Target } from './executable.js'
export * as tensor from './tensor/index.js'
