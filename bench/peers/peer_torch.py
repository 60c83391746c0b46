"""PyTorch: `nn.LSTM` and `nn.GRU`, and TorchScript for other cells. Runs under Debian's Python, which has it."""

from __future__ import annotations

from typing import Callable

import numpy as np
import torch
from torch import Tensor

from jobs import Arrays, Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated

torch.set_num_threads(1)
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)


@torch.jit.script
def minimal_gated_unit(x: Tensor, W: Tensor, U_gate: Tensor, U_candidate: Tensor, b: Tensor, h: Tensor) -> Tensor:
    projected = (x @ W + b).unbind(0)
    outputs = []
    for p in projected:
        xf, xn = p.chunk(2, 1)
        f = torch.sigmoid(xf + h @ U_gate)
        n = torch.tanh(xn + (f * h) @ U_candidate)
        h = h + f * (n - h)
        outputs.append(h)
    return torch.stack(outputs)


@torch.jit.script
def layer_norm_lstm(x: Tensor, W: Tensor, U: Tensor, b: Tensor, gamma_x: Tensor, beta_x: Tensor, gamma_h: Tensor,
                    beta_h: Tensor, gamma_c: Tensor, beta_c: Tensor, h: Tensor, c: Tensor) -> Tensor:
    width, units = U.shape[1], U.shape[0]
    projected = (torch.layer_norm(x @ W, [width], gamma_x, beta_x, 0.001) + b).unbind(0)
    outputs = []
    for p in projected:
        a = p + torch.layer_norm(h @ U, [width], gamma_h, beta_h, 0.001)
        i, f, g, o = a.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(torch.layer_norm(c, [units], gamma_c, beta_c, 0.001))
        outputs.append(h)
    return torch.stack(outputs)


@torch.jit.script
def clipped_peephole_lstm(x: Tensor, W: Tensor, U: Tensor, b: Tensor, P: Tensor, h: Tensor, c: Tensor) -> Tensor:
    projected = (x @ W + b).unbind(0)
    outputs = []
    for p in projected:
        i, f, g, o = torch.addmm(p, h, U).chunk(4, 1)
        i = torch.sigmoid(i + P[0] * c)
        f = torch.sigmoid(f + P[1] * c)
        c = torch.clamp(f * c + i * torch.tanh(g), -3.0, 3.0)
        h = torch.sigmoid(o + P[2] * c) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs)


@torch.jit.script
def attention_integrator(x: Tensor, Q: Tensor, V: Tensor, W: Tensor, leak: Tensor, memory: Tensor,
                         h: Tensor) -> Tensor:
    projected = (x @ W).unbind(0)
    scale = float(Q.shape[1]) ** -0.5
    outputs = []
    for p in projected:
        scores = torch.bmm(memory, (h @ Q).unsqueeze(2)).squeeze(2) * scale
        read = torch.bmm(torch.softmax(scores, 1).unsqueeze(1), memory).squeeze(1)
        h = h + leak * (torch.tanh(torch.addmm(p, read, V)) - h)
        outputs.append(h)
    return torch.stack(outputs)


def _tensors(arrays: Arrays) -> dict[str, Tensor]:
    """Everything that a script is given, by the names of its parameters."""
    named = {**arrays.weights, **arrays.constants, **arrays.states}
    return {name: torch.from_numpy(array) for name, array in named.items()}


def _script(job: Job, arrays: Arrays) -> Callable[[Tensor], Tensor]:
    script = {"minimal_gated_unit": minimal_gated_unit, "layer_norm_lstm": layer_norm_lstm,
              "clipped_peephole_lstm": clipped_peephole_lstm,
              "attention_integrator": attention_integrator}.get(job.cell)
    if script is None:
        raise Unsupported("there is no TorchScript of this cell")
    given = _tensors(arrays)
    if job.cell == "minimal_gated_unit":
        gate, candidate = given.pop("U").chunk(2, 1)
        given["U_gate"], given["U_candidate"] = gate.contiguous(), candidate.contiguous()
    return lambda x: script(x, **given)


def _layer(job: Job, arrays: Arrays) -> Callable[[Tensor], Tensor]:
    """nn.LSTM or nn.GRU with the weights of Keras: gates i f c o are i f g o there; z r h are r z n."""
    units, gru = job.sizes["units"], job.cell == "gru"
    order = [1, 0, 2] if gru else [0, 1, 2, 3]

    def gates(array: np.ndarray) -> Tensor:
        parts = [array[..., g * units:(g + 1) * units] for g in order]
        return torch.from_numpy(np.ascontiguousarray(np.concatenate(parts, axis=-1)))

    layer = (torch.nn.GRU if gru else torch.nn.LSTM)(job.sizes["features"], units)
    w = arrays.weights
    with torch.no_grad():
        layer.weight_ih_l0.copy_(gates(w["W"]).T)
        layer.weight_hh_l0.copy_(gates(w["U"]).T)
        layer.bias_ih_l0.copy_(gates(w["b"][0] if gru else w["b"]))
        layer.bias_hh_l0.copy_(gates(w["b"][1]) if gru else torch.zeros(4 * units))
    return lambda x: layer(x)[0]


class Torch(Peer):
    def version(self) -> str:
        return torch.__version__

    def prepare(self, job: Job) -> list[Variant]:
        if job.mode != "sequence":
            raise Unsupported("called from Python, a single step would time Python")
        if job.dtype != "f32" or job.mask or job.go_backwards:
            raise Unsupported("only f32, forwards and without masks is set up")
        arrays = arrays_of(job)
        layer = job.cell in ("lstm", "gru")
        run = (_layer if layer else _script)(job, arrays)
        x = torch.from_numpy(np.ascontiguousarray(arrays.x.swapaxes(0, 1)))

        def call() -> Tensor:
            with torch.no_grad():
                return run(x)

        call()  # a script is compiled for its shapes in its first two calls
        return [Variant("nn" if layer else "TorchScript", repeated(call),
                        lambda: call().numpy().swapaxes(0, 1))]


def make() -> Peer:
    return Torch()
