import { SEARCH } from './integrator/eventSearch.js'

/**
 * How NumPy and JAX tell from values and slopes of the event functions, the slopes times the step, where to search for zeros: as
 * `integrator/eventDetection.ts`.
 * @param callableRate the rates at t of drives that are a function `signals` of time.
 */
export const pythonEvents = (callableRate: string): string => `

def rate(signals, t, segment, spacing):
    """Rates of the drives at time t, where event functions ask for them."""
    if not EVENTS_DRIVEN:
        return ()
    if callable(signals):
        return ${callableRate}
    return np.zeros(len(SIGNALS)) if HELD else (signals[:, segment + 1] - signals[:, segment]) / spacing


def differ(start, end):
    """Whether a value passed zero from one end to the other; a start at zero is no event."""
    return ((start < 0) & (end >= 0)) | ((start > 0) & (end <= 0))


def crossed(start, end, direction):
    """Whether it did in a direction that counts."""
    return differ(start, end) & (direction * start <= 0)


def may_vanish(before, after):
    """Which event functions may vanish in a step: the ends differ in sign, or their slopes reach to zero and back."""
    (start, slope), (end, other) = before, after
    reach = ${SEARCH.reach} * np.maximum(abs(slope), abs(other))
    return (abs(start) + abs(end) <= reach) | ~(start * end > 0)


def resolved(width, low, middle, high):
    """Which event functions are cubics in a part of a step: by the middle, and by Simpson's rule for the slope."""
    slopes = [width / 8 * look[1] for look in (low, middle, high)]
    cubic = (low[0] + high[0]) / 2 + slopes[0] - slopes[2]
    rise = 4 / 3 * (slopes[0] + 4 * slopes[1] + slopes[2])
    defect = np.maximum(abs(middle[0] - cubic), abs(high[0] - low[0] - rise))
    size = sum(abs(look[0]) + abs(slope) for look, slope in zip((low, middle, high), slopes))
    return defect <= ${SEARCH.resolved} * size
`
