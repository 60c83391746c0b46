"""`rondo.from_keras` gives the answers of the layers, of Keras 3 and of tf_keras; runs where they are installed."""

import numpy as np
import pytest

import rondo

pytest.importorskip("tensorflow", reason="needs TensorFlow: ./x test --with-tensorflow")
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

B, T, F, U = 3, 6, 4, 5
rng = np.random.default_rng(5)
x = rng.standard_normal((B, T, F)).astype(np.float32)
mask = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 1, 0, 1, 1, 0]], bool)
LIBRARIES = [keras, tf_keras]


def randomized(layer):
    """The layer, built, with weights that are not those of its initialisers (a bias of zeros hides mistakes)."""
    layer(x)
    layer.set_weights([rng.standard_normal(w.shape).astype(np.float32) * 0.4 for w in layer.get_weights()])
    return layer


def flat(answer):
    return [np.asarray(leaf) for leaf in rondo.nests.flatten(tf.nest.map_structure(np.asarray, answer))]


def check(layer, inputs=x, **arguments):
    found = flat(rondo.from_keras(layer)(inputs, **arguments))
    wanted = flat(layer(inputs, **tf.nest.map_structure(tf.constant, arguments)))
    assert [a.shape for a in found] == [a.shape for a in wanted]
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, atol=1e-5, rtol=1e-5)


LAYERS = {
    "SimpleRNN": {}, "LSTM": {}, "GRU": {},
    "LSTM with other activations": {"activation": "relu", "recurrent_activation": "hard_sigmoid"},
    "GRU, reset before": {"reset_after": False}, "GRU without bias": {"use_bias": False},
    "SimpleRNN without bias": {"use_bias": False, "activation": None},
}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("options", [
    {}, {"return_sequences": True}, {"return_state": True}, {"go_backwards": True, "return_sequences": True},
    {"return_sequences": True, "return_state": True, "zero_output_for_mask": True}])
def test_layers(library, name, options):
    layer = randomized(getattr(library.layers, name.split()[0].strip(","))(U, **LAYERS[name], **options))
    check(layer)
    check(layer, mask=mask)
    check(layer, initial_state=[rng.standard_normal((B, U)).astype(np.float32)] * (2 if "LSTM" in name else 1))


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda m: m.__name__)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "elu", "selu", "softplus", "softsign", "gelu", "silu",
                                        "exponential", "hard_sigmoid", "softmax", "linear", "mish", "leaky_relu"])
def test_activations(library, activation):
    if library is tf_keras and activation == "leaky_relu" and not hasattr(tf_keras.activations, activation):
        pytest.skip("tf_keras has no such activation")
    check(randomized(library.layers.SimpleRNN(U, activation=activation)), x[:, :3] * 0.3)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda m: m.__name__)
def test_stacks(library):
    stacked = [library.layers.LSTMCell(3), library.layers.GRUCell(4), library.layers.SimpleRNNCell(2)]
    layer = randomized(library.layers.RNN(stacked, return_sequences=True, return_state=True))
    check(layer)
    check(layer, mask=mask)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda m: m.__name__)
@pytest.mark.parametrize("merge", ["concat", "sum", "ave", "mul", None])
@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"return_sequences": True, "return_state": True}])
def test_bidirectional(library, merge, options):
    layer = randomized(library.layers.Bidirectional(library.layers.LSTM(U, **options), merge_mode=merge))
    check(layer)
    check(layer, mask=mask)


def test_a_cell_of_one_s_own_in_keras_3():
    class Cell(keras.layers.Layer):
        state_size = output_size = U

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], U), name="kernel")
            self.dense = keras.layers.Dense(U, activation="gelu")
            self.dense.build((None, U))

        def call(self, x, states):
            h = keras.ops.tanh(keras.ops.matmul(x, self.kernel) + self.dense(states[0]))
            h = keras.ops.where(h > 0, h, 0.1 * h) + keras.ops.mean(h, axis=-1, keepdims=True)
            whole = keras.ops.round(h * 4) + keras.ops.trunc(h * 4)
            sign = keras.ops.where(keras.ops.any(whole > 3, axis=-1, keepdims=True), -1.0, 1.0)
            place = keras.ops.cast(keras.ops.argmax(h, axis=-1, keepdims=True), "float32")
            return keras.ops.concatenate([h, -h, sign + place, keras.ops.cumsum(whole, axis=-1)], axis=-1), [h]

    check(randomized(keras.layers.RNN(Cell(), return_sequences=True)))
    check(randomized(keras.layers.RNN(Cell(), return_state=True)), mask=mask)


def test_a_cell_with_normalized_states_in_keras_3():
    class Cell(keras.layers.Layer):
        state_size = U

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], U), name="kernel")
            self.norm = keras.layers.LayerNormalization()
            self.norm.build((None, U))

        def call(self, x, states):
            h = keras.ops.tanh(self.norm(keras.ops.matmul(x, self.kernel) + states[0]))
            h = h + keras.ops.logsumexp(h, axis=-1, keepdims=True) - keras.ops.logsumexp(h, axis=1)[:, None] / 2
            return keras.ops.log_softmax(h), [h]

    check(randomized(keras.layers.RNN(Cell(), return_sequences=True)))


def test_functions_without_a_counterpart_have_the_cell_s_line():
    class Cell(keras.layers.Layer):
        state_size = F

        def call(self, x, states):
            h = keras.ops.sort(x + states[0], axis=-1)
            return h, [h]

    layer = keras.layers.RNN(Cell())
    layer(x)
    with pytest.raises(rondo.CompileError, match="without a counterpart") as caught:
        rondo.from_keras(layer)(x)
    assert caught.value.filename == __file__ and caught.value.lineno == Cell.call.__code__.co_firstlineno + 1


def test_a_cell_of_one_s_own_in_tf_keras():
    class Cell(tf_keras.layers.Layer):
        state_size = U

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 2 * U), name="kernel")
            self.recurrent = self.add_weight(shape=(U, 2 * U), name="recurrent")
            self.built = True

        def call(self, x, states):
            z, n = tf.split(tf.matmul(x, self.kernel) + tf_keras.backend.dot(states[0], self.recurrent), 2, axis=-1)
            z = tf.sigmoid(z)
            h = z * states[0] + (1 - z) * tf.tanh(n)
            return tf.concat([h, x], axis=-1), [h]

    check(randomized(tf_keras.layers.RNN(Cell(), return_sequences=True)))
    check(randomized(tf_keras.layers.RNN(Cell(), return_sequences=True)), mask=mask)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda m: m.__name__)
def test_a_cell_is_a_step_function(library):
    layer = randomized(library.layers.LSTM(U))
    cell = rondo.from_keras(layer.cell)
    last, _, states = rondo.rnn(cell, x, cell.zeros(B))
    np.testing.assert_allclose(last, layer(x), atol=1e-5)


def test_time_major():
    layer = randomized(tf_keras.layers.GRU(U, return_sequences=True))
    turned = tf_keras.layers.GRU(U, return_sequences=True, time_major=True)
    turned.build((T, B, F))
    turned.set_weights(layer.get_weights())
    found = rondo.from_keras(turned)(x.swapaxes(0, 1))
    np.testing.assert_allclose(found.swapaxes(0, 1), layer(x), atol=1e-5)


def test_float64():
    layer = keras.layers.LSTM(U, dtype="float64")
    layer(x.astype(np.float64))
    found = rondo.from_keras(layer)(x)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, layer(x.astype(np.float64)), atol=1e-12)


@pytest.mark.parametrize("make, word", [
    (lambda: keras.layers.Dense(3), "no recurrent layer"),
    (lambda: keras.layers.LSTM(3), "build the layer"),
    (lambda: keras.layers.LSTM(3, stateful=True), "stateful"),
    (lambda: randomized(keras.layers.LSTM(3, dtype="float16")), "float16"),
    (lambda: randomized(keras.layers.LSTM(3, activation="sparsemax")), "sparsemax"),
    (lambda: keras.layers.ConvLSTM2D(3, 3), "convolutions"),
])
def test_what_rondo_does_not_have(make, word):
    with pytest.raises(ValueError, match=word):
        rondo.from_keras(make())
