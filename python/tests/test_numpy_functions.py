"""numpy's functions over traced arrays of every element type: numpy's element types and numpy's numbers.

Where numpy would make float16 or int8 of booleans, which Rondo has not, the results are float64 and int64.
"""

import warnings

import numpy as np
import pytest

import rondo

TYPES = [np.float32, np.float64, np.int32, np.int64, np.bool_]
rng = np.random.default_rng(11)
SPECIAL = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1.0, -1.0, 3.0, 7.0, -7.0, np.inf, -np.inf, np.nan, 1e-3]
NUMBERS = {np.dtype(t).name: np.array(SPECIAL, t) for t in (np.float32, np.float64)} | {
    np.dtype(t).name: np.array([0, 1, 2, 3, -1, -2, -3, 7, -7, 100, -100, np.iinfo(t).max, np.iinfo(t).min, 12345, 6, 5], t)
    for t in (np.int32, np.int64)} | {"bool": np.arange(16) % 3 == 0}
OTHERS = {name: np.roll(array, 5) for name, array in NUMBERS.items()}
TIME = np.zeros((2, 1, 1), np.float32)

UFUNCS = [name for name in rondo.ops.UFUNCS if isinstance(getattr(np, name, None), np.ufunc)]
UNARY = [name for name in UFUNCS if getattr(np, name).nin == 1]
BINARY = [name for name in UFUNCS if getattr(np, name).nin == 2 and name != "matmul"]
WITH_REMAINDER = ("floor_divide", "remainder", "divmod")  # not of float64


def of_rondo(dtype):
    return {np.dtype(np.float16): np.dtype(np.float64), np.dtype(np.int8): np.dtype(np.int64)}.get(dtype, dtype)


def answers(function, *operands):
    """What numpy makes of them, in a tuple; None where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = function(*operands)
        except (TypeError, ValueError):
            return None
    return found if isinstance(found, tuple) else (found,)


def compare(cases):
    """Each case, (function, operands): traced with every array as an input, all cases in one step function."""
    wanted = {str(index): answers(function, *operands) for index, (function, operands) in enumerate(cases)}

    def step(x, states):
        return {str(index): function(*(x[f"{index}.{at}"] if isinstance(operand, np.ndarray) else operand
                                       for at, operand in enumerate(operands)))
                for index, (function, operands) in enumerate(cases)}, []
    inputs = {f"{index}.{at}": np.stack([operand] * 2)[:, None] for index, (_, operands) in enumerate(cases)
              for at, operand in enumerate(operands) if isinstance(operand, np.ndarray)}
    last = rondo.rnn(step, inputs, [])[0]
    for index, (function, operands) in enumerate(cases):
        results = last[str(index)] if isinstance(last[str(index)], tuple) else (last[str(index)],)
        for found, right in zip(results, wanted[str(index)], strict=True):
            check(found[1], np.asarray(right), function, operands)


def check(found, right, function, operands):
    told = f"{function.__name__}{tuple(getattr(operand, 'dtype', operand) for operand in operands)}"
    assert found.dtype == of_rondo(right.dtype), told
    right = right.astype(found.dtype)
    if right.dtype.kind == "f" and not any(getattr(x, "dtype", None) == np.bool_ for x in operands):
        epsilon = np.finfo(right.dtype).eps
        np.testing.assert_allclose(found, right, rtol=16 * epsilon, atol=epsilon, err_msg=told)
        if function.__name__ in ("rint", "floor", "ceil", "trunc", "remainder", "floor_divide"):
            np.testing.assert_array_equal(np.signbit(found[found == 0]), np.signbit(right[right == 0]), err_msg=told)
    elif right.dtype.kind == "f":  # numpy's are of float16
        np.testing.assert_allclose(found, right, rtol=2e-3, atol=1e-3, err_msg=told)
    else:
        np.testing.assert_array_equal(found, right, err_msg=told)


def refused(function, *operands):
    def step(x, states):
        function(*(x[:, None] * 0 + operand if isinstance(operand, np.ndarray) and operand.dtype.kind == "f" else
                   x.astype(operand.dtype) if isinstance(operand, np.ndarray) else operand for operand in operands))
        return x, []
    with pytest.raises(rondo.CompileError) as caught:
        rondo.rnn(step, TIME, [])
    assert caught.value.lineno


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(name):
    function = getattr(np, name)
    if name == "reciprocal":  # of integers, below
        arrays = [array for array in NUMBERS.values() if array.dtype.kind != "i"]
    elif name in ("sin", "cos", "tan"):  # integers of any size are beyond their range
        arrays = [array[:11] for array in NUMBERS.values()]
    elif name == "invert":
        arrays = [NUMBERS["bool"]]
    else:
        arrays = list(NUMBERS.values())
    compare([(function, (array,)) for array in arrays if answers(function, array)])
    for array in arrays:
        if not answers(function, array):
            refused(function, array)


def operands_of(name):
    """Arrays of all types beside one another and beside numbers of Python's."""
    for left, array in NUMBERS.items():
        for right in (*OTHERS.values(), 2, 2.5, True):
            yield array, right
        yield 3, array
        yield 1.5, array


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(name):
    function, cases = getattr(np, name), []
    for operands in operands_of(name):
        found = answers(function, *operands)
        if not found:
            refused(function, *operands)
        elif found[0].dtype == np.float64 and name in WITH_REMAINDER:
            refused(function, *operands)
        elif name.startswith("bitwise") and found[0].dtype != np.bool_:
            refused(function, *operands)
        elif name == "power" and found[0].dtype.kind == "i":
            continue  # below
        else:
            cases.append((function, operands))
    compare(cases)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 10, 63, np.int32(5), True])
def test_whole_numbers_to_a_power_that_is_known(exponent):
    compare([(np.power, (array, exponent)) for name, array in NUMBERS.items() if name != "bool"])


@pytest.mark.parametrize("base, exponent", [(NUMBERS["int32"], -1), (NUMBERS["int32"], NUMBERS["int64"]), (2, NUMBERS["int32"])])
def test_whole_numbers_to_other_powers_are_refused(base, exponent):
    refused(np.power, base, exponent)


def test_reciprocals_of_whole_numbers():
    compare([(np.reciprocal, (array[1:],)) for name, array in NUMBERS.items() if name.startswith("int")])


def test_quotients_of_whole_numbers_of_any_size():
    wide = np.concatenate([rng.integers(-2 ** 63, 2 ** 63 - 1, 300), rng.integers(-2 ** 40, 2 ** 40, 200)])
    narrow = np.concatenate([rng.integers(-2 ** 63, 2 ** 63 - 1, 200), rng.integers(-100, 100, 300)])
    for a, b in ((wide, narrow), (wide[:16], NUMBERS["int64"]), (NUMBERS["int64"], wide[:16]),
                 (wide.astype(np.int32), narrow.astype(np.int32))):
        compare([(np.floor_divide, (a, b)), (np.remainder, (a, b))])


def test_quotients_of_float32():
    a = (rng.standard_normal(500) * 10.0 ** rng.integers(-3, 4, 500)).astype(np.float32)
    b = (rng.standard_normal(500) * 10.0 ** rng.integers(-2, 3, 500)).astype(np.float32)
    whole = rng.integers(-50, 50, 500).astype(np.float32)
    compare([(np.remainder, (a, b)), (np.floor_divide, (a, b)), (np.remainder, (whole, np.roll(whole, 1))),
             (np.floor_divide, (whole * b, b))])


CHOICES = [(1.0, 2.0), (1, 2), (1, 2.0), (True, False), (True, 1), (np.float32(1), 2), (np.int32(1), 2.5)]


@pytest.mark.parametrize("numbers", CHOICES, ids=str)
def test_where_of_numbers_has_their_type(numbers):
    compare([(lambda x: np.where(x > 0, *numbers), (array,)) for array in NUMBERS.values()])


ROWS = {name: array[:12].reshape(3, 4) for name, array in NUMBERS.items()} | {
    name: np.round(rng.standard_normal((3, 4)) * 4).astype(name) for name in ("float32", "float64")}
OVER_AN_AXIS = {
    **{name: lambda a, f=getattr(np, name): f(a, axis=-1) for name in (
        "sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "argmax", "argmin", "cumsum", "cumprod", "diff",
        "ptp", "count_nonzero", "average", "flip")},
    "kept axes": lambda a: np.argmax(a, axis=-2, keepdims=True), "other axis": lambda a: np.cumsum(a, axis=-2),
    "with a type": lambda a: np.cumsum(a, axis=-2, dtype=np.float64), "differences": lambda a: np.diff(a, n=2, axis=-2),
    "weights": lambda a: np.average(a, axis=-1, weights=[1.0, 2.0, 3.0, 4.0]), "norm": lambda a: np.linalg.norm(a, axis=-1),
    "numbers for NaN": lambda a: np.nan_to_num(a, nan=7, posinf=8), "round": lambda a: np.round(a),
    "select": lambda a: np.select([a > 2, a > 0], [a, a * 2], 9), "methods": lambda a: a.round(1).cumsum(axis=-1),
    "padded": lambda a: np.pad(a, (*((0, 0),) * (a.ndim - 2), (1, 0), (2, 1)),
                               constant_values=(*((0, 0),) * (a.ndim - 2), (1, 2), (3, 4))),
}


@pytest.mark.parametrize("name", OVER_AN_AXIS)
def test_functions_over_an_axis(name):
    """Axes are counted from the end, so that the batch axis in front changes nothing."""
    function = OVER_AN_AXIS[name]
    arrays = {key: rows for key, rows in ROWS.items() if answers(function, rows)}
    last = rondo.rnn(lambda x, s: ({key: function(x[key]) for key in x}, []),
                     {key: np.stack([rows] * 2)[:, None] for key, rows in arrays.items()}, [])[0]
    for key, rows in arrays.items():
        check(last[key][1], np.asarray(answers(function, rows)[0]), function, (rows,))


def test_extremes_beside_nan():
    rows = np.array([[1, np.nan, 3], [np.nan, np.nan, 0], [2, 2, 1]], np.float32)
    compare([(f, (rows,)) for f in (lambda a: np.argmax(a, axis=-1), lambda a: np.argmin(a, axis=-1))])


MATRIX, MORE = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (4, 5)))
PRODUCTS = {
    "inner": lambda x: np.inner(x, MORE.T), "tensordot": lambda x: np.tensordot(x, MORE, axes=1),
    "tensordot over axes": lambda x: np.tensordot(x, MORE, axes=([2], [0])), "dot": lambda x: np.dot(x, MORE),
    "einsum of three": lambda x: np.einsum("bsf,fn,sn->bn", x, MORE, MATRIX @ MORE),
    "einsum of four": lambda x: np.einsum("bsf,fn,sf,n->bs", x, MORE, MATRIX, MORE[0]),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    x = rng.standard_normal((2, 3, 4)).astype(np.float32)
    found = rondo.rnn(lambda x, s: (PRODUCTS[name](x), []), x[:, None], [])[0]
    np.testing.assert_allclose(found, PRODUCTS[name](x), rtol=1e-4, atol=1e-5)


def called(name, x):
    """numpy's function of that name, of as many operands as it takes."""
    function = getattr(np, name, None) or getattr(np.linalg, name)
    whole = x.astype(np.int64) if name in ("gcd", "left_shift", "right_shift") else x
    if name.endswith("stack"):
        return function([x, x])
    if name in ("percentile", "quantile", "partition"):
        return function(x, 1)
    if name == "interp":
        return function(x, x, x)
    pairs = name in ("compress", "extract", "solve", "cross", "convolve") or getattr(function, "nin", 1) == 2
    return function(whole, whole) if pairs else function(x)


@pytest.mark.parametrize("name", sorted(rondo.ops.INSTEAD))
def test_what_to_write_instead_is_said(name):
    with pytest.raises(rondo.CompileError) as caught:
        rondo.rnn(lambda x, s: (called(name, x), []), TIME, [])
    assert rondo.ops.INSTEAD[name] in str(caught.value) and caught.value.filename == __file__
