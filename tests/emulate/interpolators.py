"""Writes tests/reference/interpolators.csv: what SciPy makes of the data of tests/emulate/interpolators.cpp.

Run by hand: python3 tests/emulate/interpolators.py   (NumPy and SciPy; versions are written into the table)
"""
import pathlib

import numpy as np
import scipy
from scipy.interpolate import NearestNDInterpolator, RBFInterpolator, RegularGridInterpolator, make_interp_spline


def outputs(x, y):
    """Natural logarithm of the three outputs at a point of the unit square."""
    return np.stack([np.sin(1.3 * x + 0.7 * j) + x * y - 0.5 * y**2 - 20.0 * j for j in range(3)], axis=-1)


def scattered(count, shift):
    """Additive recurrence on the plastic number (R2 sequence)."""
    i = np.arange(count)
    return np.stack([(shift + i * 0.7548776662466927) % 1.0, (shift + i * 0.5698402909980532) % 1.0], axis=-1)


ax, ay = np.arange(7) / 6.0, np.arange(6) / 5.0
grid = outputs(*np.meshgrid(ax, ay, indexing="ij"))
nodes = scattered(80, 0.5)
points = 0.02 + 0.96 * scattered(50, 0.25)
values = {
    "linear": RegularGridInterpolator((ax, ay), grid, method="linear")(points),
    # RegularGridInterpolator(method="cubic") is this spline, found by an iterative solver that stops at 1e-5.
    "cubic": np.array([make_interp_spline(ay, make_interp_spline(ax, grid, axis=0)(x), axis=0)(y) for x, y in points]),
    "nearest": NearestNDInterpolator(nodes, outputs(*nodes.T))(points),
    "local_cubic": RBFInterpolator(nodes, outputs(*nodes.T), kernel="cubic", degree=1, neighbors=30)(points),
}
path = pathlib.Path(__file__).parent.parent / "reference" / "interpolators.csv"
with path.open("w") as file:
    file.write(f"# natural logarithm of the outputs; scipy {scipy.__version__}, numpy {np.__version__}, tests/emulate/interpolators.py\n")
    file.write("method,x,y,f0,f1,f2\n")
    for method, table in values.items():
        for (x, y), f in zip(points, table):
            file.write(f"{method},{x:.17g},{y:.17g},{f[0]:.17g},{f[1]:.17g},{f[2]:.17g}\n")
