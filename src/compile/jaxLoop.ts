import { ARGUMENTS, CONTRACT } from './pythonCommon.js'

/** The loop over steps in JAX. */
export const JAX_LOOP = `

@partial(jax.jit, static_argnames=("max_steps", "drive", "max_events"))
def _integrate(y0, t0, t1, p, rtol, atol, step, max_steps, at, samples, origin, spacing, drive, max_events):
    span, direction, count = np.abs(t1 - t0), np.where(t1 >= t0, 1.0, -1.0), len(at)
    intervals = samples.shape[1] - (0 if HELD else 1) if SIGNALS and drive is None else 1

    def f(segment):
        return lambda t, y: rhs(t, y, p, value(drive or samples, t, segment, origin, spacing))

    def event_values(segment, t, y):
        return events(t, y, p, value(drive or samples, t, segment, origin, spacing))

    def find(s, h, ahead, new, now, k):
        """The step with its events recorded, and cut short by the first terminal one."""
        t, y, before = s["t"], s["y"], s["before"]

        def values_at(places):
            return np.diagonal(jax.vmap(lambda a: event_values(s["segment"], t + a * h, interpolate(a, y, h, k)))(places))

        def halve(_, ends):
            low, high = ends
            middle = (low + high) / 2
            values = values_at(middle)
            beyond = ((before < 0) & (values >= 0)) | ((before > 0) & (values <= 0))
            return np.where(beyond, low, middle), np.where(beyond, middle, high)

        _, high = jax.lax.fori_loop(0, 53, halve, (np.zeros(len(EVENTS)), np.ones(len(EVENTS))))
        # By the implicit function theorem a place moves by -dg/g' where the event function g moves by dg.
        high = jax.lax.stop_gradient(high)
        g, slope = jax.jvp(values_at, (high,), (np.ones(len(EVENTS)),))
        slope = jax.lax.stop_gradient(np.where(slope == 0, np.inf, slope))
        high = high - (g - jax.lax.stop_gradient(g)) / slope
        place = np.where(crossed(before, now), high, 2.0)
        stop = np.min(np.where(TERMINAL, place, 2.0))
        found, which, times, states = s["found"]
        for e in np.argsort(place):
            kept = (place[e] <= 1) & (place[e] <= stop)
            to = np.where(kept, found, max_events)
            which, times = which.at[to].set(e, mode="drop"), times.at[to].set(t + place[e] * h, mode="drop")
            states, found = states.at[to].set(interpolate(place[e], y, h, k), mode="drop"), found + kept
        ended = stop <= 1
        return (found, which, times, states), ended, np.where(ended, t + stop * h, ahead), np.where(ended, interpolate(stop, y, h, k), new)

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
        first, found, ended, before = k[-1], s["found"], np.asarray(False), s["before"]
        if EVENTS:
            now = event_values(segment, ahead, new)
            found, ended, ahead, new = jax.lax.cond(
                ok & np.any(crossed(before, now)), lambda: find(s, h, ahead, new, now, extended(f(segment), t, y, h, k)),
                lambda: (found, ended, ahead, new))
            before = np.where(ok, now, before)
        if count > 0:
            written, out = jax.lax.cond(
                ok & due(written, ahead), lambda: write(s, h, ahead, new, extended(f(segment), t, y, h, k)), lambda: (written, out))
        crosses = ok & hits & ((t1 - ahead) * direction > 0) & ~ended
        if intervals > 1:
            first = jax.lax.cond(crosses, lambda: f(segment + 1)(ahead, new), lambda: k[-1])
        return {
            "t": np.where(ok, ahead, t), "y": np.where(ok, new, y), "first": np.where(ok, first, s["first"]),
            "segment": segment + crosses, "proposed": np.where(ok, grown, shrunk) if E else proposed,
            "previous": np.where(ok, np.maximum(error, 1e-4), s["previous"]), "refused": ~ok,
            "steps": s["steps"] + ok, "rejected": s["rejected"] + ~ok, "written": written, "out": out,
            "running": ~stuck & (ok | (len(E) > 0)) & ~ended, "before": before, "found": found,
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
        "running": np.all(np.isfinite(first)) & covered, "before": event_values(segment, t0, y0) if EVENTS else (),
        "found": (np.asarray(0), np.full(max_events, -1), np.full(max_events, np.nan), np.full((max_events, *y0.shape), np.nan)),
    }
    s = jax.lax.while_loop(running, advance, start)
    return Integration(s["t"], s["y"], s["steps"], s["rejected"], s["out"], s["found"])


def integrate(${ARGUMENTS}, max_events=100):
    """Integrates from t0 to t1. Returns Integration(t, y, steps, rejected, out, events), compiled by jax.jit; events are their number and
    of the first max_events, in their order, which of EVENTS (-1 behind the last), the times and the states.
${CONTRACT}
    A t short of t1 tells that a terminal event or max_steps was reached, the samples ended or the solution left its domain; outputs not
    reached are NaN. Differentiable forward, the times and states of events included, and mapped over initial values, parameters and
    samples by jax.vmap, each trajectory with its own steps.
    """
    if SIGNALS and signals is None:
        raise ValueError(f"give signals: one row of samples or one value for each of {', '.join(SIGNALS)}")
    number = lambda v: np.asarray(v, dtype=np.float64)
    samples = number(signals) if SIGNALS and not callable(signals) else ()
    if len(samples) > 0 and (samples.ndim < 2 or len(samples) != len(SIGNALS) or samples.shape[1] < (1 if HELD else 2)):
        raise ValueError(f"signals: give one row of samples for each of {', '.join(SIGNALS)}")
    return _integrate(number(y0), number(t0), number(t1), number(p), rtol, atol, step, max_steps, number(at), samples,
                      origin, spacing, signals if callable(signals) else None, max_events if EVENTS else 0)
`
