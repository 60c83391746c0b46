"""Functions over traced arrays, for use in step functions.

Those that numpy has bear its names and take its arguments; numpy's own do the same on traced arrays. The others are
Keras's. Shapes are those of real arrays, (B, ...); axes count the batch axis, which no function may touch. Element types
are those of numpy's results; where those would be float16 or int8, which Rondo has not, they are float64 and int64. Where
shapes do not fit, or samples would be mixed, functions raise `rondo.CompileError` with the line of the step function.
"""

from ..indexing import expand_dims
from .activations import (elu, gelu, hard_sigmoid, hard_sigmoid_keras2, hard_tanh, layer_norm, leaky_relu, relu, selu,
                          sigmoid, silu, softmax, softplus, softsign)
from .einsum import einsum
from .elementwise import (abs, absolute, add, bitwise_and, bitwise_or, bitwise_xor, clip, cos, cosh, deg2rad, degrees,
                          divide, equal, erf, exp, exp2, expm1, fabs, float_power, fmax, fmin, greater, greater_equal,
                          heaviside, hypot, invert, isfinite, isinf, isnan, less, less_equal, log, log1p, log2, log10,
                          logaddexp, logical_and, logical_not, logical_or, logical_xor, maximum, minimum, multiply,
                          nan_to_num, negative, not_equal, positive, power, rad2deg, radians, reciprocal, rsqrt, select,
                          sign, sin, sinh, sqrt, square, subtract, tan, tanh, where)
from .products import dot, inner, matmul, outer, tensordot
from .protocols import FUNCTIONS, INSTEAD, UFUNCS, no_counterpart
from .reductions import (all, any, argmax, argmin, average, count_nonzero, max, mean, min, norm, prod, ptp, reduce_with,
                         std, sum, var)
from .rounding import (around, ceil, divmod, fix, floor, floor_divide, mod, remainder, rint, round, trunc)
from .scans import cumprod, cumsum, diff
from .shapes import (array_split, broadcast_to, concatenate, flip, full_like, hsplit, hstack, moveaxis, ones_like, pad,
                     ravel, repeat, reshape, roll, split, squeeze, stack, swapaxes, take, tile, transpose, zeros_like)

__all__ = [
    "abs", "absolute", "add", "all", "any", "argmax", "argmin", "around", "array_split", "average",
    "bitwise_and", "bitwise_or", "bitwise_xor", "broadcast_to", "ceil", "clip", "concatenate", "cos", "cosh",
    "count_nonzero", "cumprod", "cumsum", "deg2rad", "degrees", "diff", "divide", "divmod", "dot", "einsum",
    "elu", "equal", "erf", "exp", "exp2", "expand_dims", "expm1", "fabs", "fix", "flip", "float_power", "floor",
    "floor_divide", "fmax", "fmin", "full_like", "FUNCTIONS", "gelu", "greater", "greater_equal",
    "hard_sigmoid", "hard_sigmoid_keras2", "hard_tanh", "heaviside", "hsplit", "hstack", "hypot", "inner",
    "INSTEAD", "invert", "isfinite", "isinf", "isnan", "layer_norm", "leaky_relu", "less", "less_equal", "log",
    "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "matmul",
    "max", "maximum", "mean", "min", "minimum", "mod", "moveaxis", "multiply", "nan_to_num", "negative",
    "no_counterpart", "norm", "not_equal", "ones_like", "outer", "pad", "positive", "power", "prod", "ptp",
    "rad2deg", "radians", "ravel", "reciprocal", "reduce_with", "relu", "remainder", "repeat", "reshape",
    "rint", "roll", "round", "rsqrt", "select", "selu", "sigmoid", "sign", "silu", "sin", "sinh", "softmax",
    "softplus", "softsign", "split", "sqrt", "square", "squeeze", "stack", "std", "subtract", "sum", "swapaxes",
    "take", "tan", "tanh", "tensordot", "tile", "transpose", "trunc", "UFUNCS", "var", "where", "zeros_like",
]
