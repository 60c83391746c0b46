"""`rondo.from_keras`: recurrent layers and cells of Keras 3 and tf_keras, as they are at inference."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Sequence

import numpy as np

from . import cells, nests
from .compiled import ArraySpec, Compiled, compile
from .keras_activations import activation_of
from .keras_backends import on_traced_arrays


def from_keras(layer_or_cell: Any) -> KerasLayer | KerasBidirectional | Callable:
    """Takes a layer or a cell of Keras 3 or tf_keras over.

    SimpleRNN, LSTM, GRU, RNN (over these cells, a list or StackedRNNCells of them, or a cell of one's own whose `call`
    can be traced) and Bidirectional over them give an object that is called as the layer is. A cell gives a step
    function for `rondo.rnn` and `rondo.compile`. Weights are copied; dropout does nothing, as at inference. Layers must
    be built.

    Raises ValueError for what Rondo does not have.
    """
    kind = _kind(layer_or_cell)
    if kind == "Bidirectional":
        return KerasBidirectional(layer_or_cell)
    if hasattr(layer_or_cell, "cell"):
        return KerasLayer(layer_or_cell)
    if hasattr(layer_or_cell, "state_size") and hasattr(layer_or_cell, "call"):
        return _step_of(layer_or_cell)
    raise ValueError(f"{type(layer_or_cell).__name__} is no recurrent layer or cell that Rondo has: SimpleRNN, LSTM, "
                     "GRU, RNN, Bidirectional, their cells, and StackedRNNCells")


class KerasLayer:
    """A recurrent layer, compiled. Code is made for each kind of input when it is first met."""

    def __init__(self, layer: Any):
        if getattr(layer, "stateful", False):
            raise ValueError(f"'{layer.name}' is stateful; hand initial_state in, and take the states from the result")
        self.name = layer.name
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self._step = _step_of(layer.cell)
        self._initial_state = _initial_state_of(layer.cell)
        self._sizes = _sizes_of(layer.cell.state_size)
        self._dtype = _dtype_of(layer)
        self._time_major = bool(getattr(layer, "time_major", False))
        self._options = {"go_backwards": layer.go_backwards, "time_major": self._time_major,
                         "zero_output_for_mask": bool(layer.zero_output_for_mask)}
        self._compiled: dict[tuple, Compiled] = {}

    def __call__(self, inputs: Any, initial_state: Any = None, mask: Any = None, constants: Any = ()) -> Any:
        """The layer's answer: inputs (B, T, ...), mask (B, T) or None, initial_state a list of (B, units).

        Gives the output, (B, T, units) where the layer returns sequences, else (B, units); behind it the states, in a
        tuple, where it returns them. New numpy arrays.
        """
        inputs = nests.pack(inputs, [np.asarray(leaf, self._dtype) for leaf in nests.flatten(inputs)])
        batch = nests.flatten(inputs)[0].shape[1 if self._time_major else 0]
        states = self._initial_state(batch, self._dtype) if initial_state is None else \
            initial_state if isinstance(initial_state, (list, tuple)) else [initial_state]
        states = nests.pack(self._sizes, [np.asarray(leaf, self._dtype) for leaf in nests.flatten(states)])
        compiled = self.compiled(inputs, masked=mask is not None, constants=constants)
        last, outputs, states = compiled(inputs, states, mask=mask, constants=constants)
        output = outputs if self.return_sequences else last
        return (output, *states) if self.return_state else output

    def compiled(self, inputs: Any, masked: bool = False, constants: Sequence[Any] = ()) -> Compiled:
        """The compiled recurrence for inputs of these shapes, for any number of samples and steps."""
        leaves = nests.flatten(inputs)
        key = (nests.describe(inputs), *(leaf.shape[2:] for leaf in leaves), masked,
               *((np.shape(constant)[1:], np.asarray(constant).dtype) for constant in constants))
        if key not in self._compiled:
            specs = nests.pack(inputs, [ArraySpec((None, None, *leaf.shape[2:]), self._dtype) for leaf in leaves])
            states = nests.pack(self._sizes, [ArraySpec((None, *size), self._dtype)
                                              for size in nests.flatten(self._sizes)])
            of_samples = [ArraySpec((None, *np.shape(constant)[1:]), np.asarray(constant).dtype)
                          for constant in constants]
            self._compiled[key] = compile(self._step, specs, states, mask=masked or None, constants=of_samples,
                                          **self._options)
        return self._compiled[key]

    def __repr__(self) -> str:
        return f"<rondo.from_keras of '{self.name}': {self._step!r}>"


class KerasBidirectional:
    """Two layers over the same inputs, the second from the end to the beginning, and their outputs joined."""

    def __init__(self, layer: Any):
        self.name, self.merge_mode = layer.name, layer.merge_mode
        self.forward, self.backward = KerasLayer(layer.forward_layer), KerasLayer(layer.backward_layer)
        self._time_axis = 0 if getattr(layer.forward_layer, "time_major", False) else 1

    def __call__(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> Any:
        """The layer's answer, as `KerasLayer` gives it; of the states those forward come first."""
        half = None if initial_state is None else len(initial_state) // 2
        ahead = self.forward(inputs, initial_state and initial_state[:half], mask)
        behind = self.backward(inputs, initial_state and initial_state[half:], mask)
        ahead, *states = ahead if self.forward.return_state else (ahead,)
        behind, *more = behind if self.backward.return_state else (behind,)
        if self.forward.return_sequences:
            behind = np.flip(behind, axis=self._time_axis)
        output = self._merged(ahead, behind)
        states = (*states, *more)
        if self.merge_mode is None:
            return (*output, *states)
        return (output, *states) if states else output

    def _merged(self, a: np.ndarray, b: np.ndarray) -> Any:
        if self.merge_mode is None:
            return a, b
        joined = {"concat": lambda: np.concatenate([a, b], axis=-1), "sum": lambda: a + b,
                  "ave": lambda: (a + b) / 2, "mul": lambda: a * b}
        return joined[self.merge_mode]()

    def __repr__(self) -> str:
        return f"<rondo.from_keras of '{self.name}', {self.merge_mode}: {self.forward!r}, {self.backward!r}>"


class _Stack(cells.Stacked):
    """StackedRNNCells: a cell with one state has it bare, without a list."""

    def __init__(self, steps: Sequence[Callable], bare: Sequence[bool]):
        super().__init__(steps)
        self.bare = bare

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        listed = [[state] if bare else state for state, bare in zip(states, self.bare)]
        x, new_states = super().__call__(x, listed)
        return x, [state[0] if bare else list(state) for state, bare in zip(new_states, self.bare)]


class _Traceable:
    """A cell of one's own: its `call`, over traced arrays."""

    def __init__(self, cell: Any):
        self.cell = cell
        parameters = inspect.signature(cell.call).parameters
        self._options = {"training": False} if "training" in parameters else {}
        self._takes_constants = "constants" in parameters
        self._states = len(_sizes_of(cell.state_size))

    def __call__(self, x: Any, states: Sequence[Any]) -> tuple[Any, list]:
        options: dict[str, Any] = dict(self._options)
        if self._takes_constants:
            options["constants"] = list(states[self._states:])
        with on_traced_arrays(self.cell):
            output, new_states = self.cell.call(x, list(states[:self._states]), **options)
        return output, list(new_states) if isinstance(new_states, (list, tuple)) else [new_states]

    def __repr__(self) -> str:
        return f"{type(self.cell).__name__}.call"


def _kind(object: Any) -> str:
    """The class of Keras's own that it is of, if it is one that is known here."""
    known = ("Bidirectional", "SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells", "ConvLSTMCell", "ConvRNN")
    for each in type(object).__mro__:
        if each.__name__ in known and each.__module__.split(".")[0] in ("keras", "tf_keras"):
            return each.__name__ if each is type(object) or "call" not in vars(type(object)) else ""
    return ""


def _step_of(cell: Any) -> Callable:
    kind = _kind(cell)
    if kind.startswith("Conv"):
        raise ValueError(f"{type(cell).__name__}: Rondo has no convolutions")
    if kind == "StackedRNNCells":
        return _Stack([_step_of(each) for each in cell.cells],
                      [not isinstance(each.state_size, (list, tuple)) for each in cell.cells])
    if not kind:
        return _Traceable(cell)
    if not getattr(cell, "built", False):
        raise ValueError(f"'{cell.name}' has no weights yet; build the layer, or call it once")
    kernel, recurrent, bias = (*(np.array(each) for each in cell.get_weights()), None)[:3]  # some have no bias
    activation = activation_of(cell.activation, cell)
    if kind == "SimpleRNNCell":
        return cells.SimpleRNN(kernel, recurrent, bias, activation=activation)
    gate = activation_of(cell.recurrent_activation, cell)
    if kind == "LSTMCell":
        return cells.LSTM(kernel, recurrent, bias, activation=activation, recurrent_activation=gate)
    return cells.GRU(kernel, recurrent, bias, activation=activation, recurrent_activation=gate, reset_after=cell.reset_after)


def _sizes_of(state_size: Any) -> list:
    """The shapes of one sample's states, nested as the states are."""
    sizes = state_size if isinstance(state_size, (list, tuple)) else [state_size]
    return [_sizes_of(size) if isinstance(size, (list, tuple)) else _Size(size) for size in sizes]


class _Size:
    """The shape of one sample's state, a leaf of a nest."""

    def __init__(self, size: Any):
        self.extents = (int(size),) if isinstance(size, (int, np.integer)) else tuple(int(each) for each in size)

    def __iter__(self):
        return iter(self.extents)


def _initial_state_of(cell: Any) -> Callable[[int, Any], Any]:
    """What the states are where the caller has none: zeros, unless the cell is of one's own and says otherwise."""
    def zeros(batch: int, dtype: Any) -> list:
        return [np.zeros((batch, *size), dtype) for size in nests.flatten(_sizes_of(cell.state_size))]

    def asked(batch: int, dtype: Any) -> list:
        parameters = inspect.signature(cell.get_initial_state).parameters
        options = {"batch_size": batch} | ({"dtype": np.dtype(dtype).name} if "dtype" in parameters else {})
        states = cell.get_initial_state(**options)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    return zeros if _kind(cell) or not hasattr(cell, "get_initial_state") else asked


def _dtype_of(layer: Any) -> np.dtype:
    name = getattr(layer, "compute_dtype", None) or "float32"
    if name not in ("float32", "float64"):
        raise ValueError(f"'{layer.name}' computes in {name}; Rondo has float32 and float64")
    return np.dtype(name)
