import { SEARCH } from './integrator/eventSearch.js'
import { pythonEvents } from './pythonEvents.js'

/** What the loop over steps in JAX has for events: the search of `integrator/eventSearch.ts`, for all event functions at once. */
export const JAX_EVENTS = `${pythonEvents('jax.jvp(lambda t: np.asarray(signals(t)), (t,), (np.ones_like(t),))[1]')}

def own(look, places):
    """Of each event function its value and its slope at a place of its own; places may have several rows."""
    looks = jax.vmap(look)(places.ravel()).reshape(*places.shape, 2, len(EVENTS))
    return np.moveaxis(np.diagonal(looks, axis1=-3, axis2=-1), -2, 0)


def halve(step, start):
    """Repeats a halving of brackets, at most as often as doubles have bits, while any is open; a carry ends with what is open."""
    def go(carry):
        return carry[0] + 1, step(carry[1])
    return jax.lax.while_loop(lambda c: (c[0] < ${SEARCH.halvings}) & np.any(c[1][-1]), go, (0, start))[1]


def turns(look, low, high, at_low, at_high):
    """Places and values where functions that come towards zero at low and leave it at high have passed it, else high and the values there."""
    start = at_low[0]

    def step(carry):
        left, right, slope, other, place, bottom, going = carry
        middle = (left + right) / 2
        now, change = own(look, middle)
        beyond = differ(start, now)
        place, bottom = np.where(going & beyond, middle, place), np.where(going & beyond, now, bottom)
        going = going & ~beyond & ~((right - left) * (abs(slope) + abs(other)) < abs(now))
        nears = change * np.sign(start) < 0
        return (np.where(nears, middle, left), np.where(nears, right, middle), np.where(nears, change, slope), np.where(nears, other, change),
                place, bottom, going)

    going = (np.sign(at_low[0]) * at_low[1] < 0) & (np.sign(at_high[0]) * at_high[1] > 0)
    ends = [np.full(start.shape, end) for end in (low, high)]
    return halve(step, (*ends, at_low[1], at_high[1], ends[1], at_high[0], going))[4:6]


def zeros_between(look, low, high, at_low, at_high):
    """Places of the zeros of the event functions, two rows of them, behind each by less than rounding; 2 where there is none."""
    turn, bottom = turns(look, low, high, at_low, at_high)
    left, right = np.stack([np.full(turn.shape, low), turn]), np.stack([turn, np.full(turn.shape, high)])
    start, end = np.stack([at_low[0], bottom]), np.stack([bottom, at_high[0]])
    counted = crossed(start, end, DIRECTIONS)
    bound = ${SEARCH.pole} * np.maximum(abs(start), abs(end))

    def step(carry):
        left, right, end, going = carry
        middle = (left + right) / 2
        now = own(look, middle)[0]
        beyond = differ(start, now)
        return np.where(beyond, left, middle), np.where(beyond, middle, right), np.where(beyond, now, end), going

    _, right, end, _ = halve(step, (left, right, end, counted))
    return np.where(counted & (abs(end) <= bound), right, 2.0)


def search(look, before, after, keep, found):
    """Goes through a step in parts on which the event functions are cubics, as far as their middles tell.

    look(place): values of the event functions and, times the step, their slopes; before, after: those at its ends. keep(places, found)
    records the zeros of a part and gives the place of the first terminal one, 2 without, which ends the search.
    """
    def step(carry):
        low, width, at_low, stop, found = carry
        middle, high = low + width / 2, low + width
        at_middle, at_high = jax.vmap(look)(np.stack([middle, high]))
        at_high = np.where(high >= 1, after, at_high)
        fine = np.all(resolved(width, at_low, at_middle, at_high)) | (width <= ${SEARCH.least})
        halves = ((low, middle), (middle, high), (at_low, at_middle), (at_middle, at_high))
        places = jax.vmap(partial(zeros_between, look))(*map(np.stack, halves))
        stop, found = keep(np.where(fine, places, 2.0).reshape(-1, len(EVENTS)), found)
        ahead = np.where(fine, high, low)
        return (ahead, np.where(fine, np.minimum(2 * width, 1 - ahead), width / 2), np.where(fine, at_high, at_low), stop, found)

    start = (np.asarray(0.0), np.asarray(1.0), before, np.asarray(2.0), found)
    return jax.lax.while_loop(lambda c: (c[0] < 1) & (c[3] > 1), step, start)[3:]
`
