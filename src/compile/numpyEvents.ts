import { SEARCH } from './integrator/eventSearch.js'
import { pythonEvents } from './pythonEvents.js'

/** What the loop over steps in NumPy has for events: the search of `integrator/eventSearch.ts`, a step of one trajectory at a time. */
export const NUMPY_EVENTS = `${pythonEvents('(np.asarray(signals(t + 1e-6 * spacing)) - np.asarray(signals(t - 1e-6 * spacing))) / (2e-6 * spacing)')}

def zero_between(value, low, high, start, end):
    """Place where a function of one sign change passes zero, behind it by less than rounding; None at a pole."""
    bound = ${SEARCH.pole} * max(abs(start), abs(end))
    for _ in range(${SEARCH.halvings}):
        middle = (low + high) / 2
        now = value(middle)
        if differ(start, now):
            high, end = middle, now
        else:
            low = middle
    return high if abs(end) <= bound else None


def turn_between(look, e, low, high, from_, to):
    """Place and value beyond zero of function e, which comes towards zero at low and leaves it at high; else high and its value."""
    (start, slope), (end, other), last = from_, to, high
    for _ in range(${SEARCH.halvings}):
        middle = (low + high) / 2
        now, change = look(middle)[:, e]
        if differ(start, now):
            return middle, now
        if (high - low) * (abs(slope) + abs(other)) < abs(now):
            break
        if change * np.sign(start) < 0:
            low, slope = middle, change
        else:
            high, other = middle, change
    return last, end


def search(look, before, after):
    """Places in a step, 0 to 1, and numbers of the events, in order, none behind a terminal one.

    look(place): values of the event functions and, times the step, their slopes; before, after: those at its ends. It goes through
    the step in parts on which they are cubics, as far as their middles tell.
    """
    low, width, at_low = 0.0, 1.0, before
    while low < 1:
        middle, high = low + width / 2, low + width
        at_middle, at_high = look(middle), after if high >= 1 else look(high)
        if np.any(~resolved(width, at_low, at_middle, at_high)) and width > ${SEARCH.least}:
            width /= 2
            continue
        for a, b, from_, to in ((low, middle, at_low, at_middle), (middle, high, at_middle, at_high)):
            found = []
            for e in range(len(EVENTS)):
                turn, bottom = b, to[0][e]
                if np.sign(from_[0][e]) * from_[1][e] < 0 < np.sign(to[0][e]) * to[1][e]:
                    turn, bottom = turn_between(look, e, a, b, from_[:, e], to[:, e])
                for left, right, start, end in ((a, turn, from_[0][e], bottom), (turn, b, bottom, to[0][e])):
                    if crossed(start, end, DIRECTIONS[e]):
                        place = zero_between(lambda x: look(x)[0][e], left, right, start, end)
                        found += [] if place is None else [(place, e)]
            stop = min((place for place, e in found if TERMINAL[e]), default=2.0)
            yield from sorted((place, e) for place, e in found if place <= stop)
            if stop <= 1:
                return
        low, at_low = high, at_high
        width = min(2 * width, 1 - low)
`
