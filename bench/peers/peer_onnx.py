"""ONNX Runtime: its LSTM and GRU operators, and Scan for any other cell."""

from __future__ import annotations

import itertools
from typing import Any, Callable

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import cells
from jobs import Arrays, Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated


class Graph:
    """ONNX nodes that are being written; values are names with operators."""

    def __init__(self, prefix: str):
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._numbers = itertools.count()

    def name(self) -> str:
        return f"{self.prefix}{next(self._numbers)}"

    def constant(self, array: np.ndarray) -> Value:
        name = self.name()
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return Value(self, name, array.shape)

    def op(self, kind: str, *inputs: Any, outputs: int = 1, shape: tuple[int, ...] = (), **attributes) -> Any:
        names = [self.name() for _ in range(outputs)]
        operands = [self.value(value).name for value in inputs]
        self.nodes.append(helper.make_node(kind, operands, names, **attributes))
        values = [Value(self, name, shape) for name in names]
        return values[0] if outputs == 1 else values

    def used_initializers(self) -> list[onnx.TensorProto]:
        """Without the weights that only the other graph reads."""
        used = {name for node in self.nodes for name in node.input}
        return [initializer for initializer in self.initializers if initializer.name in used]

    def value(self, value: Any) -> Value:
        if isinstance(value, Value):
            return value
        return self.constant(value if isinstance(value, np.ndarray) else np.array(value, np.float32))


class Value:
    """A value of a graph. Only weights know their shape."""

    def __init__(self, graph: Graph, name: str, shape: tuple[int, ...] = ()):
        self.graph, self.name, self.shape = graph, name, shape

    def __add__(self, other):
        return self.graph.op("Add", self, other)

    def __sub__(self, other):
        return self.graph.op("Sub", self, other)

    def __mul__(self, other):
        return self.graph.op("Mul", self, other)

    def __radd__(self, other):
        return self.graph.op("Add", other, self)

    def __rmul__(self, other):
        return self.graph.op("Mul", other, self)

    def __matmul__(self, other):
        return self.graph.op("MatMul", self, other)


class OnnxOps:
    """The operations of `cells.NumpyOps`, written into a graph. Weights stay arrays of numpy until they are used."""

    def __init__(self, graph: Graph):
        self._graph = graph

    def tanh(self, x):
        return self._graph.op("Tanh", x)

    def sigmoid(self, x):
        return self._graph.op("Sigmoid", x)

    def clip(self, x, low: float, high: float):
        return self._graph.op("Clip", x, low, high)

    def split(self, x, parts: int):
        return self._graph.op("Split", x, outputs=parts, num_outputs=parts, axis=-1)

    def columns(self, w: Value, begin: int, end: int):
        return self._graph.constant(_array_of(w)[:, begin:end])

    def row(self, w: Value, index: int):
        return self._graph.constant(_array_of(w)[index])

    def softmax(self, x):
        return self._graph.op("Softmax", x, axis=-1)

    def layer_norm(self, x, gamma, beta):
        return self._graph.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=0.001)

    def rows_dot(self, m, v):
        product = self._graph.op("MatMul", m, self._graph.op("Unsqueeze", v, np.array([2])))
        return self._graph.op("Squeeze", product, np.array([2]))

    def weighted_rows(self, v, m):
        product = self._graph.op("MatMul", self._graph.op("Unsqueeze", v, np.array([1])), m)
        return self._graph.op("Squeeze", product, np.array([1]))


def _array_of(weight: Value) -> np.ndarray:
    stored = next(i for i in weight.graph.initializers if i.name == weight.name)
    return numpy_helper.to_array(stored)


def _floats(name: str, shape: tuple[int | None, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def operator_model(job: Job, arrays: Arrays) -> onnx.GraphProto:
    """The LSTM or GRU operator over (time, batch, features)."""
    units, gru = job.sizes["units"], job.cell == "gru"
    # Keras has i f c o, and z r h; ONNX i o f c, and z r h.
    order = [0, 1, 2] if gru else [0, 3, 1, 2]

    def gates(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array[..., g * units:(g + 1) * units] for g in order], axis=-1)

    w = arrays.weights
    bias = gates(w["b"]).ravel() if gru else np.concatenate([gates(w["b"]), np.zeros(4 * units, np.float32)])
    initializers = [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in (
        ("W", gates(w["W"]).T[None]), ("R", gates(w["U"]).T[None]), ("B", bias[None]))]
    attributes = {"linear_before_reset": 1} if gru else {}
    node = helper.make_node("GRU" if gru else "LSTM", ["X", "W", "R", "B"], ["Y"], hidden_size=units, **attributes)
    return helper.make_graph([node], "cell", [_floats("X", (job.time, job.batch, job.sizes["features"]))],
                             [_floats("Y", (job.time, 1, job.batch, units))], initializers)


def scan_model(job: Job, arrays: Arrays) -> onnx.GraphProto:
    """The products of all inputs at once, then Scan over the steps."""
    cell = cells.CELLS[job.cell]
    outer = Graph("outer_")
    outer_weights = {name: outer.constant(array) for name, array in arrays.weights.items()}
    projected = cell.project(OnnxOps(outer), outer_weights, Value(outer, "X"))

    body = Graph("body_")
    shapes = cell.states(job.sizes)
    weights = {name: body.constant(array) for name, array in arrays.weights.items()}
    constants = {name: body.constant(array) for name, array in arrays.constants.items()}
    states = {name: Value(body, f"{name}_in") for name in shapes}
    steps = tuple(Value(body, f"p{k}_in") for k in range(len(projected)))
    y, new = cell.step(OnnxOps(body), weights, constants, steps, states)
    for name in shapes:
        body.nodes.append(helper.make_node("Identity", [new[name].name], [f"{name}_out"]))
    body.nodes.append(helper.make_node("Identity", [y.name], ["y_out"]))
    body_graph = helper.make_graph(
        body.nodes, "body",
        [_floats(f"{name}_in", (job.batch, *shape)) for name, shape in shapes.items()]
        + [_floats(f"p{k}_in", (job.batch, None)) for k in range(len(projected))],
        [_floats(f"{name}_out", (job.batch, *shape)) for name, shape in shapes.items()]
        + [_floats("y_out", (job.batch, None))], body.used_initializers())
    initial = [outer.constant(arrays.states[name]).name for name in shapes]
    outer.nodes.append(helper.make_node(
        "Scan", initial + [value.name for value in projected], [f"{name}_last" for name in shapes] + ["Y"],
        body=body_graph, num_scan_inputs=len(projected)))
    return helper.make_graph(outer.nodes, "cell", [_floats("X", (job.time, job.batch, arrays.x.shape[2]))],
                             [_floats("Y", (job.time, job.batch, None))], outer.used_initializers())


class OnnxRuntime(Peer):
    def version(self) -> str:
        return onnxruntime.__version__

    def prepare(self, job: Job) -> list[Variant]:
        if job.mode == "step":
            raise Unsupported("called from Python, a single step would time Python")
        if job.dtype != "f32" or job.mask or job.go_backwards:
            raise Unsupported("only f32, forwards and without masks is set up")
        arrays = arrays_of(job)
        if job.cell in ("lstm", "gru"):
            return [self._variant(job, arrays, "operator", operator_model, lambda y: y[:, 0])]
        return [self._variant(job, arrays, "Scan", scan_model, lambda y: y)]

    @staticmethod
    def _variant(job: Job, arrays: Arrays, label: str, model: Callable[[Job, Arrays], onnx.GraphProto],
                 dense: Callable[[np.ndarray], np.ndarray]) -> Variant:
        proto = helper.make_model(model(job, arrays), opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        session = onnxruntime.InferenceSession(proto.SerializeToString(), options, ["CPUExecutionProvider"])
        binding = session.io_binding()
        x = onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(arrays.x.swapaxes(0, 1)))
        binding.bind_ortvalue_input("X", x)
        session_outputs = [output.name for output in session.get_outputs()]
        first = session.run(session_outputs, {"X": x.numpy()})[0]
        y = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros_like(first))
        binding.bind_ortvalue_output("Y", y)
        return Variant(label, repeated(lambda: session.run_with_iobinding(binding)),
                       lambda: dense(y.numpy()).swapaxes(0, 1))


def make() -> Peer:
    return OnnxRuntime()
