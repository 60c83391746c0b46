"""Ready-made cells: step functions for `rondo.rnn` and `rondo.compile` that hold their weights.

A cell is called as cell(x, states) with x of shape (B, features) and gives (output, new_states). `zeros(batch)` makes
the states to begin with. Weights are arrays or anything that numpy makes arrays of; gates lie side by side in Keras's
order, so that Keras's weights fit as they are. An activation is any function of a traced array; None is the identity.

    cell = rondo.cells.LSTM(kernel, recurrent, bias)
    last_output, outputs, (h, c) = rondo.rnn(cell, inputs, cell.zeros(batch=32))
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from . import ops

Activation = Callable[[Any], Any] | None


class Cell:
    """What the cells have in common. units: extent of the output and of each state; count: how many states."""

    units: int
    count = 1
    dtype: np.dtype

    def zeros(self, batch: int) -> list:
        """The states to begin with, (batch, units) each."""
        return [np.zeros((batch, self.units), self.dtype) for _ in range(self.count)]

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        """One step: x (B, features), states (B, units) each."""
        raise NotImplementedError(f"{type(self).__name__} has no step")

    def __repr__(self) -> str:
        arrays = ", ".join(f"{name}{list(value.shape)}" for name, value in vars(self).items()
                           if isinstance(value, np.ndarray))
        return f"rondo.cells.{type(self).__name__}({arrays})"

    def _weights(self, gates: int, kernel: Any, recurrent: Any, bias: Any, bias_shape: tuple[int, ...]) -> None:
        self.kernel, self.recurrent = np.asarray(kernel), np.asarray(recurrent)
        self.bias = None if bias is None else np.asarray(bias)
        self.dtype = self.kernel.dtype
        self.units = self.recurrent.shape[0]
        wanted = (self.kernel.shape[0], gates * self.units), (self.units, gates * self.units), bias_shape
        for name, shape in zip(("kernel", "recurrent", "bias"), wanted):
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(f"{type(self).__name__}: {name} has the shape {array.shape}, expected {shape}")


class SimpleRNN(Cell):
    """h' = activation(x @ kernel + bias + h @ recurrent).

    kernel (features, units), recurrent (units, units), bias (units,). States: h.
    """

    def __init__(self, kernel: Any, recurrent: Any, bias: Any = None, activation: Activation = ops.tanh):
        self._weights(1, kernel, recurrent, bias, (np.shape(recurrent)[0],))
        self.activation = activation or ops.positive

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        h = self.activation(_plus(x @ self.kernel, self.bias) + states[0] @ self.recurrent)
        return h, [h]


class LSTM(Cell):
    """Long short-term memory; gates i, f, c, o.

    kernel (features, 4 * units), recurrent (units, 4 * units), bias (4 * units,). States: h, c.
    """

    count = 2

    def __init__(self, kernel: Any, recurrent: Any, bias: Any = None, activation: Activation = ops.tanh,
                 recurrent_activation: Activation = ops.sigmoid):
        self._weights(4, kernel, recurrent, bias, (4 * np.shape(recurrent)[0],))
        self.activation = activation or ops.positive
        self.recurrent_activation = recurrent_activation or ops.positive

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        h, c = states
        i, f, n, o = ops.split(_plus(x @ self.kernel + h @ self.recurrent, self.bias), 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(n)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


class GRU(Cell):
    """Gated recurrent unit; gates z, r, h. reset_after: the reset gate comes behind the product with the state.

    kernel (features, 3 * units), recurrent (units, 3 * units), bias (2, 3 * units), or (3 * units,) without
    reset_after. States: h.
    """

    def __init__(self, kernel: Any, recurrent: Any, bias: Any = None, activation: Activation = ops.tanh,
                 recurrent_activation: Activation = ops.sigmoid, reset_after: bool = True):
        gates = 3 * np.shape(recurrent)[0]
        self._weights(3, kernel, recurrent, bias, (2, gates) if reset_after else (gates,))
        self.activation = activation or ops.positive
        self.recurrent_activation = recurrent_activation or ops.positive
        self.reset_after = reset_after

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        h, = states
        z, n = self._gates(x, h)
        h = z * h + (1 - z) * self.activation(n)
        return h, [h]

    def _gates(self, x: Any, h: Any) -> tuple[Any, Any]:
        """The update gate, and what the activation of the candidate is taken of."""
        units, gate = self.units, self.recurrent_activation
        of_input, of_state = (None, None) if self.bias is None else \
            (self.bias[0], self.bias[1]) if self.reset_after else (self.bias, None)
        xz, xr, xn = ops.split(_plus(x @ self.kernel, of_input), 3, axis=-1)
        if self.reset_after:
            hz, hr, hn = ops.split(_plus(h @ self.recurrent, of_state), 3, axis=-1)
            return gate(xz + hz), xn + gate(xr + hr) * hn
        hz, hr = ops.split(h @ self.recurrent[:, :2 * units], 2, axis=-1)
        return gate(xz + hz), xn + (gate(xr + hr) * h) @ self.recurrent[:, 2 * units:]


class MinimalGatedUnit(Cell):
    """Zhou et al. 2016: f = sigmoid(...), h' = (1 - f) * h + f * tanh(... f * h ...); gates f, h.

    kernel (features, 2 * units), recurrent (units, 2 * units), bias (2 * units,). States: h.
    """

    def __init__(self, kernel: Any, recurrent: Any, bias: Any = None):
        self._weights(2, kernel, recurrent, bias, (2 * np.shape(recurrent)[0],))

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        h, = states
        xf, xn = ops.split(_plus(x @ self.kernel, self.bias), 2, axis=-1)
        f = ops.sigmoid(xf + h @ self.recurrent[:, :self.units])
        h = (1 - f) * h + f * ops.tanh(xn + (f * h) @ self.recurrent[:, self.units:])
        return h, [h]


class Stacked:
    """Cells on top of one another: each reads the output of the one below. The states are a list for each cell."""

    def __init__(self, cells: Sequence[Any]):
        if not cells:
            raise ValueError("a stack has at least one cell")
        self.cells = list(cells)

    def zeros(self, batch: int) -> list:
        """The states to begin with, a list for each cell."""
        return [cell.zeros(batch) for cell in self.cells]

    def __call__(self, x: Any, states: Sequence[Sequence[Any]]) -> tuple[Any, list]:
        new_states = []
        for cell, state in zip(self.cells, states):
            x, new_state = cell(x, state)
            new_states.append(new_state)
        return x, new_states

    def __repr__(self) -> str:
        return f"rondo.cells.Stacked({self.cells})"


def _plus(x: Any, bias: Any) -> Any:
    return x if bias is None else x + bias
