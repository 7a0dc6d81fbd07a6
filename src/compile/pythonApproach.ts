import { APPROACH } from './integrator/approach.js'

/** How NumPy and JAX come to where states turn a switch of the rates: as `integrator/approach.ts`. */
export const PYTHON_APPROACH = `

def approach(before, after, error):
    """Where a step ends instead before states turn a switch, in parts of it, and how far behind that it may turn; from 1 on where none does.

    before, after: values of \`crossings\` and, times the step, their slopes at its ends. None counts where the rates behind drive it back.
    """
    (start, slope), (end, behind), whole = before, after, np.reshape(WHOLE, (-1, *[1] * (before.ndim - 2)))
    floor = np.floor(start)
    start, rise = start - np.where(whole, np.where(start < end, floor + 1, floor), 0.0), end - start
    comes = np.sign(slope) * np.sign(rise) > 0
    still = np.where(comes, slope, 1.0)
    root = np.sqrt(np.maximum(0.0, still**2 - 4 * (rise - still) * start))
    parabola = np.where(comes, -2 * start / (still + np.copysign(root, still)), 1 / 2)
    tangent = np.where(comes, -start / still, 1 / 4)
    apart, least, most = abs(parabola - tangent), np.minimum(parabola, tangent), np.maximum(parabola, tangent)
    stop = np.maximum(least / 2, ${1 - APPROACH.apart} * least - ${APPROACH.before} * apart)
    turned = (np.sign(start) * np.sign(start + rise) < 0) & (np.sign(behind) * np.sign(rise) > 0) & ((error <= 1) | (apart < most / 2))
    stop = np.where(turned & (stop < 1), stop, 2.0).ravel()
    return np.min(stop), (np.broadcast_to(most, turned.shape).ravel() - stop)[np.argmin(stop)]


def across(t, ahead):
    """The shortest step before a switch turns."""
    return ${APPROACH.across} * ROUNDOFF * np.maximum(abs(t), abs(ahead))


def goes_across(y, new, h, t, ahead, rtol, atol):
    """Whether a step is so short, or changes so little, that it may go across."""
    change = np.sum(abs(new - y) / (atol + rtol * np.maximum(abs(y), abs(new))))
    return (abs(h) <= 2 * across(t, ahead)) | (change <= ${APPROACH.matters})


def come_near(t, ahead, h, stop, left):
    """The size of the step instead, and how far the one behind it goes at most."""
    least, size = across(t, ahead), abs(h)
    return np.maximum(least, np.minimum(stop * size, size - least)), ${APPROACH.within} * np.maximum(least, left * size)
`
