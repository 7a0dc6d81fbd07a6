/**
 * The derivatives of an integration in JAX. A loop of unknown length can be differentiated forward only. Here that gives the Jacobian, one
 * column a number that is differentiated, and the derivative is the product with it, which JAX transposes: so both modes work, with the same
 * numbers. For the few numbers that laws and equations of files have this costs less than the steps that a reverse sweep would have to keep.
 */
export const JAX_DERIVATIVES = `

@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _differentiable(max_steps, max_events, given):
    return _integrate(*given, max_steps=max_steps, drive=None, max_events=max_events)


@partial(_differentiable.defjvp, symbolic_zeros=True)
def _moved(max_steps, max_events, primals, tangents):
    """The result, and how it moves: the Jacobian by what is differentiated, times its motion."""
    values, tree = jax.tree.flatten(primals[0])
    motions = jax.tree.leaves(tangents[0], is_leaf=lambda v: isinstance(v, jax.custom_derivatives.SymbolicZero))
    moving = [i for i, v in enumerate(motions) if not isinstance(v, jax.custom_derivatives.SymbolicZero)]
    is_real = lambda v: np.issubdtype(v.dtype, np.floating)

    def reals(*moved):
        now = dict(enumerate(values)) | dict(zip(moving, moved))
        found = _integrate(*tree.unflatten(now.values()), max_steps=max_steps, drive=None, max_events=max_events)
        return [v for v in jax.tree.leaves(found) if is_real(v)]

    columns = iter(jax.jacfwd(reals, argnums=tuple(range(len(moving))))(*(values[i] for i in moving)))
    result = _differentiable(max_steps, max_events, primals[0])
    leaves, shape = jax.tree.flatten(result)
    motion = lambda by: sum(np.tensordot(d, motions[i], motions[i].ndim) for d, i in zip(by, moving))
    none = lambda v: numpy.zeros(v.shape, jax.dtypes.float0)
    return result, shape.unflatten([motion(next(columns)) if is_real(v) else none(v) for v in leaves])
`
