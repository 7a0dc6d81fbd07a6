import { BEHIND, LOOKS, SHORTEST } from './integrator/ahead.js'
import { ASK_WATCH, HEED_WATCH, MAKE_WATCH, NUMPY_WATCH } from './numpyWatch.js'
import { NUMPY_EVENTS } from './numpyEvents.js'
import { PYTHON_APPROACH } from './pythonApproach.js'
import { ARGUMENTS, CONTRACT } from './pythonCommon.js'

/** What a loop over steps does besides: it looks for chatter about a jump of the rates, for events, for their waves, and for what functions of time do ahead. */
export interface LoopParts {
  readonly watches: boolean
  readonly events: boolean
  readonly looks: boolean
  readonly turns: boolean
  readonly crosses: boolean
  readonly waves: boolean
}

const LOOK_AHEAD = `

def look_ahead(t, p, direction, span, limit):
    """Just behind the nearest of the lookouts before the limit; about a jump first just before it."""
    moved = lambda t, size, by: t + by * ROUNDOFF * direction * size
    least = np.maximum(ROUNDOFF * span, abs(t))
    here = moved(t, least, 8)
    found = lookouts(here, p)
    places, periods, jumps = found[:, 0].ravel(), found[:, 1].ravel(), np.repeat(JUMPS, found.shape[2])
    sizes = np.maximum(abs(periods), np.maximum(abs(places), least))
    before = moved(places, sizes, -16)
    stops = np.where(jumps & ((before - moved(t, sizes, 8)) * direction > 0), before, moved(places, sizes, 8))
    stops = stops[((places - np.where(jumps, moved(t, sizes, -2), here)) * direction > 0) & ((stops - limit) * direction < 0)]
    return float(stops[np.argmin(stops * direction)]) if len(stops) else limit
`

const TURN_AHEAD = `

def turn_ahead(t, p, direction, span, ahead):
    """Where a step to \`ahead\` ends if the rates turn in time: before the first place, from right before it behind; else ahead."""
    at, low, high = turning(t, p), t, t
    turned = lambda place: np.any(abs(turning(place, p) - at) > 0)
    moved = lambda place, by: place + by * ROUNDOFF * direction * size()
    size = lambda: max(ROUNDOFF * span, abs(t), abs(high))
    for n in range(1, ${LOOKS + 1}):
        low, high = high, t + n * (ahead - t) / ${LOOKS}
        if turned(high):
            break
    else:
        return ahead
    while abs(high - low) > ROUNDOFF * size():
        middle = (low + high) / 2
        low, high = (low, middle) if turned(middle) else (middle, high)
    before = moved(low, -${BEHIND})
    place = before if (before - moved(t, ${BEHIND})) * direction > 0 else moved(high, ${BEHIND})
    return place if (ahead - place) * direction > 0 else ahead
`

/** Within the loop: gives up an attempt that ends where states have turned a switch; and behind a step that ends before, the next is short. */
const CROSS = `            stop, left = approach(crossings(t, y, p, u(t)) * slopes_by(h), crossings(ahead, new, p, u(ahead)) * slopes_by(h), error)
            if stop < 1 and not goes_across(y, new, h, t, ahead, rtol, atol):
                size, within = come_near(t, ahead, h, stop, left)
                near, rejected = t + size * direction, rejected + 1
                continue
`
/** An attempt within the tolerances or, about a jump, as short as rounding lets steps be. */
const SHORT = `(error <= 1 or (hits and abs(h) <= ${SHORTEST} * ROUNDOFF * max(abs(t), abs(ahead)) and error < np.inf))`
const STAY_NEAR = `            if hits:
                near, within = t + within * direction if within > 0 else direction * np.inf, 0.0
`

/** The loop over steps in NumPy. */
export const numpyLoop = ({ watches, events, looks, turns, crosses, waves }: LoopParts): string => `${watches ? NUMPY_WATCH : ''}${events ? NUMPY_EVENTS : ''}${looks ? LOOK_AHEAD : ''}${turns ? TURN_AHEAD : ''}${crosses ? PYTHON_APPROACH : ''}

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
        return (lambda t: [np.asarray(u, dtype=float) for u in signals(t)]), 1
    samples = np.asarray(signals, dtype=float)
    intervals = samples.shape[1] - (0 if HELD else 1) if samples.ndim > 1 and len(samples) == len(SIGNALS) else 0
    if intervals < 1 or not np.all(np.isfinite(samples)):
        raise ValueError(f"signals: give one row of finite samples for each of {', '.join(SIGNALS)}")
    if t1 < t0 or t0 < origin - 1e-9 * spacing or t1 > origin + (intervals + 1e-9) * spacing:
        raise ValueError(f"the signals cover {origin} ... {origin + intervals * spacing}, not {t0} ... {t1}")
    return samples, intervals


def integrate(${ARGUMENTS}):
    """Integrates from t0 to t1. Returns Integration(t, y, steps, rejected, out, events, status); events: (name, t, y) in their order.
${CONTRACT}
    Without events y0 may be of shape (states, trajectories), p and samples then with a last axis of trajectories: they share their steps.
    Raises IntegrationError, with the place and what was computed, if the step falls below roundoff or max_steps is reached.
    """
    # Times and parameters are NumPy's numbers: by one that is zero it divides.
    y, t, t1, p = np.array(y0, dtype=float), np.float64(t0), np.float64(t1), np.asarray(p, dtype=float)
    at, out = np.asarray(at, dtype=float), []
    span, direction = abs(t1 - t), (1.0 if t1 >= t else -1.0)
    fitting(y, p)
    if not np.isfinite(span):
        raise ValueError(f"t0, t1: a span from {t} to {t1} has no end, give finite times")
    if not in_order(t, at, t1):
        raise ValueError("at: give times in order from t0 to t1")
    if not positive(rtol, atol):
        raise ValueError("rtol, atol: give tolerances that are not negative, and not both 0")
    if step is not None and not step > 0:
        raise ValueError("step: give a positive step")
    if EVENTS and y.ndim > 1:
        raise ValueError("y0: events are found for one trajectory at a time")
    samples, intervals = recorded(signals, origin, spacing, t, t1)
    segment = max(0, min(intervals - 1, int(np.floor((t - origin) / spacing))))
    steps, rejected, refused, previous, error = 0, 0, False, 1e-4, 0.0
    u = lambda t: value(samples, t, segment, origin, spacing)
    f = lambda t, y: rhs(t, y, p, u(t))
    found, ended = [], False${watches ? MAKE_WATCH : ''}${crosses ? `
    near, within = direction * np.inf, 0.0` : ''}${crosses ? `
    slopes_by = lambda h: np.reshape([1.0, h], (2, *[1] * y.ndim))` : ''}

    def result(status):
        return Integration(float(t), y, steps, rejected, np.array(out) if out else np.empty((0, *y.shape)), found, status)

    def looked(t, y):
        return events(t, y, p, u(t), rate(samples, t, segment, spacing))

    with np.errstate(all="ignore"):
        while len(out) < len(at) and at[len(out)] == t:
            out.append(y)
        first = f(t, y)
        before = looked(t, y) if EVENTS else ()
        if not np.all(np.isfinite(first)):
            raise IntegrationError("the right-hand side is not finite", result(NOT_FINITE))
        if step is not None:
            proposed = step
        else:
            proposed = float(first_step(f, t, y, first, span, direction, rtol, atol)) if E else span / 1000
        while (t1 - t) * direction > 0 and not ended:
            if steps + rejected >= max_steps:
                raise IntegrationError("the limit on steps was reached", result(LIMIT))
            knot = limit = t1 if segment + 2 > intervals else min(origin + (segment + 1) * spacing, t1)${looks ? `
            limit = look_ahead(t, p, direction, span, knot)` : ''}${crosses ? `
            limit = near if (near - limit) * direction < 0 else limit` : ''}
            h = min(proposed, span${waves ? ', longest(t, p)' : ''}) * direction
            hits = (t + 1.0001 * h - limit) * direction >= 0
            ahead = limit if hits else t + h${turns ? `
            place = turn_ahead(t, p, direction, span, ahead)
            hits, limit, ahead = (hits, limit, ahead) if place == ahead else (True, place, place)` : ''}
            if not hits and abs(h) <= max(1e-300, 4 * ROUNDOFF * abs(t)):
                reason, status = ("the step size fell below roundoff", STUCK) if np.isfinite(error) else ("the solution is not finite", NOT_FINITE)
                raise IntegrationError(reason, result(status))
            h = ahead - t
            k, new = stages(f, t, y, h, ahead, first)
            error = error_norm(y, new, h, k, rtol, atol) if E else 0.0 if np.all(np.isfinite(new)) else np.inf
${crosses ? CROSS : ''}            if not ${looks || turns || crosses ? SHORT : 'error <= 1'}:
                if not E:
                    raise IntegrationError("the solution is not finite", result(NOT_FINITE))
                proposed = abs(h) * (max(0.1, 0.9 * error ** (-1 / CONTROL)) if np.isfinite(error) else 0.1)
                rejected, refused = rejected + 1, True
                continue
            first = k[-1]
            now = looked(ahead, new) if EVENTS else ()
            times = np.array([[1.0], [h]])
            searched = EVENTS and np.any(may_vanish(times * before, times * now))
            if searched or (len(out) < len(at) and (at[len(out)] - ahead) * direction <= 0):
                k = extended(f, t, y, h, k)
                within = lambda place: times * looked(t + place * h, interpolate(place, y, h, k))
                for place, e in search(within, times * before, times * now) if searched else ():
                    found.append((EVENTS[e], float(t + place * h), interpolate(place, y, h, k)))
                    if TERMINAL[e]:
                        (_, ahead, new), ended = found[-1], True
                while len(out) < len(at) and (at[len(out)] - ahead) * direction <= 0:
                    out.append(new if at[len(out)] == ahead else interpolate((at[len(out)] - t) / h, y, h, k))${watches ? ASK_WATCH : ''}
            t, y, steps, before = ahead, new, steps + 1, now${watches ? HEED_WATCH : ''}
            if E:
                factor = 0.9 * max(error, 1e-10) ** (0.03 - 1 / CONTROL) * previous**0.04
                growth = min(1.0 if refused else 10.0, max(0.2, factor))
                proposed = max(abs(h) * growth, min(proposed, proposed * growth)) if hits else abs(h) * growth
                previous, refused = max(error, 1e-4), False
${crosses ? STAY_NEAR : ''}            if hits and limit == knot and (t1 - t) * direction > 0 and not ended:
                segment += 1
                first = f(t, y)
    return result(ENDED if ended else COMPLETED)
`
