import { WATCH } from './integrator/chatter.js'

/** What the loop over steps in NumPy has for rates that may jump: the watch of `integrator/chatter.ts`. */
export const NUMPY_WATCH = `

def jumps(f, t, y, h):
    """Whether the rates jump a few steps ahead: halving the way towards their greater change does not make the change less."""
    slope, way = f(t, y), ${WATCH.reach} * h
    rates = lambda a: f(t + a * way, y + a * way * slope)
    change = lambda x, z: np.sum(np.abs(x - z))
    low, high, start, end = slope, rates(1.0), 0.0, 1.0
    whole, size = change(low, high), np.sum(np.abs(low) + np.abs(high))
    for _ in range(${WATCH.halvings}):
        place = (start + end) / 2
        middle = rates(place)
        if change(low, middle) < change(middle, high):
            low, start = middle, place
        else:
            high, end = middle, place
    return change(low, high) > ${WATCH.kept} * whole and whole > ${WATCH.least} * size


class Watch:
    """Looks every ${WATCH.every} steps whether the integration chatters about a jump of the rates, where only tiny steps meet the tolerances."""

    def __init__(self, t):
        self.since, self.attempts, self.due, self.looks, self.found = t, 0, ${WATCH.every}, 0, 0

    def chatters(self, steps, attempts, ahead, t1, max_steps, jump):
        """Whether the steps that are left do not do at this pace and many of the last ones went over a jump."""
        if steps < self.due:
            return False
        if (max_steps - attempts) * abs(ahead - self.since) < abs(t1 - ahead) * (attempts - self.attempts):
            self.looks, self.found = self.looks + 1, self.found + jump()
        else:
            self.looks, self.found = 0, 0
        self.since, self.attempts, self.due = ahead, attempts, steps + ${WATCH.every}
        return self.found >= ${WATCH.jumps} and self.found >= ${WATCH.part} * self.looks
`

/** Within the loop: made before the first step, and asked after every accepted one. */
export const MAKE_WATCH = `
    watch = Watch(t)`
export const ASK_WATCH = `
            chatters = watch.chatters(steps + 1, steps + 1 + rejected, ahead, t1, max_steps, lambda: jumps(f, t, y, h))`
export const HEED_WATCH = `
            if chatters and not ended:
                raise IntegrationError("the right-hand side jumps and drives the solution back to the jump, so that only tiny steps meet "
                                       "the tolerances (end by a terminal event there, or make the jump smooth)", result(CHATTERING))`
