"""Peers of the integrators on one problem, measured when they are asked.

Usage: peers.py PROBLEM.json, a problem of kind `pleiades`, `oscillators` or `network`. Prints one JSON line for each peer and
tolerance, {id, peer, version, tolerance}, or {peer, absent: reason}, then {ready}. Then reads lines `id seconds` and answers each
with {id, seconds, error} or {id, fault}: the least seconds of a run, and the distance to the reference; for 0 seconds it only prepares.
"""
import importlib.metadata
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
# What a peer prints (compilers, progress) goes to stderr; the answers keep the real stdout.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

problem = json.load(open(sys.argv[1]))
contestants = []


def say(**message):
    answers.write(json.dumps(message) + "\n")


def offer(peer, package, tolerances, prepare):
    """Offers a peer at tolerances; prepare(tolerance) returns a function that solves the problem (and, of a part of it, its size)."""
    for tolerance in tolerances:
        contestants.append(lambda tolerance=tolerance: prepare(tolerance))
        say(id=len(contestants) - 1, peer=peer, version=importlib.metadata.version(package), tolerance=tolerance)


def attempt(peer, run):
    try:
        run()
    except Exception as fault:
        named = "" if isinstance(fault, NotImplementedError) else f"{type(fault).__name__}: "
        say(peer=peer, absent=f"{named}{fault}")


def pleiades(np):
    y0, t1, tolerances = np.array(problem["y0"], dtype=float), problem["t1"], problem["tolerances"]
    mass = np.arange(1, 8.0)

    def rates(_, z):
        x, y = z[:7], z[7:14]
        dx, dy = x[None] - x[:, None], y[None] - y[:, None]
        r3 = (dx**2 + dy**2) ** 1.5
        np.fill_diagonal(r3, 1.0)
        return np.concatenate([z[14:], (mass * dx / r3).sum(1), (mass * dy / r3).sum(1)])

    def pulls(x, y, add, power):
        pull = lambda a, i: add([mass[j] * (a[j] - a[i]) * power((x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2) for j in range(7) if j != i])
        return [pull(a, i) for a in (x, y) for i in range(7)]

    def scipy():
        from scipy.integrate import solve_ivp

        for method in ("RK45", "DOP853", "LSODA"):
            offer(f"SciPy {method}", "scipy", [t for t in tolerances if t >= 1e-13 and (method != "RK45" or t >= 1e-9)],
                  lambda tol, method=method: lambda: solve_ivp(rates, (0, t1), y0, method=method, rtol=tol, atol=tol).y[:, -1])

    def heyoka():
        import heyoka as hy

        x, y, u, v = (list(hy.make_vars(*[f"{a}{i}" for i in range(7)])) for a in "xyuv")
        system = list(zip(x + y + u + v, u + v + pulls(x, y, hy.sum, lambda s: s ** -1.5)))

        def prepare(tol):
            integrator = hy.taylor_adaptive(system, list(y0), tol=tol)

            def run():
                integrator.state[:] = y0
                integrator.time = 0.0
                integrator.propagate_until(t1)
                return integrator.state.copy()

            return run

        offer("heyoka", "heyoka", tolerances, prepare)

    def diffrax():
        import diffrax as dx
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def field(_, z, __):
            x, y = z[:7], z[7:14]
            ex, ey = x[None] - x[:, None], y[None] - y[:, None]
            r3 = (ex**2 + ey**2 + jnp.eye(7)) ** 1.5
            return jnp.concatenate([z[14:], (mass * ex / r3).sum(1), (mass * ey / r3).sum(1)])

        solve = jax.jit(lambda z, tol: dx.diffeqsolve(dx.ODETerm(field), dx.Dopri8(), 0.0, t1, None, z, max_steps=100000,
                                                      stepsize_controller=dx.PIDController(rtol=tol, atol=tol)).ys[-1])

        def prepare(tol):
            solve(jnp.array(y0), tol).block_until_ready()
            return lambda: solve(jnp.array(y0), tol).block_until_ready()

        offer("diffrax Dopri8", "diffrax", [t for t in tolerances if t >= 1e-13], prepare)

    def jitcode():
        from jitcode import jitcode as JiTCODE, y as s
        import symengine

        x, y = [s(i) for i in range(7)], [s(7 + i) for i in range(7)]
        made = []

        def prepare(tol):
            if not made:
                made.append(JiTCODE([s(14 + i) for i in range(14)] + pulls(x, y, sum, lambda q: q ** symengine.Rational(-3, 2)),
                                    n=28, verbose=False))
                made[0].compile_C(verbose=False)
            ode = made[0]

            def run():
                ode.set_integrator("dop853", rtol=tol, atol=tol, nsteps=10**6)
                ode.set_initial_value(y0, 0.0)
                return ode.integrate(t1)

            return run

        offer("JiTCODE dop853", "jitcode", [t for t in tolerances if t >= 1e-13], prepare)

    for name, run in (("SciPy", scipy), ("heyoka", heyoka), ("JiTCODE", jitcode), ("diffrax", diffrax)):
        attempt(name, run)


def oscillators(np):
    drives, stiffness = np.array(problem["drives"]), np.array(problem["stiffness"])
    damping, step, t1, tolerances = problem["damping"], problem["spacing"], problem["t1"], problem["tolerances"]
    segments = drives.shape[1]
    few = 20

    def each(solve):
        """The first few trajectories only; their time is scaled to all."""
        return lambda: np.array([solve(k) for k in range(few)])

    def scipy():
        from scipy.integrate import solve_ivp

        def prepare(tol):
            def solve(k):
                y = np.array([1.0, 0.0])
                for u in drives[k]:
                    f = lambda _, z: np.array([z[1], u - stiffness[k] * z[0] - damping * z[1]])
                    y = solve_ivp(f, (0, step), y, method="DOP853", rtol=tol, atol=tol).y[:, -1]
                return y[0]

            return each(solve)

        offer(f"SciPy DOP853 (of {few})", "scipy", [t for t in tolerances if t >= 1e-13], prepare)

    def jitcode():
        from jitcode import jitcode as JiTCODE, y as s
        import symengine

        u, k = symengine.symbols("u k")
        made = []

        def prepare(tol):
            if not made:
                made.append(JiTCODE([s(1), u - k * s(0) - damping * s(1)], n=2, control_pars=[u, k], verbose=False))
                made[0].compile_C(verbose=False)
            ode = made[0]

            def solve(i):
                ode.set_initial_value(np.array([1.0, 0.0]), 0.0)
                for j, force in enumerate(drives[i]):
                    ode.set_parameters(force, stiffness[i])
                    ode.integrate((j + 1) * step)
                return ode.y[0]

            def run():
                # Only now, and not in prepare: a second integrator takes over the state of the first, which must have one.
                ode.set_integrator("dop853", rtol=tol, atol=tol, nsteps=10**6)
                return each(solve)()

            return run

        offer(f"JiTCODE dop853 (of {few})", "jitcode", [t for t in tolerances if t >= 1e-13], prepare)

    def heyoka():
        import heyoka as hy

        x, v = hy.make_vars("x", "v")
        lanes = hy.recommended_simd_size()
        n = len(drives) // lanes * lanes

        def prepare(tol):
            integrator = hy.taylor_adaptive_batch([(x, v), (v, hy.par[0] - hy.par[1] * x - damping * v)], np.zeros((2, lanes)), tol=tol)

            def run():
                out = np.empty(n)
                for k in range(0, n, lanes):
                    integrator.set_time(0.0)
                    integrator.state[0], integrator.state[1] = 1.0, 0.0
                    integrator.pars[1] = stiffness[k:k + lanes]
                    for j in range(segments):
                        integrator.pars[0] = drives[k:k + lanes, j]
                        integrator.propagate_until((j + 1) * step)
                    out[k:k + lanes] = integrator.state[0]
                return out

            return run

        offer(f"heyoka batch of {lanes}", "heyoka", tolerances, prepare)

    def diffrax():
        import diffrax as dx
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        term = dx.ODETerm(lambda t, z, a: jnp.array([z[1], a[0] - a[1] * z[0] - damping * z[1]]))

        def one(u, k, tol):
            control = dx.PIDController(rtol=tol, atol=tol)
            advance = lambda z, force: (dx.diffeqsolve(term, dx.Dopri8(), 0.0, step, None, z, args=(force, k), max_steps=1000,
                                                       stepsize_controller=control).ys[-1], None)
            return jax.lax.scan(advance, jnp.array([1.0, 0.0]), u)[0][0]

        solve = jax.jit(jax.vmap(one, (0, 0, None)))

        def prepare(tol):
            solve(drives, stiffness, tol).block_until_ready()
            return lambda: solve(drives, stiffness, tol).block_until_ready()

        offer("diffrax Dopri8 vmap", "diffrax", [t for t in tolerances if t >= 1e-13], prepare)

    for name, run in (("SciPy", scipy), ("heyoka", heyoka), ("JiTCODE", jitcode), ("diffrax", diffrax)):
        attempt(name, run)


def network(np):
    """Gradient flow of a two-layer tanh network under softmax cross-entropy; the state is w1, w2 row by row."""
    x, y, y0, t1 = np.array(problem["x"]), np.array(problem["y"]), np.array(problem["y0"]), problem["t1"]
    tolerances = problem["tolerances"]
    inputs, hidden, outputs = x.shape[1], problem["hidden"], y.shape[1]
    cut = inputs * hidden

    def scipy():
        from scipy.integrate import solve_ivp

        def field(_, theta):
            w1, w2 = theta[:cut].reshape(inputs, hidden), theta[cut:].reshape(hidden, outputs)
            h = np.tanh(x @ w1)
            z = h @ w2
            p = np.exp(z - z.max(1, keepdims=True))
            d = (p / p.sum(1, keepdims=True) * y.sum(1, keepdims=True) - y) / len(x)
            return -np.concatenate([(x.T @ ((d @ w2.T) * (1 - h**2))).ravel(), (h.T @ d).ravel()])

        offer("SciPy DOP853", "scipy", [t for t in tolerances if t >= 1e-13],
              lambda tol: lambda: solve_ivp(field, (0, t1), y0, method="DOP853", rtol=tol, atol=tol).y[:, -1])

    def heyoka():
        import heyoka as hy

        w1 = np.array(hy.make_vars(*[f"a{i}" for i in range(cut)])).reshape(inputs, hidden)
        w2 = np.array(hy.make_vars(*[f"b{i}" for i in range(hidden * outputs)])).reshape(hidden, outputs)

        def system():
            first, second = ([[[] for _ in range(n)] for _ in range(m)] for m, n in ((inputs, hidden), (hidden, outputs)))
            for s in range(len(x)):
                h = [hy.tanh(hy.sum([x[s, i] * w1[i, j] for i in range(inputs)])) for j in range(hidden)]
                e = [hy.exp(hy.sum([h[j] * w2[j, k] for j in range(hidden)])) for k in range(outputs)]
                mass = y[s].sum()
                d = [(mass * e[k] / hy.sum(e) - y[s, k]) / len(x) for k in range(outputs)]
                for j in range(hidden):
                    back = hy.sum([d[k] * w2[j, k] for k in range(outputs)]) * (1 - h[j] ** 2)
                    for i in range(inputs):
                        first[i][j].append(-x[s, i] * back)
                    for k in range(outputs):
                        second[j][k].append(-d[k] * h[j])
            return [(w1[i, j], hy.sum(first[i][j])) for i in range(inputs) for j in range(hidden)] + [
                (w2[j, k], hy.sum(second[j][k])) for j in range(hidden) for k in range(outputs)]

        def prepare(tol):
            integrator = hy.taylor_adaptive(system(), list(y0), tol=tol, compact_mode=True)

            def run():
                integrator.state[:] = y0
                integrator.time = 0.0
                integrator.propagate_until(t1)
                return integrator.state.copy()

            return run

        offer("heyoka", "heyoka", [1e-10, 1e-15], prepare)

    def diffrax():
        import diffrax as dx
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def loss(theta):
            w1, w2 = theta[:cut].reshape(inputs, hidden), theta[cut:].reshape(hidden, outputs)
            return -(y * jax.nn.log_softmax(jnp.tanh(x @ w1) @ w2)).sum() / len(x)

        slope = jax.grad(loss)
        solve = jax.jit(lambda z, tol: dx.diffeqsolve(dx.ODETerm(lambda t, v, a: -slope(v)), dx.Dopri8(), 0.0, t1, None, z,
                                                      max_steps=100000, stepsize_controller=dx.PIDController(rtol=tol, atol=tol)).ys[-1])

        def prepare(tol):
            solve(jnp.array(y0), tol).block_until_ready()
            return lambda: solve(jnp.array(y0), tol).block_until_ready()

        offer("diffrax Dopri8", "diffrax", [t for t in tolerances if t >= 1e-13], prepare)

    def jitcode():
        raise NotImplementedError("it writes scalar C, here 70000 terms, which take minutes to write and compile")

    for name, run in (("SciPy", scipy), ("heyoka", heyoka), ("JiTCODE", jitcode), ("diffrax", diffrax)):
        attempt(name, run)


def main():
    try:
        import numpy as np
    except ImportError as fault:
        say(peer="Python peers", absent=str(fault))
        return say(ready=True)
    {"pleiades": pleiades, "oscillators": oscillators, "network": network}[problem["kind"]](np)
    say(ready=True)
    reference, ready = np.array(problem["reference"]), {}
    for line in sys.stdin:
        number, limit = line.split()
        try:
            fresh = number not in ready
            run = ready[number] = ready[number] if not fresh else contestants[int(number)]()
            if float(limit) == 0:
                say(id=int(number), seconds=0.0, error=0.0)
                continue
            seconds, start = float("inf"), time.perf_counter()
            while seconds == float("inf") or time.perf_counter() - start < float(limit):
                before = time.perf_counter()
                value = np.asarray(run())
                seconds = min(seconds, time.perf_counter() - before)
            share = len(reference) / len(value)
            # Of an ensemble's first trajectories the time is scaled to all; a remainder that fills no vector is left out.
            say(id=int(number), seconds=seconds * share, error=float(np.max(np.abs(value - reference[:len(value)]))))
        except Exception as fault:
            say(id=int(number), fault=f"{type(fault).__name__}: {fault}")


main()
