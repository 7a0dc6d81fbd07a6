export {
  argument, axis, broadcast, contract, einsum, fill, input, map, plus, scaled, sizeOf, sum, times, type Shape, type Tensor,
} from './graph.js'
export {
  batchNorm, convolution, crossEntropy, dense, leakyRelu, logSoftmax, meanSquare, power, relu, sigmoid, softmax, tanh,
} from './layers.js'
export { gradient, hessianVector, substituted, tangent, thirdDerivative } from './derivative.js'
export { compileTensors, type CompiledTensors } from './compile.js'
export { emitTensors } from './emit.js'
export { gradientDescent, type DescentOptions, type DescentState } from './descent.js'
export { compileFlow, flowSystem, gradientFlow, type CompiledFlow, type Flow, type FlowSystem, type Hyperparameter } from './flow.js'
