"""The ready-made cells give what Keras's layers do: constants from the tests of Keras itself, and its formulas."""

import numpy as np
import pytest

import loop
import rondo
from loop import assert_close

rng = np.random.default_rng(4)


def constant_weights(features, units, gates, bias=True, bias_shape=None):
    shape = bias_shape or (gates * units,)
    return (np.full((features, gates * units), 0.01, np.float32), np.full((units, gates * units), 0.02, np.float32),
            np.full(shape, 0.03, np.float32) if bias else None)


def forget_bias(weights, units):
    weights[2][units:2 * units] = 1
    return weights


X = np.arange(72, dtype=np.float32).reshape(3, 6, 4)


@pytest.mark.parametrize("cell, options, wanted", [
    (rondo.cells.LSTM(*forget_bias(constant_weights(4, 3, 4), 3)), {}, [.6288687, .8689915, .9460773]),
    (rondo.cells.LSTM(*forget_bias(constant_weights(4, 3, 4), 3)), {"go_backwards": True},
     [.3562216, .7478953, .8872726]),
    (rondo.cells.LSTM(*constant_weights(4, 3, 4)), {}, [.5701970, .8661915, .9459622]),
    (rondo.cells.LSTM(*constant_weights(4, 3, 4, bias=False)), {}, [.5498692, .8622679, .9443935]),
    (rondo.cells.LSTM(*forget_bias(constant_weights(4, 3, 4), 3), recurrent_activation=rondo.ops.hard_sigmoid), {},
     [.5364679, .8147405, .9777960]),
    (rondo.cells.LSTM(*forget_bias(constant_weights(4, 3, 4), 3), recurrent_activation=rondo.ops.hard_sigmoid_keras2),
     {}, [.5917307, .8797532, .9999786]),
    (rondo.cells.GRU(*constant_weights(4, 3, 3, bias_shape=(2, 9))), {}, [.5217289, .6371659, .3938496]),
    (rondo.cells.GRU(*constant_weights(4, 3, 3, bias_shape=(2, 9))), {"go_backwards": True},
     [.2440626, .6115160, .3928808]),
    (rondo.cells.GRU(*constant_weights(4, 3, 3), reset_after=False), {}, [.5144776, .6426879, .4020829]),
    (rondo.cells.GRU(*constant_weights(4, 3, 3, bias=False)), {}, [.4998846, .6470120, .4103359]),
])
def test_constants_of_keras(cell, options, wanted):
    last, _, _ = rondo.rnn(cell, X, cell.zeros(3), **options)
    np.testing.assert_allclose(last[:, 0], wanted, atol=1e-5)
    np.testing.assert_array_equal(last, last[:, :1].repeat(3, axis=1))


@pytest.mark.parametrize("backwards, wanted", [(False, [.4054321, .7360534]), (True, [.1114473, .5528888])])
def test_simple_rnn(backwards, wanted):
    cell = rondo.cells.SimpleRNN(*constant_weights(4, 4, 1))
    inputs = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_allclose(rondo.rnn(cell, inputs, cell.zeros(2), go_backwards=backwards)[0][:, 0], wanted, atol=1e-5)


def test_a_masked_lstm():
    cell = rondo.cells.LSTM(*forget_bias(constant_weights(3, 2, 4), 2))
    inputs = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], bool)
    last, outputs, (h, c) = rondo.rnn(cell, inputs, cell.zeros(2), mask=mask)
    np.testing.assert_allclose(outputs[..., 0], [[.0158891, .0555205, .1175594, .1175594],
                                                 [.1418560, .2855621, .2855621, .2855621]], atol=1e-5)
    np.testing.assert_allclose(c[:, 0], [.2129933, .4923386], atol=1e-5)
    last, outputs, (h, c) = rondo.rnn(cell, inputs, cell.zeros(2), mask=mask, zero_output_for_mask=True)
    assert not last.any() and not outputs[0, 3:].any()
    np.testing.assert_allclose(h[:, 0], [.1175594, .2855621], atol=1e-5)


def test_a_stack_of_cells():
    def ones(features, units):
        return rondo.cells.SimpleRNN(np.ones((features, units), np.float32), np.ones((units, units), np.float32),
                                     activation=None)
    cell = rondo.cells.Stacked([ones(4, 3), ones(3, 2)])
    inputs = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    _, outputs, states = rondo.rnn(cell, inputs, cell.zeros(2))
    np.testing.assert_array_equal(outputs[..., 0], [[18, 156, 786], [162, 1020, 4386]])
    np.testing.assert_array_equal([state[0][:, 0] for state in states], [[158, 782], [786, 4386]])


def test_a_minimal_gated_unit():
    kernel, recurrent, bias = (rng.standard_normal(s).astype(np.float32) for s in ((4, 6), (3, 6), (6,)))
    def plain(x, states):
        h, = states
        f = 1 / (1 + np.exp(-(x @ kernel[:, :3] + bias[:3] + h @ recurrent[:, :3])))
        h = (1 - f) * h + f * np.tanh(x @ kernel[:, 3:] + bias[3:] + (f * h) @ recurrent[:, 3:])
        return h, [h]
    cell = rondo.cells.MinimalGatedUnit(kernel, recurrent, bias)
    inputs = rng.standard_normal((2, 5, 4)).astype(np.float32)
    assert_close(rondo.rnn(cell, inputs, cell.zeros(2)), loop.rnn(plain, inputs, cell.zeros(2)))


def test_weights_of_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"LSTM: bias has the shape \(3,\), expected \(12,\)"):
        rondo.cells.LSTM(np.ones((4, 12)), np.ones((3, 12)), np.ones(3))


def test_a_compiled_cell_has_weights_by_their_names():
    cell = rondo.cells.LSTM(*constant_weights(4, 3, 4))
    assert repr(cell) == "rondo.cells.LSTM(kernel[4, 12], recurrent[3, 12], bias[12])"
    compiled = rondo.compile(cell, rondo.ArraySpec((None, None, 4)), [rondo.ArraySpec((None, 3))] * 2)
    assert sorted(compiled.weights) == ["bias", "kernel", "recurrent"]
    assert_close(compiled(X), rondo.rnn(cell, X, cell.zeros(3)), 0)
