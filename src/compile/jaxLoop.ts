import { BEHIND, LOOKS, SHORTEST } from './integrator/ahead.js'
import { JAX_DERIVATIVES } from './jaxDerivatives.js'
import { JAX_EVENTS } from './jaxEvents.js'
import { ASK_WATCH, JAX_WATCH, MAKE_WATCH } from './jaxWatch.js'
import type { LoopParts } from './numpyLoop.js'
import { PYTHON_APPROACH } from './pythonApproach.js'
import { ARGUMENTS, CONTRACT } from './pythonCommon.js'

/** Within the loop: records events, and cuts a step short at the first terminal one. */
const FIND = `
    def looked(segment, t, y):
        signals = drive or samples
        return events(t, y, p, value(signals, t, segment, origin, spacing), rate(signals, t, segment, spacing))

    def find(s, h, ahead, new, now, k):
        """The step with its events recorded, and cut short by the first terminal one."""
        t, y = s["t"], s["y"]

        def look(step, place):
            t, y, h, k = step
            return looked(s["segment"], t + place * h, interpolate(place, y, h, k)) * np.stack([np.ones_like(h), h])[:, None]

        still = jax.lax.stop_gradient((t, y, h, k))
        times = np.stack([np.ones_like(h), h])[:, None]

        def keep(places, found):
            # By the implicit function theorem a place moves by -dg/g' where the event function g moves by dg.
            at = jax.lax.stop_gradient(np.minimum(places, 1.0))
            g, slope = jax.jvp(lambda a: own(partial(look, (t, y, h, k)), a)[0], (at,), (np.ones_like(at),))
            slope = jax.lax.stop_gradient(np.where(slope == 0, np.inf, slope))
            places = np.where(places <= 1, at - (g - jax.lax.stop_gradient(g)) / slope, places)
            stop = np.min(np.where(TERMINAL, places, 2.0))
            count, which, when, states = found
            numbers = np.broadcast_to(np.arange(len(EVENTS)), places.shape).ravel()
            order = np.argsort(places.ravel())
            places = places.ravel()[order]
            kept = places <= np.minimum(stop, 1.0)
            to = np.where(kept, count + np.arange(len(places)), max_events)
            which, when = which.at[to].set(numbers[order], mode="drop"), when.at[to].set(t + places * h, mode="drop")
            states = states.at[to].set(jax.vmap(lambda a: interpolate(a, y, h, k))(places), mode="drop")
            count = count + np.sum(kept)
            return stop, (count, which, when, states)

        stop, found = search(partial(look, still), *jax.lax.stop_gradient((times * s["before"], times * now)), keep, s["found"])
        ended = stop <= 1
        return found, ended, np.where(ended, t + stop * h, ahead), np.where(ended, interpolate(stop, y, h, k), new)
`

const LOOK_AHEAD = `

def look_ahead(t, p, direction, span, limit):
    """Just behind the nearest of the lookouts before the limit; about a jump first just before it."""
    moved = lambda t, size, by: t + by * ROUNDOFF * direction * size
    least = np.maximum(ROUNDOFF * span, np.abs(t))
    here = moved(t, least, 8)
    found = jax.lax.stop_gradient(lookouts(here, p))
    places, periods, jumps = found[:, 0].ravel(), found[:, 1].ravel(), np.repeat(JUMPS, found.shape[2])
    sizes = np.maximum(np.abs(periods), np.maximum(np.abs(places), least))
    before = moved(places, sizes, -16)
    stops = np.where(jumps & ((before - moved(t, sizes, 8)) * direction > 0), before, moved(places, sizes, 8))
    ahead = ((places - np.where(jumps, moved(t, sizes, -2), here)) * direction > 0) & ((stops - limit) * direction < 0)
    return direction * np.min(np.where(ahead, stops * direction, limit * direction))
`

const TURN_AHEAD = `

def turn_ahead(t, p, direction, span, ahead):
    """Where a step to \`ahead\` ends if the rates turn in time: before the first place, from right before it behind; else ahead."""
    t, p, ahead = jax.lax.stop_gradient((t, p, ahead))
    at = turning(t, p)
    turned = lambda place: np.any(np.abs(turning(place, p) - at) > 0)
    size = lambda high: np.maximum(ROUNDOFF * span, np.maximum(np.abs(t), np.abs(high)))
    places = t + np.arange(${LOOKS + 1}) * (ahead - t) / ${LOOKS}
    seen = jax.vmap(turned)(places[1:])
    first = np.argmax(seen)

    def halve(bracket):
        low, high = bracket
        middle = (low + high) / 2
        beyond = turned(middle)
        return np.where(beyond, low, middle), np.where(beyond, middle, high)

    open_ = lambda b: np.any(seen) & (np.abs(b[1] - b[0]) > ROUNDOFF * size(b[1]))
    low, high = jax.lax.while_loop(open_, halve, (places[first], places[first + 1]))
    moved = lambda place, by: place + by * ROUNDOFF * direction * size(high)
    before = moved(low, -${BEHIND})
    place = np.where((before - moved(t, ${BEHIND})) * direction > 0, before, moved(high, ${BEHIND}))
    return np.where(np.any(seen) & ((ahead - place) * direction > 0), place, ahead)
`

const FORWARD = `Differentiable in forward mode (jax.jvp,
    jax.jacfwd), the times and states of events included.`
const BOTH_MODES = `Differentiable by all
    numbers given, the times and states of events included: in forward mode (jax.jvp, jax.jacfwd) and once in reverse mode (jax.grad,
    jax.jacrev), each at the cost of one more trajectory for each number that is differentiated; second derivatives by jax.hessian.
    Where signals is a function, in forward mode only. Steps are constants of the derivatives.`

/** Within the loop: an attempt that ends where states have turned a switch is given up; and behind a step that ends before, the next is short. */
const CROSS = `
        given = jax.lax.stop_gradient((t, y, ahead, new, h, p))
        turned = lambda t, y, p, h: crossings(t, y, p, value(drive or samples, t, segment, origin, spacing)) * np.reshape(np.stack([np.ones_like(h), h]), (2, *[1] * y.ndim))
        stop, left = jax.lax.stop_gradient(approach(turned(*given[:2], given[5], given[4]), turned(*given[2:4], given[5], given[4]), error))
        given_up = ~stuck & (stop < 1) & ~goes_across(given[1], given[3], given[4], given[0], given[2], *jax.lax.stop_gradient((rtol, atol)))
        ok = ok & ~given_up`
/** An attempt within the tolerances or, about a jump, as short as rounding lets steps be. */
const SHORT = `((error <= 1) | (hits & (np.abs(h) <= ${SHORTEST} * ROUNDOFF * np.maximum(np.abs(t), np.abs(ahead))) & (error < np.inf)))`
const STAY_NEAR = `        size, next_within = come_near(*given[:1], given[2], given[4], stop, left)
        short = np.where(s["within"] > 0, given[2] + s["within"] * direction, direction * np.inf)
        near = np.where(given_up, given[0] + size * direction, np.where(ok & hits, short, s["near"]))
        within = np.where(given_up, next_within, np.where(ok & hits, 0.0, s["within"]))
`

/** The loop over steps in JAX; `reverse`: whether it is differentiated in reverse mode too. */
export const jaxLoop = ({ watches, events, looks, turns, crosses, waves, reverse }: LoopParts & { readonly reverse: boolean }): string => `${watches ? JAX_WATCH : ''}${events ? JAX_EVENTS : ''}${looks ? LOOK_AHEAD : ''}${turns ? TURN_AHEAD : ''}${crosses ? PYTHON_APPROACH : ''}

@partial(jax.jit, static_argnames=("max_steps", "drive", "max_events"))
def _integrate(y0, t0, t1, p, rtol, atol, step, at, samples, origin, spacing, max_steps, drive, max_events):
    span, direction, count = np.abs(t1 - t0), np.where(t1 >= t0, 1.0, -1.0), len(at)
    intervals = samples.shape[1] - (0 if HELD else 1) if SIGNALS and drive is None else 1

    def f(segment):
        return lambda t, y: rhs(t, y, p, value(drive or samples, t, segment, origin, spacing))
${events ? FIND : ''}
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
        knot = np.where(segment + 2 > intervals, t1, np.minimum(origin + (segment + 1) * spacing, t1)) if intervals > 1 else t1
        limit = ${looks ? 'look_ahead(t, p, direction, span, knot)' : 'knot'}${crosses ? `
        limit = np.where((s["near"] - limit) * direction < 0, s["near"], limit)` : ''}
        h = np.minimum(proposed, ${waves ? 'np.minimum(span, jax.lax.stop_gradient(longest(t, p)))' : 'span'}) * direction
        hits = (t + 1.0001 * h - limit) * direction >= 0
        ahead = np.where(hits, limit, t + h)${turns ? `
        place = turn_ahead(t, p, direction, span, ahead)
        hits, limit, ahead = hits | (place != ahead), np.where(place == ahead, limit, place), place` : ''}
        stuck = ~hits & (np.abs(h) <= np.maximum(1e-300, 4 * ROUNDOFF * np.abs(t)))
        h = np.where(stuck, h, ahead - t)
        k, new = stages(f(segment), t, y, h, ahead, s["first"])
        finite = np.all(np.isfinite(new))
        # Steps are constants of the derivatives: the root of an error of zero has none.
        error = jax.lax.stop_gradient(error_norm(y, new, h, k, rtol, atol)) if E else np.where(finite, 0.0, np.inf)
        ok = ${looks || turns || crosses ? SHORT : '(error <= 1)'} & ~stuck${crosses ? CROSS : ''}
        known = np.where(np.isfinite(error), np.maximum(error, 1e-10), 1.0)
        shrunk = np.abs(h) * np.where(np.isfinite(error), np.maximum(0.1, 0.9 * known ** (-1 / CONTROL)), 0.1)
        factor = 0.9 * known ** (0.03 - 1 / CONTROL) * s["previous"] ** 0.04
        growth = np.minimum(np.where(s["refused"], 1.0, 10.0), np.maximum(0.2, factor))
        grown = np.where(hits, np.maximum(np.abs(h) * growth, np.minimum(proposed, proposed * growth)), np.abs(h) * growth)
        written, out = s["written"], s["out"]
        first, found, ended, before = k[-1], s["found"], np.asarray(False), s["before"]
        if EVENTS:
            now, times = looked(segment, ahead, new), np.stack([np.ones_like(h), h])[:, None]
            found, ended, ahead, new = jax.lax.cond(
                ok & np.any(may_vanish(times * before, times * now)), lambda: find(s, h, ahead, new, now, extended(f(segment), t, y, h, k)),
                lambda: (found, ended, ahead, new))
            before = np.where(ok, now, before)
        if count > 0:
            written, out = jax.lax.cond(
                ok & due(written, ahead), lambda: write(s, h, ahead, new, extended(f(segment), t, y, h, k)), lambda: (written, out))
        crosses = ok & hits & (limit == knot) & ((t1 - ahead) * direction > 0) & ~ended
        if intervals > 1:
            first = jax.lax.cond(crosses, lambda: f(segment + 1)(ahead, new), lambda: k[-1])
${crosses ? STAY_NEAR : ''}        status = np.where(stuck, np.where(np.isfinite(error), STUCK, NOT_FINITE), np.where(ok | (len(E) > 0), RUNNING, NOT_FINITE))${watches ? ASK_WATCH : ''}
        return {
            "t": np.where(ok, ahead, t), "y": np.where(ok, new, y), "first": np.where(ok, first, s["first"]),
            "segment": segment + crosses, "proposed": ${crosses ? 'np.where(given_up, proposed, np.where(ok, grown, shrunk))' : 'np.where(ok, grown, shrunk) if E else proposed'},
            "previous": np.where(ok, np.maximum(error, 1e-4), s["previous"]), "refused": ${crosses ? 'np.where(given_up, s["refused"], ~ok)' : '~ok'},${crosses ? `
            "near": near, "within": within,` : ''}
            "steps": s["steps"] + ok, "rejected": s["rejected"] + ~ok, "written": written, "out": out,
            "status": np.where(ended, ENDED, ${watches ? 'np.where(chatters, CHATTERING, status)' : 'status'}), "before": before, "found": found,${watches ? `
            "watch": watch,` : ''}
        }

    def running(s):
        return (s["status"] == RUNNING) & ((t1 - s["t"]) * direction > 0) & (s["steps"] + s["rejected"] < max_steps)

    segment = np.clip(np.floor((t0 - origin) / spacing), 0, intervals - 1).astype(int)
    first = f(segment)(t0, y0)
    proposed = jax.lax.stop_gradient(
        step if step is not None else first_step(f(segment), t0, y0, first, span, direction, rtol, atol) if E else span / 1000)
    covered = (t0 >= origin - 1e-9 * spacing) & (t1 <= origin + (intervals + 1e-9) * spacing) if len(samples) > 0 else True
    valid = covered & np.isfinite(span) & in_order(t0, at, t1) & positive(rtol, atol) & (True if step is None else np.asarray(step) > 0)
    written = np.sum((at - t0) * direction <= 0)
    start = {
        "t": t0, "y": y0, "first": first, "segment": segment, "proposed": np.asarray(proposed, dtype=np.float64),
        "previous": np.asarray(1e-4), "refused": np.asarray(False),${crosses ? ' "near": direction * np.inf, "within": np.asarray(0.0),' : ''} "steps": np.asarray(0), "rejected": np.asarray(0), "written": written,
        "out": np.where(np.arange(count).reshape(-1, *[1] * y0.ndim) < written, y0, np.nan),
        "status": np.where(valid, np.where(np.all(np.isfinite(first)), RUNNING, NOT_FINITE), INVALID),
        "before": looked(segment, t0, y0) if EVENTS else (),${watches ? `
        "watch": ${MAKE_WATCH},` : ''}
        "found": (np.asarray(0), np.full(max_events, -1), np.full(max_events, np.nan), np.full((max_events, *y0.shape), np.nan)),
    }
    s = jax.lax.while_loop(running, advance, start)
    over = np.where((t1 - s["t"]) * direction <= 0, COMPLETED, LIMIT)
    return Integration(s["t"], s["y"], s["steps"], s["rejected"], s["out"], s["found"], np.where(s["status"] == RUNNING, over, s["status"]))

${reverse ? JAX_DERIVATIVES : ''}

def integrate(${ARGUMENTS}, max_events=100):
    """Integrates from t0 to t1. Returns Integration(t, y, steps, rejected, out, events, status), compiled by jax.jit; events are their number and
    of the first max_events, in their order, which of EVENTS (-1 behind the last), the times and the states.
${CONTRACT}
    STATUS[status] tells how it ended: code that is compiled raises no errors. Outputs not reached are NaN. Mapped over initial values,
    parameters and samples by jax.vmap, each trajectory with its own steps. ${reverse ? BOTH_MODES : FORWARD}
    """
    if SIGNALS and signals is None:
        raise ValueError(f"give signals: one row of samples or one value for each of {', '.join(SIGNALS)}")
    number = lambda v: np.asarray(v, dtype=np.float64)
    samples = number(signals) if SIGNALS and not callable(signals) else ()
    if len(samples) > 0 and (samples.ndim < 2 or len(samples) != len(SIGNALS) or samples.shape[1] < (1 if HELD else 2)):
        raise ValueError(f"signals: give one row of samples for each of {', '.join(SIGNALS)}")
    fitting(number(y0), number(p))
    given = (number(y0), number(t0), number(t1), number(p), number(rtol), number(atol), None if step is None else number(step), number(at),
             samples, number(origin), number(spacing))
    room = max_events if EVENTS else 0${reverse ? `
    if not callable(signals):
        return _differentiable(max_steps, room, given)` : ''}
    return _integrate(*given, max_steps=max_steps, drive=signals if callable(signals) else None, max_events=room)
`
