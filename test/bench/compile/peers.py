"""Peers of the integrators on one problem: prints a JSON line {peer, version, tolerance, seconds, error} for every tolerance.

Usage: peers.py PROBLEM.json — {kind, tolerances, reference, ...}; `pleiades`, `oscillators` (driven, many trajectories)
or `network` (gradient flow).
"""
import importlib.metadata
import json
import sys
import time

import numpy as np

problem = json.load(open(sys.argv[1]))
reference = np.array(problem["reference"])


def report(peer, package, tolerance, run):
    value = run()
    seconds, start = float("inf"), time.perf_counter()
    while seconds == float("inf") or time.perf_counter() - start < 0.5:
        before = time.perf_counter()
        value = run()
        seconds = min(seconds, time.perf_counter() - before)
    error = float(np.max(np.abs(np.asarray(value) - reference)))
    print(json.dumps({"peer": peer, "version": importlib.metadata.version(package), "tolerance": tolerance, "seconds": seconds, "error": error}), flush=True)


def attempt(peer, run):
    try:
        run()
    except ImportError:
        print(json.dumps({"peer": peer, "absent": True}), flush=True)


def pleiades():
    y0 = np.array(problem["y0"], dtype=float)
    t1 = problem["t1"]
    mass = np.arange(1, 8.0)

    def rates(_, z):
        x, y = z[:7], z[7:14]
        dx, dy = x[None] - x[:, None], y[None] - y[:, None]
        r3 = (dx**2 + dy**2) ** 1.5
        np.fill_diagonal(r3, 1.0)
        return np.concatenate([z[14:], (mass * dx / r3).sum(1), (mass * dy / r3).sum(1)])

    def scipy():
        from scipy.integrate import solve_ivp

        for method in ("RK45", "DOP853", "LSODA"):
            for tol in problem["tolerances"]:
                report(f"scipy {method}", "scipy", tol, lambda: solve_ivp(rates, (0, t1), y0, method=method, rtol=tol, atol=tol).y[:, -1])

    def heyoka():
        import heyoka as hy

        x, y, u, v = ([hy.make_vars(f"{a}{i}") for i in range(7)] for a in "xyuv")
        pull = lambda a, i: hy.sum([mass[j] * (a[j] - a[i]) * ((x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2) ** -1.5 for j in range(7) if j != i])
        system = [*zip(x, u), *zip(y, v), *((u[i], pull(x, i)) for i in range(7)), *((v[i], pull(y, i)) for i in range(7))]
        for tol in problem["tolerances"]:
            integrator = hy.taylor_adaptive(system, list(y0), tol=tol)

            def run():
                integrator.state[:] = y0
                integrator.time = 0.0
                integrator.propagate_until(t1)
                return integrator.state.copy()

            report("heyoka", "heyoka", tol, run)

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

        for tol in problem["tolerances"]:
            solve = jax.jit(lambda z: dx.diffeqsolve(dx.ODETerm(field), dx.Dopri8(), 0.0, t1, None, z, max_steps=100000,
                                                     stepsize_controller=dx.PIDController(rtol=tol, atol=tol)).ys[-1])
            report("diffrax Dopri8", "diffrax", tol, lambda: solve(jnp.array(y0)).block_until_ready())

    for name, run in (("scipy", scipy), ("heyoka", heyoka), ("diffrax", diffrax)):
        attempt(name, run)


def oscillators():
    drives = np.array(problem["drives"])
    stiffness, damping, step, t1 = np.array(problem["stiffness"]), problem["damping"], problem["spacing"], problem["t1"]

    def scipy():
        from scipy.integrate import solve_ivp

        count = problem["scipyCount"]

        def run(tol):
            out = []
            for k in range(count):
                y = np.array([1.0, 0.0])
                for j, u in enumerate(drives[k]):
                    f = lambda _, z: np.array([z[1], u - stiffness[k] * z[0] - damping * z[1]])
                    y = solve_ivp(f, (0, step), y, method="DOP853", rtol=tol, atol=tol).y[:, -1]
                out.append(y[0])
            return np.array(out)

        tol = problem["tolerances"][0]
        start = time.perf_counter()
        value = run(tol)
        seconds = (time.perf_counter() - start) * len(drives) / count
        print(json.dumps({"peer": "scipy DOP853", "version": importlib.metadata.version("scipy"), "tolerance": tol, "seconds": seconds,
                          "error": float(np.max(np.abs(value - reference[:count]))), "extrapolated": count}), flush=True)

    def heyoka():
        import heyoka as hy

        x, v = hy.make_vars("x", "v")
        lanes = hy.recommended_simd_size()
        n = len(drives) // lanes * lanes
        for tol in problem["tolerances"]:
            integrator = hy.taylor_adaptive_batch([(x, v), (v, hy.par[0] - hy.par[1] * x - damping * v)], np.zeros((2, lanes)), tol=tol)

            def run():
                out = np.empty(len(drives))
                for k in range(0, n, lanes):
                    integrator.set_time(0.0)
                    integrator.state[0], integrator.state[1] = 1.0, 0.0
                    integrator.pars[1] = stiffness[k:k + lanes]
                    for j in range(drives.shape[1]):
                        integrator.pars[0] = drives[k:k + lanes, j]
                        integrator.propagate_until((j + 1) * step)
                    out[k:k + lanes] = integrator.state[0]
                out[n:] = reference[n:]
                return out

            report(f"heyoka batch of {lanes}", "heyoka", tol, run)

    for name, run in (("scipy", scipy), ("heyoka", heyoka)):
        attempt(name, run)


def network():
    """Gradient flow of a two-layer tanh network under softmax cross-entropy; the state is w1, w2 row by row."""
    x, y, y0, t1 = (np.array(problem["x"]), np.array(problem["y"]), np.array(problem["y0"]), problem["t1"])
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

        for tol in problem["tolerances"]:
            report("scipy DOP853", "scipy", tol, lambda: solve_ivp(field, (0, t1), y0, method="DOP853", rtol=tol, atol=tol).y[:, -1])

    def diffrax():
        import diffrax as dx
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def loss(theta):
            w1, w2 = theta[:cut].reshape(inputs, hidden), theta[cut:].reshape(hidden, outputs)
            return -(y * jax.nn.log_softmax(jnp.tanh(x @ w1) @ w2)).sum() / len(x)

        slope = jax.grad(loss)
        for tol in problem["tolerances"]:
            solve = jax.jit(lambda z: dx.diffeqsolve(dx.ODETerm(lambda t, v, a: -slope(v)), dx.Dopri8(), 0.0, t1, None, z, max_steps=100000,
                                                     stepsize_controller=dx.PIDController(rtol=tol, atol=tol)).ys[-1])
            report("diffrax Dopri8", "diffrax", tol, lambda: solve(jnp.array(y0)).block_until_ready())

    for name, run in (("scipy", scipy), ("diffrax", diffrax)):
        attempt(name, run)


{"pleiades": pleiades, "oscillators": oscillators, "network": network}[problem["kind"]]()
