/** What NumPy and JAX share: the sums over stages, the interpolant, the drives, and Hairer's norms and starting step (HNW I, II.4). */
export const PYTHON_COMMON = `
Integration = namedtuple("Integration", "t y steps rejected out")
ROUNDOFF = 2.0**-52


def combine(weights, k):
    """Sum of weights times stages."""
    return sum(w * v for w, v in zip(weights, k) if w != 0)


def interpolate(theta, y, h, k):
    """State at t + theta*h of the step h from y; k holds the stages, the extra ones included."""
    polynomial = lambda w: theta * reduce(lambda s, c: s * theta + c, reversed(w))
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
    return np.where(step > 0, step, 1e-6 * span)


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

const ARGUMENTS = `y0, t0, t1, p=(), rtol=1e-9, atol=1e-12, step=None, max_steps=1000000,
              at=(), signals=None, origin=0.0, spacing=1.0`

const CONTRACT = `
    t, y are the time and the state reached, steps and rejected count the steps; out[i] is the state at at[i], times in order from
    t0 to t1. signals: for the drives SIGNALS either samples, one row a drive and one column a knot origin + j*spacing
    (HELD: a sample holds until the next knot, else straight lines join them; steps end at knots), or a smooth function of t
    that returns their values.`

export const NUMPY_LOOP = `

class IntegrationError(ArithmeticError):
    """An integration that could not go on; \`result\` is what was computed until then."""

    def __init__(self, reason, result):
        super().__init__(f"{reason} at t = {result.t}, y = {result.y}")
        self.result = result


def recorded(signals, origin, spacing, t0, t1):
    """Checked samples and the number of their intervals."""
    if not SIGNALS:
        return (), 1
    if signals is None:
        raise ValueError(f"give signals: one row of samples or one value for each of {', '.join(SIGNALS)}")
    if callable(signals):
        return signals, 1
    samples = np.asarray(signals, dtype=float)
    intervals = samples.shape[1] - (0 if HELD else 1) if samples.ndim > 1 and len(samples) == len(SIGNALS) else 0
    if intervals < 1 or not np.all(np.isfinite(samples)):
        raise ValueError(f"signals: give one row of finite samples for each of {', '.join(SIGNALS)}")
    if t1 < t0 or t0 < origin - 1e-9 * spacing or t1 > origin + (intervals + 1e-9) * spacing:
        raise ValueError(f"the signals cover {origin} ... {origin + intervals * spacing}, not {t0} ... {t1}")
    return samples, intervals


def integrate(${ARGUMENTS}):
    """Integrates from t0 to t1. Returns Integration(t, y, steps, rejected, out).
${CONTRACT}
    y0 may be of shape (states, trajectories), p and samples then with a last axis of trajectories: they share their steps.
    Raises IntegrationError, with the place and what was computed, if the step falls below roundoff or max_steps is reached.
    """
    y, t, t1, at, out = np.array(y0, dtype=float), float(t0), float(t1), np.asarray(at, dtype=float), []
    span, direction = abs(t1 - t), (1.0 if t1 >= t else -1.0)
    if not np.all(np.diff(np.concatenate([[t], at, [t1]])) * direction >= 0):
        raise ValueError("at: give times in order from t0 to t1")
    samples, intervals = recorded(signals, origin, spacing, t, t1)
    segment = max(0, min(intervals - 1, int(np.floor((t - origin) / spacing))))
    steps, rejected, refused, previous = 0, 0, False, 1e-4
    f = lambda t, y: rhs(t, y, p, value(samples, t, segment, origin, spacing))

    def result():
        return Integration(t, y, steps, rejected, np.array(out) if out else np.empty((0, *y.shape)))

    with np.errstate(all="ignore"):
        while len(out) < len(at) and at[len(out)] == t:
            out.append(y)
        first = f(t, y)
        if not np.all(np.isfinite(first)):
            raise IntegrationError("the right-hand side is not finite", result())
        if step is not None:
            proposed = step
        else:
            proposed = float(first_step(f, t, y, first, span, direction, rtol, atol)) if E else span / 1000
        while (t1 - t) * direction > 0:
            if steps + rejected >= max_steps:
                raise IntegrationError("the limit on steps was reached", result())
            limit = t1 if segment + 2 > intervals else min(origin + (segment + 1) * spacing, t1)
            h = min(proposed, span) * direction
            hits = (t + 1.0001 * h - limit) * direction >= 0
            h, ahead = (limit - t, limit) if hits else (h, t + h)
            if not hits and abs(h) <= max(1e-300, 4 * ROUNDOFF * abs(t)):
                raise IntegrationError("the step size fell below roundoff", result())
            k, new = stages(f, t, y, h, ahead, first)
            error = error_norm(y, new, h, k, rtol, atol) if E else 0.0 if np.all(np.isfinite(new)) else np.inf
            if not error <= 1:
                if not E:
                    raise IntegrationError("the solution is not finite", result())
                proposed = abs(h) * (max(0.1, 0.9 * error ** (-1 / CONTROL)) if np.isfinite(error) else 0.1)
                rejected, refused = rejected + 1, True
                continue
            first = k[-1]
            if len(out) < len(at) and (at[len(out)] - ahead) * direction <= 0:
                k = extended(f, t, y, h, k)
                while len(out) < len(at) and (at[len(out)] - ahead) * direction <= 0:
                    out.append(new if at[len(out)] == ahead else interpolate((at[len(out)] - t) / h, y, h, k))
            t, y, steps = ahead, new, steps + 1
            if E:
                factor = 0.9 * max(error, 1e-10) ** (0.03 - 1 / CONTROL) * previous**0.04
                growth = min(1.0 if refused else 10.0, max(0.2, factor))
                proposed = max(abs(h) * growth, min(proposed, proposed * growth)) if hits else abs(h) * growth
                previous, refused = max(error, 1e-4), False
            if hits and (t1 - t) * direction > 0:
                segment += 1
                first = f(t, y)
    return result()
`

export const JAX_LOOP = `

@partial(jax.jit, static_argnames=("max_steps", "drive"))
def _integrate(y0, t0, t1, p, rtol, atol, step, max_steps, at, samples, origin, spacing, drive):
    span, direction, count = np.abs(t1 - t0), np.where(t1 >= t0, 1.0, -1.0), len(at)
    intervals = samples.shape[1] - (0 if HELD else 1) if SIGNALS and drive is None else 1

    def f(segment):
        return lambda t, y: rhs(t, y, p, value(drive or samples, t, segment, origin, spacing))

    def due(written, until):
        return (written < count) & ((at[np.minimum(written, count - 1)] - until) * direction <= 0) if count > 0 else np.asarray(False)

    def write(s, h, ahead, new, k):
        def one(carry):
            written, out = carry
            between = interpolate((at[written] - s["t"]) / h, s["y"], h, k)
            return written + 1, out.at[written].set(np.where(at[written] == ahead, new, between))
        return jax.lax.while_loop(lambda carry: due(carry[0], ahead), one, (s["written"], s["out"]))

    def advance(s):
        t, y, segment, proposed = s["t"], s["y"], s["segment"], s["proposed"]
        limit = np.where(segment + 2 > intervals, t1, np.minimum(origin + (segment + 1) * spacing, t1)) if intervals > 1 else t1
        h = np.minimum(proposed, span) * direction
        hits = (t + 1.0001 * h - limit) * direction >= 0
        h, ahead = np.where(hits, limit - t, h), np.where(hits, limit, t + h)
        stuck = ~hits & (np.abs(h) <= np.maximum(1e-300, 4 * ROUNDOFF * np.abs(t)))
        k, new = stages(f(segment), t, y, h, ahead, s["first"])
        finite = np.all(np.isfinite(new))
        error = error_norm(y, new, h, k, rtol, atol) if E else np.where(finite, 0.0, np.inf)
        ok = (error <= 1) & ~stuck
        known = np.where(np.isfinite(error), np.maximum(error, 1e-10), 1.0)
        shrunk = np.abs(h) * np.where(np.isfinite(error), np.maximum(0.1, 0.9 * known ** (-1 / CONTROL)), 0.1)
        factor = 0.9 * known ** (0.03 - 1 / CONTROL) * s["previous"] ** 0.04
        growth = np.minimum(np.where(s["refused"], 1.0, 10.0), np.maximum(0.2, factor))
        grown = np.where(hits, np.maximum(np.abs(h) * growth, np.minimum(proposed, proposed * growth)), np.abs(h) * growth)
        written, out = s["written"], s["out"]
        if count > 0:
            written, out = jax.lax.cond(
                ok & due(written, ahead), lambda: write(s, h, ahead, new, extended(f(segment), t, y, h, k)), lambda: (written, out))
        crosses = ok & hits & ((t1 - ahead) * direction > 0)
        first = k[-1]
        if intervals > 1:
            first = jax.lax.cond(crosses, lambda: f(segment + 1)(ahead, new), lambda: k[-1])
        return {
            "t": np.where(ok, ahead, t), "y": np.where(ok, new, y), "first": np.where(ok, first, s["first"]),
            "segment": segment + crosses, "proposed": np.where(ok, grown, shrunk) if E else proposed,
            "previous": np.where(ok, np.maximum(error, 1e-4), s["previous"]), "refused": ~ok,
            "steps": s["steps"] + ok, "rejected": s["rejected"] + ~ok, "written": written, "out": out,
            "running": ~stuck & (ok | (len(E) > 0)),
        }

    def running(s):
        return s["running"] & ((t1 - s["t"]) * direction > 0) & (s["steps"] + s["rejected"] < max_steps)

    segment = np.clip(np.floor((t0 - origin) / spacing), 0, intervals - 1).astype(int)
    first = f(segment)(t0, y0)
    proposed = step if step is not None else first_step(f(segment), t0, y0, first, span, direction, rtol, atol) if E else span / 1000
    covered = (t0 >= origin - 1e-9 * spacing) & (t1 <= origin + (intervals + 1e-9) * spacing) if len(samples) > 0 else True
    written = np.sum((at - t0) * direction <= 0)
    start = {
        "t": t0, "y": y0, "first": first, "segment": segment, "proposed": np.asarray(proposed, dtype=np.float64),
        "previous": np.asarray(1e-4), "refused": np.asarray(False), "steps": np.asarray(0), "rejected": np.asarray(0), "written": written,
        "out": np.where(np.arange(count).reshape(-1, *[1] * y0.ndim) < written, y0, np.nan),
        "running": np.all(np.isfinite(first)) & covered,
    }
    s = jax.lax.while_loop(running, advance, start)
    return Integration(s["t"], s["y"], s["steps"], s["rejected"], s["out"])


def integrate(${ARGUMENTS}):
    """Integrates from t0 to t1. Returns Integration(t, y, steps, rejected, out), compiled by jax.jit.
${CONTRACT}
    A t short of t1 tells that max_steps was reached, the samples ended or the solution left its domain; outputs not reached are NaN.
    Differentiable forward, and mapped over initial values, parameters and samples by jax.vmap, each trajectory with its own steps.
    """
    if SIGNALS and signals is None:
        raise ValueError(f"give signals: one row of samples or one value for each of {', '.join(SIGNALS)}")
    number = lambda v: np.asarray(v, dtype=np.float64)
    samples = number(signals) if SIGNALS and not callable(signals) else ()
    if len(samples) > 0 and (samples.ndim < 2 or len(samples) != len(SIGNALS) or samples.shape[1] < (1 if HELD else 2)):
        raise ValueError(f"signals: give one row of samples for each of {', '.join(SIGNALS)}")
    return _integrate(number(y0), number(t0), number(t1), number(p), rtol, atol, step, max_steps, number(at), samples,
                      origin, spacing, signals if callable(signals) else None)
`
