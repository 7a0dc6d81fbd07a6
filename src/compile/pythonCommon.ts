import { LEAST_START } from './integrator/control.js'
import { STATUS_NAMES } from './integrator/frame.js'
import { CENTRE } from './methods/tableau.js'

/** What NumPy and JAX share: the sums over stages, the interpolant, the drives, and Hairer's norms and starting step (HNW I, II.4). */
export const PYTHON_COMMON = `
Integration = namedtuple("Integration", "t y steps rejected out events status")
STATUS = ${JSON.stringify(['invalid', ...STATUS_NAMES.slice(1)])}
RUNNING, INVALID, COMPLETED, LIMIT, NOT_FINITE, STUCK, ENDED, CHATTERING = -1, *range(${STATUS_NAMES.length})
ROUNDOFF = 2.0**-52


def fitting(y0, p):
    """Whether there is a value for each state and parameter, said where not."""
    for what, given, names in (("y0", y0, STATES), ("p", p, PARAMETERS)):
        if names is not None and (given.ndim < 1 or len(given) != len(names)):
            one = f"one value for each of {', '.join(names)}" if names else "none"
            raise ValueError(f"{what}: {len(given) if given.ndim else 'a number without axis'} given, give {one}")


def in_order(t0, at, t1):
    """Whether output times go from t0 to t1."""
    return np.all(np.diff(np.concatenate([np.stack([t0]), at, np.stack([t1])])) * np.where(t1 >= t0, 1.0, -1.0) >= 0)


def positive(rtol, atol):
    """Whether tolerances are such that a step can meet them."""
    return np.all((np.asarray(rtol) >= 0) & (np.asarray(atol) >= 0) & (np.asarray(rtol) + np.asarray(atol) > 0))


def combine(weights, k):
    """Sum of weights times stages."""
    return sum(w * v for w, v in zip(weights, k) if w != 0)


def interpolate(theta, y, h, k):
    """State at t + theta*h of the step h from y; k holds the stages, the extra ones included."""
    polynomial = lambda w: theta * reduce(lambda s, c: s * (theta - ${CENTRE}) + c, reversed(w))
    return y + h * sum(polynomial(w) * v for w, v in zip(W, k) if any(w))


def value(signals, t, segment, origin, spacing):
    """Drives at time t, which lies in this interval of the recorded ones."""
    if not SIGNALS:
        return ()
    if callable(signals):
        return signals(t)
    now = signals[:, segment]
    if HELD:
        return now
    return now + (signals[:, segment + 1] - now) / spacing * (t - (origin + segment * spacing))


def norm(v, scale):
    """Root mean square in units of the tolerance; of several trajectories the largest."""
    return np.max(np.sqrt(np.mean((v / scale) ** 2, axis=0)))


def error_norm(y, new, h, k, rtol, atol):
    scale = atol + rtol * np.maximum(np.abs(y), np.abs(new))
    fine = np.mean((combine(E[0], k) / scale) ** 2, axis=0)
    if len(E) == 1:
        return np.max(np.abs(h) * np.sqrt(fine))
    total = fine + 0.01 * np.mean((combine(E[1], k) / scale) ** 2, axis=0)
    return np.max(np.where(total == 0, 0.0, np.abs(h) * fine / np.sqrt(np.where(total == 0, 1.0, total))))


def first_step(f, t, y, rate, span, direction, rtol, atol):
    scale = atol + rtol * np.abs(y)
    d0, d1 = norm(y, scale), norm(rate, scale)
    guess = np.minimum(np.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / np.where(d1 == 0, 1.0, d1)), span)
    h = guess * direction
    d2 = norm(f(t + h, y + h * rate) - rate, scale) / guess
    steepest = np.maximum(np.maximum(d1, d2), 1e-300)
    refined = np.where(steepest <= 1e-15, np.maximum(1e-6, guess * 1e-3), (0.01 / steepest) ** (1 / ORDER))
    step = np.minimum(100 * guess, np.minimum(refined, span))
    return np.maximum(np.where(step > 0, step, 1e-6 * span), np.minimum(span, ${LEAST_START} * abs(t)))


def stages(f, t, y, h, ahead, first):
    """Stages of a step to \`ahead\`, and the state there."""
    k = [first]
    for c, a in list(zip(C, A))[1:-1]:
        k.append(f(t + h * c, y + h * combine(a, k)))
    new = y + h * combine(B, k)
    return [*k, f(ahead, new)], new


def extended(f, t, y, h, k):
    """The stages with those that only the interpolant needs."""
    for c, a in EXTRA:
        k = [*k, f(t + h * c, y + h * combine(a, k))]
    return k

`

/** Arguments of `integrate`. */
export const ARGUMENTS = `y0, t0, t1, p=(), rtol=1e-9, atol=1e-12, step=None, max_steps=1000000,
              at=(), signals=None, origin=0.0, spacing=1.0`

/** What they and the result mean. */
export const CONTRACT = `
    t, y are the time and the state reached, steps and rejected count the steps; out[i] is the state at at[i], times in order from
    t0 to t1. signals: for the drives SIGNALS either samples, one row a drive and one column a knot origin + j*spacing
    (HELD: a sample holds until the next knot, else straight lines join them; steps end at knots), or a smooth function of t
    that returns their values. events: what was found of EVENTS, and where; a terminal one ends the integration. STATUS[status] tells how
    it ended.`
