#!/usr/bin/env python3
"""Makes the coefficient tables of Rondo's elementary functions, from nothing but mpmath.

    python3 coefficients.py coefficients | clang-format-19 > coefficients.h
    python3 coefficients.py quarter_turns | clang-format-19 > quarter_turns.h

Every table is a weighted minimax fit by Remez' exchange (E. Ya. Remez, 1934) on a Chebyshev grid. Coefficients
are rounded to their float type one by one, lowest degree first, and those not yet rounded are fitted anew each time,
so that they make up for the rounding. A rational function is fitted through its linear form P - f Q, the weight
being f times the denominator of the round before. The error printed beside a table is that of the rounded
coefficients, in units of 2^-24 (f32) or 2^-53 (f64) relative to the function.
"""
import sys
from mpmath import mp, mpf, atanh, cos, erf, exp, expm1, floor, fsum, log, log1p, lu_solve, matrix, pi, sin, sqrt, tanh

mp.dps = 70
GRID = 500
MANTISSA = {"f32": 24, "f64": 53}


def round_to(value, bits):
    if value == 0:
        return value
    unit = mpf(2) ** (int(floor(log(abs(value), 2))) - bits + 1)
    return mp.nint(value / unit) * unit


def grid(low, high):
    low, high = mpf(low), mpf(high)
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * GRID)) for i in range(GRID)]


def errors(basis, target, weight, found):
    return [(t - fsum(c * b[i] for c, b in zip(found, basis))) / weight[i] for i, t in enumerate(target)]


def remez(basis, target, weight):
    """Coefficients c minimising max |target - sum c_j basis_j| / weight over the grid."""
    size, points = len(basis), len(target)
    reference = [round((points - 1) * k / size) for k in range(size + 1)]
    best, least = None, mp.inf
    for _ in range(40):
        system, right = matrix(size + 1, size + 1), matrix(size + 1, 1)
        for row, i in enumerate(reference):
            for j in range(size):
                system[row, j] = basis[j][i]
            system[row, size] = (-1) ** row * weight[i]
            right[row] = target[i]
        solution = lu_solve(system, right)
        found = [solution[j] for j in range(size)]
        error = errors(basis, target, weight, found)
        if max(map(abs, error)) < least:
            best, least = found, max(map(abs, error))
        peaks = []  # the largest error of each run of one sign
        for i in range(points):
            if peaks and (error[i] > 0) == (error[peaks[-1]] > 0):
                if abs(error[i]) > abs(error[peaks[-1]]):
                    peaks[-1] = i
            else:
                peaks.append(i)
        while len(peaks) > size + 1:
            if len(peaks) == size + 2:
                peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
            else:
                k = min(range(len(peaks) - 1), key=lambda k: max(abs(error[peaks[k]]), abs(error[peaks[k + 1]])))
                del peaks[k : k + 2]
        if len(peaks) < size + 1 or max(map(abs, error)) < abs(solution[size]) * mpf("1.005"):
            break
        reference = peaks
    return best


def fit_rounded(basis, target, weight, order, bits):
    """As remez, each coefficient rounded to `bits` in the given order and the rest fitted anew."""
    coefficients, left, rest = [None] * len(basis), list(order), list(target)
    solution = None
    while left:
        here = [basis[j] for j in left]
        kept = solution[1:] if solution else None
        solution = remez(here, rest, weight)
        if kept and max(map(abs, errors(here, rest, weight, kept))) < max(
            map(abs, errors(here, rest, weight, solution))
        ):
            solution = kept  # the exchange need not converge where what is left of the target is rounding alone
        j = left.pop(0)
        coefficients[j] = round_to(solution[0], bits)
        rest = [rest[i] - coefficients[j] * basis[j][i] for i in range(len(rest))]
    return coefficients, max(abs(rest[i] / weight[i]) for i in range(len(rest)))


def polynomial(function, weight, low, high, count, kind):
    """function(x) ~ sum of `count` terms c_i x^i, the error measured against weight(x)."""
    xs = grid(low, high)
    basis = [[x**i for x in xs] for i in range(count)]
    bits = MANTISSA[kind]
    found, error = fit_rounded(basis, [function(x) for x in xs], [abs(weight(x)) for x in xs], range(count), bits)
    return found, error * 2**bits


def odd_rational(function, slope, high, c, upper, lower, kind):
    """function(x) ~ c x + x P(x^2) / Q(x^2) on [0, high], P(0) = slope - c, Q(0) = 1, of the degrees given.

    c is moved by less than an ulp of P(0), to make up for the rounding of P(0).
    """
    xs, bits = grid(0, high), MANTISSA[kind]
    values = [function(x) for x in xs]
    first = round_to(slope - c, bits)
    c = round_to(slope - first, bits)
    above = [v - c * x for x, v in zip(xs, values)]
    basis = [[x ** (2 * i + 1) for x in xs] for i in range(1, upper + 1)]
    basis += [[-v * x ** (2 * j) for x, v in zip(xs, above)] for j in range(1, lower + 1)]
    target = [v - first * x for x, v in zip(xs, above)]
    under = [(1 + mpf("0.4") * x * x / lower) ** lower for x in xs]
    for _ in range(20):
        found = remez(basis, target, [v * q for v, q in zip(values, under)])
        before, under = under, [1 + sum(found[upper + j - 1] * x ** (2 * j) for j in range(1, lower + 1)) for x in xs]
        if max(abs(q / b - 1) for q, b in zip(under, before)) < mpf("1e-4"):
            break
    order = sorted(range(upper + lower), key=lambda k: k if k < upper else k - upper + 0.5)
    found, error = fit_rounded(basis, target, [v * q for v, q in zip(values, under)], order, bits)
    return c, [first] + found[:upper], [mpf(1)] + found[upper:], error


def table(name, what, values, error=None):
    note = "" if error is None else f" Error {mp.nstr(error, 2)}."
    print(f"\n// {what}{note}")
    literals = [float(v).hex() if v != 1 else "1" for v in values]
    print(f"inline constexpr std::array<double, {len(values)}> {name} = {{{', '.join(literals)}}};")


def exp_rest(x):  # (exp(x) - 1 - x) / x^2
    return (expm1(x) - x) / x**2 if abs(x) > 1e-3 else fsum(x**k / mp.factorial(k + 2) for k in range(30))


def log_rest(x):  # (log(1 + x) - x + x^2 / 2) / x^3
    return (log1p(x) - x + x**2 / 2) / x**3 if abs(x) > 1e-3 else fsum((-x) ** k / (k + 3) for k in range(40))


def atanh_rest(w):  # (2 atanh(s) - 2s - (2/3) s^3) / s^5 at w = s^2
    return fsum(2 * w**k / (2 * k + 5) for k in range(60))


def sin_rest(w):  # (sin(r) - r) / r^3 at w = r^2
    return fsum((-1) ** (k + 1) * w**k / mp.factorial(2 * k + 3) for k in range(40))


def cos_rest(w):  # (cos(r) - 1 + r^2 / 2) / r^4 at w = r^2
    return fsum((-1) ** k * w**k / mp.factorial(2 * k + 4) for k in range(40))


def coefficients():
    half_ln2, root = log(2) / 2 * mpf("1.001"), sqrt(mpf(2))
    print("// Made by coefficients.py. Errors are in units of 2^-24 (f32) or 2^-53 (f64), relative to the function.")
    print("#pragma once\n\n#include <array>\n\nnamespace rondo::ir::elementary::coefficients {")
    for kind, count in (("f32", EXP32), ("f64", 11)):
        found = polynomial(exp_rest, lambda x: (exp(x) if kind == "f32" else expm1(x)) / x**2, -half_ln2, half_ln2, count, kind)
        table(f"exp_{kind}", "exp(r) = 1 + r + r^2 q(r), |r| <= ln(2)/2: q.", *found)
    found = polynomial(log_rest, lambda x: log1p(x) / x**3, 1 / root - 1, root - 1, LOG32, "f32")
    table("log_f32", "log(1 + f) = f - f^2/2 + f^3 q(f), sqrt(1/2) <= 1 + f <= sqrt(2): q.", *found)
    s = (root - 1) / (root + 1)
    found = polynomial(atanh_rest, lambda w: 2 * atanh(sqrt(w)) / sqrt(w) ** 5, 0, s**2, 8, "f64")
    table("log_f64", "2 atanh(s) = 2s + (2/3) s^3 + s^5 q(s^2), |s| <= 3 - 2 sqrt(2): q.", *found)
    for kind, high, n_sin, n_cos in (("f32", "0.89", 4, 3), ("f64", "0.79", 6, 6)):
        square = mpf(high) ** 2
        found = polynomial(sin_rest, lambda w: sin(sqrt(w)) / sqrt(w) ** 3, 0, square, n_sin, "f64")
        table(f"sin_{kind}", f"sin(r) = r + r^3 q(r^2), |r| <= {high}: q.", *found)
        found = polynomial(cos_rest, lambda w: cos(sqrt(w)) / w**2, 0, square, n_cos, "f64")
        table(f"cos_{kind}", f"cos(r) = 1 - r^2/2 + r^4 q(r^2), |r| <= {high}: q.", *found)
    slope = 2 / sqrt(pi)
    for name, function, first, high, c, upper, lower, kind, unit in (
        ("tanh_f32", tanh, mpf(1), "9.02", "0.125", 4, 4, "f32", 24),
        ("erf_f32", erf, slope, "3.93", "0.25", 5, 5, "f64", 24),
        ("erf_f64", erf, slope, "5.93", "0.171875", *ERF64, "f64", 53),
    ):
        exact, over, under, error = odd_rational(function, first, high, mpf(c), upper, lower, kind)
        error *= mpf(2) ** unit
        table(f"{name}_upper", f"{name[:-4]}(x) = {c} x + x P(x^2) / Q(x^2), |x| <= {high}: P.", over, error)
        print(f"inline constexpr double {name}_slope = {float(exact).hex()};")
        table(f"{name}_lower", "And its Q.", under)
    for name, function, what, first, high in (
        ("tanh_fast", tanh, "tanh(x)", mpf(1), "7.9"),
        ("sigmoid_fast", lambda x: tanh(x / 2) / 2, "sigmoid(x) - 1/2", mpf(1) / 4, "15.8"),
    ):
        _, over, under, error = odd_rational(function, first, high, mpf(0), 4, 3, "f32")
        table(f"{name}_f32_upper", f"{what} = x P(x^2) / Q(x^2), |x| <= {high}: P.", over, error * 2**24)
        table(f"{name}_f32_lower", "And its Q.", under)
    print("\n}  // namespace rondo::ir::elementary::coefficients")


def quarter_turns():
    """2^e 2/pi mod 4 for e = 0 ... 104, each as a sum of three doubles, the first two of 29 bits at most."""
    print("// Made by coefficients.py. Row e: 2^e * 2/pi modulo 4 as the sum of one entry of each table; the entries of")
    print("// the first two have 29 bits at most, so that their products with a float are exact in double.")
    print("#pragma once\n\n#include <array>\n\nnamespace rondo::ir::elementary::coefficients {")
    parts = [[], [], []]
    for e in range(105):
        rest = 2 / pi * mpf(2) ** e
        rest -= 4 * floor(rest / 4)
        for part, bits in zip(parts, (29, 29, 53)):
            part.append(round_to(rest, bits))
            rest -= part[-1]
    for name, part in zip(("high", "middle", "low"), parts):
        print(f"\ninline constexpr std::array<double, 105> quarter_turns_{name} = {{")
        for i in range(0, 105, 4):
            print("    " + ", ".join(float(v).hex() for v in part[i : i + 4]) + ("," if i + 4 < 105 else "};"))
    print("\n}  // namespace rondo::ir::elementary::coefficients")


EXP32, LOG32, ERF64 = 5, 8, (12, 12)
if __name__ == "__main__":
    {"coefficients": coefficients, "quarter_turns": quarter_turns}[sys.argv[1]]()
