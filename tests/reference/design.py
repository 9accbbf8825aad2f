"""Reference points of Sobol sequences without scrambling, by SciPy: writes sobol.csv (dimension-wise, points 0, 1, 2, 3, 1000, 65535)."""

import pathlib

import numpy as np
from scipy.stats import qmc

points = qmc.Sobol(32, scramble=False, bits=32).random(65536)
rows = [0, 1, 2, 3, 1000, 65535]
table = np.column_stack([rows, points[rows]])
header = "# SciPy's qmc.Sobol(32, scramble=False, bits=32); written by design.py\nindex," + ",".join(f"x{d}" for d in range(32))
np.savetxt(pathlib.Path(__file__).with_name("sobol.csv"), table, delimiter=",", header=header, comments="", fmt="%.17g")
