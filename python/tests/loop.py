"""The reference function as a loop over numpy arrays: what docs/semantics.md says, with nothing to it."""

import numpy as np

from rondo import nests


def rnn(step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None, unroll=False,
        input_length=None, time_major=False, zero_output_for_mask=False):
    batch_first = (lambda a: np.swapaxes(a, 0, 1)) if time_major else (lambda a: a)
    flat = [batch_first(np.asarray(leaf)) for leaf in nests.flatten(inputs)]
    batch, time = flat[0].shape[:2]
    keep = np.ones((batch, time), bool)
    steps = time
    if isinstance(input_length, (int, np.integer)):
        steps = min(time, input_length)
    if mask is not None:
        keep = batch_first(np.asarray(mask).reshape(np.asarray(mask).shape[:2])) != 0
    elif input_length is not None and np.ndim(input_length) == 1:
        keep = np.arange(time) < np.asarray(input_length)[:, None]
    constants = tuple(constants or ())
    states = [np.asarray(leaf) for leaf in nests.flatten(initial_states)]
    emitted, slots, last_nest = None, [], None
    for t in range(steps):
        at = time - 1 - t if go_backwards else t
        x = nests.pack(inputs, [leaf[:, at] for leaf in flat])
        last_nest, new = step_function(x, (*nests.pack(initial_states, states), *constants))
        output, new = nests.flatten(last_nest), nests.flatten(new)
        emitted = emitted or [np.zeros_like(leaf) for leaf in output]
        other = [np.zeros_like(leaf) for leaf in output] if zero_output_for_mask else emitted
        emitted = [_choose(keep[:, at], a, b) for a, b in zip(output, other)]
        states = [_choose(keep[:, at], a, b) for a, b in zip(new, states)]
        slots.append(emitted)
    slots += [[np.zeros_like(leaf) for leaf in slots[0]]] * (time - steps)
    outputs = [batch_first(np.stack([slot[i] for slot in slots], axis=1)) for i in range(len(slots[0]))]
    return (nests.pack(last_nest, slots[-1]), nests.pack(last_nest, outputs), nests.pack(initial_states, states))


def _choose(keep, a, b):
    return np.where(keep.reshape((-1,) + (1,) * (np.ndim(a) - 1)), a, b)


def assert_close(found, wanted, tolerance=1e-5):
    """Equal structure, shapes and types; equal elements, floats up to rounding."""
    assert nests.describe(found) == nests.describe(wanted)
    for a, b in zip(nests.flatten(found), nests.flatten(wanted)):
        b = np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape
        if b.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_array_equal(a, b)
