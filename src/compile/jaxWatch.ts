import { WATCH } from './integrator/chatter.js'

/** What the loop over steps in JAX has for rates that may jump: the watch of `integrator/chatter.ts`. */
export const JAX_WATCH = `

def jumps(f, t, y, h, slope, asked):
    """Whether the rates, slope at y, jump a few steps ahead: halving the way towards their greater change does not make the change less."""
    way = ${WATCH.reach} * h
    rates = lambda a: f(t + a * way, y + a * way * slope)
    change = lambda x, z: np.sum(abs(x - z))
    low, high = slope, jax.lax.cond(asked, lambda: rates(1.0), lambda: slope)
    whole, size = change(low, high), np.sum(abs(low) + abs(high))

    def step(carry):
        n, low, high, start, end = carry
        place = (start + end) / 2
        middle = rates(place)
        right = change(low, middle) < change(middle, high)
        return n + 1, *(np.where(right, a, b) for a, b in ((middle, low), (high, middle), (place, start), (end, place)))

    start = (np.asarray(0), low, high, np.asarray(0.0), np.asarray(1.0))
    _, low, high, _, _ = jax.lax.while_loop(lambda c: asked & (c[0] < ${WATCH.halvings}), step, start)
    return (change(low, high) > ${WATCH.kept} * whole) & (whole > ${WATCH.least} * size)


def watched(watch, ok, steps, attempts, ahead, t1, max_steps, jump):
    """Looks every ${WATCH.every} steps whether an integration chatters: the steps that are left do not do at this pace and many of the last
    ones went over a jump of the rates, where only tiny steps meet the tolerances."""
    since, tried, due, looks, found = watch
    look = ok & (steps >= due)
    short = look & ((max_steps - attempts) * abs(ahead - since) < abs(t1 - ahead) * (attempts - tried))
    looks, found = (np.where(look, np.where(short, n, 0), old) for n, old in ((looks + 1, looks), (found + jump(short), found)))
    watch = *(np.where(look, new, old) for new, old in ((ahead, since), (attempts, tried), (steps + ${WATCH.every}, due))), looks, found
    return watch, look & (found >= ${WATCH.jumps}) & (found >= ${WATCH.part} * looks)
`

/** Within the loop: a watch at the start, and asked after every accepted step. */
export const MAKE_WATCH = `(t0, np.asarray(0), np.asarray(${WATCH.every}), np.asarray(0), np.asarray(0))`
export const ASK_WATCH = `
        watch, chatters = watched(s["watch"], ok, s["steps"] + ok, s["steps"] + s["rejected"] + 1, ahead, t1, max_steps,
                                  lambda asked: jumps(f(segment), t, y, h, s["first"], asked))`
