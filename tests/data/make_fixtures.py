"""Writes the .npz fixtures of npz_test.cpp with numpy, as users do. Run in this folder: python make_fixtures.py"""

import numpy as np

arrays = {
    "f4": np.arange(6, dtype="<f4").reshape(2, 3) / 4,
    "f8_fortran": np.asfortranarray(np.arange(24, dtype="<f8").reshape(2, 3, 4)),
    "f2": np.array([0.5, -1.5, 65504, 2**-24, np.inf], dtype="<f2"),
    "i4_big": np.array([1, -2, 2**31 - 1], dtype=">i4"),
    "u8": np.array([0, 2**63 - 1], dtype="<u8"),
    "bool": np.array([[True, False], [False, True]]),
    "scalar": np.float32(2.5),
    "empty": np.zeros((0, 3), dtype="<f4"),
    "layer/kernel": np.array([1, 2], dtype="<i8"),
}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.savez("objects.npz", x=np.array([{}], dtype=object))
