import type { Field } from '../jets/field.js'

/** Metrics that update equations may name: `Ginv(x)` is the inverse of the metric G(θ) applied to x, `G(x)` the metric. Both are symmetric. */
export const INVERSE_METRIC = 'Ginv'
export const METRICS: Readonly<Record<string, Field>> = { G: { name: 'G', slots: 2 }, [INVERSE_METRIC]: { name: INVERSE_METRIC, slots: 2 } }

/** A learning rule as its update equations, in order; a name already updated means its new value. */
export interface RuleText {
  readonly summary: string
  readonly source: string
  readonly state: Readonly<Record<string, string>>
  readonly update: Readonly<Record<string, string>>
  /** Hyperparameters that have a value unless one is given; all others stay symbols. */
  readonly defaults: Readonly<Record<string, string>>
  /** Metrics of the update equations that are not functions of θ in general. */
  readonly metrics?: Readonly<Record<string, Field>>
  /** Potential h of mirror descent unless one is given; the update of theta is made from it. */
  readonly potential?: string
  /** True for a motion that is stated by its Lagrangian; `defaults` then has its scaling alpha, beta, gamma. */
  readonly action?: true
  /** True for the limit of vanishing step: only the flow of order 0 is meant. */
  readonly continuous?: true
}

/** The learning rules known by name. Conventions of weight decay and momentum are PyTorch's unless the summary says otherwise. */
export const RULES: Readonly<Record<string, RuleText>> = {
  gradient_flow: {
    summary: 'gradient flow, the limit eta -> 0 of gradient descent',
    source: '[NM] §4',
    state: {},
    update: { theta: 'theta - eta*(g + lambda*theta)' },
    defaults: { lambda: '0' },
    continuous: true,
  },
  sgd: {
    summary: 'gradient descent with coupled weight decay (torch.optim.SGD)',
    source: '[NM] §5',
    state: {},
    update: { theta: 'theta - eta*(g + lambda*theta)' },
    defaults: {},
  },
  sgdw: {
    summary: 'gradient descent with decoupled weight decay: theta shrinks by eta*lambda apart from the gradient step',
    source: 'Loshchilov & Hutter 2019, alg. 1',
    state: {},
    update: { theta: '(1 - eta*lambda)*theta - eta*g' },
    defaults: {},
  },
  momentum: {
    summary: 'heavy ball with coupled weight decay and dampening mu (torch.optim.SGD; its first step sets v = g + lambda*theta)',
    source: '[NM] §5',
    state: { v: '0' },
    update: { v: 'beta*v + (1 - mu)*(g + lambda*theta)', theta: 'theta - eta*v' },
    defaults: { mu: '0' },
  },
  nesterov: {
    summary: 'Nesterov momentum with coupled weight decay (torch.optim.SGD with nesterov=True)',
    source: 'Sutskever et al. 2013, in the form of PyTorch',
    state: { v: '0' },
    update: { v: 'beta*v + g + lambda*theta', theta: 'theta - eta*(g + lambda*theta + beta*v)' },
    defaults: {},
  },
  nesterov_schedule: {
    summary: 'Nesterov momentum with beta = k/(k+3)',
    source: 'Su, Boyd & Candès 2016, eq. (1)',
    state: { v: '0' },
    update: { v: 'k/(k+3)*v + g + lambda*theta', theta: 'theta - eta*(g + lambda*theta + (k+1)/(k+4)*v)' },
    defaults: { lambda: '0' },
  },
  rmsprop: {
    summary: 'RMSProp with coupled weight decay (torch.optim.RMSprop: epsilon outside the root)',
    source: 'Tieleman & Hinton 2012',
    state: { s: '0' },
    update: { s: 'rho*s + (1 - rho)*(g + lambda*theta)^2', theta: 'theta - eta*(g + lambda*theta)/(sqrt(s) + epsilon)' },
    defaults: { lambda: '0' },
  },
  adagrad: {
    summary: 'AdaGrad with coupled weight decay: the root of the sum of all squared gradients divides (torch.optim.Adagrad)',
    source: 'Duchi, Hazan & Singer 2011, fig. 1',
    state: { s: '0' },
    update: { s: 's + (g + lambda*theta)^2', theta: 'theta - eta*(g + lambda*theta)/(sqrt(s) + epsilon)' },
    defaults: { lambda: '0' },
  },
  adam: {
    summary: 'Adam with coupled weight decay and bias correction (torch.optim.Adam)',
    source: 'Kingma & Ba 2015, alg. 1',
    state: { m: '0', s: '0' },
    update: {
      m: 'beta1*m + (1 - beta1)*(g + lambda*theta)',
      s: 'beta2*s + (1 - beta2)*(g + lambda*theta)^2',
      theta: 'theta - eta*m/(1 - beta1^(k+1))/(sqrt(s/(1 - beta2^(k+1))) + epsilon)',
    },
    defaults: { lambda: '0' },
  },
  adamw: {
    summary: 'Adam with decoupled weight decay (torch.optim.AdamW)',
    source: 'Loshchilov & Hutter 2019, alg. 2',
    state: { m: '0', s: '0' },
    update: {
      m: 'beta1*m + (1 - beta1)*g',
      s: 'beta2*s + (1 - beta2)*g^2',
      theta: '(1 - eta*lambda)*theta - eta*m/(1 - beta1^(k+1))/(sqrt(s/(1 - beta2^(k+1))) + epsilon)',
    },
    defaults: {},
  },
  muon: {
    summary: 'Muon with decoupled weight decay: the polar factor of the momentum, exact where code takes five Newton-Schulz steps',
    source: 'Jordan et al. 2024',
    state: { B: '0' },
    update: { B: 'mu*B + g', theta: '(1 - eta*lambda)*theta - eta*msign(B)' },
    defaults: { lambda: '0' },
  },
  shampoo: {
    summary: 'Shampoo with decoupled weight decay: beta = 1, mu = 0 is algorithm 1, beta = mu the exponential moving average of later codes',
    source: 'Gupta, Koren & Singer 2018, alg. 1',
    state: { L: '0', R: '0' },
    update: {
      L: 'beta*L + (1 - mu)*g*transpose(g)',
      R: 'beta*R + (1 - mu)*transpose(g)*g',
      theta: '(1 - eta*lambda)*theta - eta*mpow(L + epsilon*I, -1/4)*g*mpow(R + epsilon*I, -1/4)',
    },
    defaults: { beta: '1', mu: '0', lambda: '0' },
  },
  lion: {
    summary: 'Lion: the sign of a mean of gradients, with decoupled weight decay',
    source: 'Chen et al. 2023, alg. 2',
    state: { m: '0' },
    update: { theta: 'theta - eta*(sign(beta1*m + (1 - beta1)*g) + lambda*theta)', m: 'beta2*m + (1 - beta2)*g' },
    defaults: { lambda: '0' },
  },
  sign: {
    summary: 'sign descent with coupled weight decay',
    source: 'Bernstein et al. 2018, alg. 1',
    state: {},
    update: { theta: 'theta - eta*sign(g + lambda*theta)' },
    defaults: { lambda: '0' },
  },
  clipping: {
    summary: 'gradient descent with the gradient clipped to norm c (torch.nn.utils.clip_grad_norm_), then coupled weight decay',
    source: 'Pascanu et al. 2013, alg. 1',
    state: {},
    update: { theta: 'theta - eta*(min(1, c/sqrt(norm2(g)))*g + lambda*theta)' },
    defaults: { lambda: '0' },
  },
  schedule_free: {
    summary: 'schedule-free descent: theta is the mean of all z so far, the gradient and weight decay are those at beta of the way from z to theta',
    source: 'Defazio et al. 2024, with the weights 1/(k + 1) of its code',
    state: { z: 'theta' },
    update: { z: 'z - eta*(g((1 - beta)*z + beta*theta) + lambda*((1 - beta)*z + beta*theta))', theta: 'theta + (z - theta)/(k + 1)' },
    defaults: { lambda: '0' },
  },
  sam: {
    summary: 'sharpness-aware minimization: the gradient at the point that lies rho along g, with coupled weight decay at theta',
    source: 'Foret et al. 2021, eqs. (2) and (3)',
    state: {},
    update: { theta: 'theta - eta*(g(theta + rho*g/sqrt(norm2(g))) + lambda*theta)' },
    defaults: { lambda: '0' },
  },
  extragradient: {
    summary: 'the extragradient method: the gradient at the point that one step of descent leads to',
    source: 'Korpelevich 1976',
    state: {},
    update: { theta: 'theta - eta*g(theta - eta*g)' },
    defaults: {},
  },
  proximal: {
    summary: 'the proximal point method, implicit Euler: the gradient, and coupled weight decay, at the point that the step leads to',
    source: 'Rockafellar 1976',
    state: {},
    update: { theta: 'theta - eta*(g(theta_next) + lambda*theta_next)' },
    defaults: { lambda: '0' },
  },
  implicit_midpoint: {
    summary: 'the implicit midpoint rule: the gradient in the middle of the step',
    source: 'Hairer, Lubich & Wanner 2006, section II.1',
    state: {},
    update: { theta: 'theta - eta*g((theta + theta_next)/2)' },
    defaults: {},
  },
  langevin: {
    summary: 'Langevin dynamics at the temperature T, on minibatches SGLD, with coupled weight decay',
    source: 'Welling & Teh 2011',
    state: {},
    update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' },
    defaults: { lambda: '0' },
  },
  preconditioned: {
    summary: 'preconditioned gradient descent with a constant symmetric preconditioner Ginv',
    source: 'Nocedal & Wright 2006, section 5.1',
    state: {},
    update: { theta: 'theta - eta*(Ginv(g) + lambda*theta)' },
    defaults: { lambda: '0' },
    metrics: { Ginv: { name: 'Ginv', slots: 2, degree: 0 } },
  },
  natural: {
    summary: 'natural gradient descent with the inverse Ginv of a metric that depends on theta',
    source: 'Amari 1998, theorem 1',
    state: {},
    update: { theta: 'theta - eta*(Ginv(g) + lambda*theta)' },
    defaults: { lambda: '0' },
  },
  mirror: {
    summary: 'mirror descent with the separable potential h, the negative entropy unless said: exponentiated gradient',
    source: 'Beck & Teboulle 2003, eq. (3.11); Kivinen & Warmuth 1997',
    state: {},
    update: { theta: 'theta - eta*(g + lambda*theta)' },
    defaults: { lambda: '0' },
    potential: 'theta*log(theta) - theta',
  },
  bregman: {
    summary: 'the motion of a Bregman Lagrangian with a potential h and the scaling alpha, beta, gamma, by default the polynomial one of order p; p = 2, C = 1/4, h = theta^2/2 is the flow of Nesterov',
    source: 'Wibisono, Wilson & Jordan 2016, eq. (1)',
    state: {},
    update: {},
    defaults: { alpha: 'log(p) - log(t)', beta: 'p*log(t) + log(C)', gamma: 'p*log(t)' },
    action: true,
    continuous: true,
  },
}
