#!/usr/bin/env python3
"""Writes mie_miepython.csv: Mie efficiencies by an independent code (pip install miepython==3.3.0).

From x = 0.15 on: for |m| x < 0.1 that code uses an approximation; mie_exact.py covers small x.

    python3 tests/reference/mie_miepython.py > tests/reference/mie_miepython.csv
"""
import miepython
import numpy as np

INDICES = [(1.33, 0.0), (1.33, 1e-5), (1.5, 0.01), (1.7, 0.03), (1.01, 1e-4), (0.9, 0.02), (0.3, 0.9), (1.6, 1.3), (3.0, 4.0), (10.0, 10.0)]

print(f"# Q_ext, Q_sca, g of spheres; origin: miepython {miepython.__version__} (S. Prahl, MIT, PyPI), efficiencies_mx(n - i k, x)")
print("# written by tests/reference/mie_miepython.py; columns: x, n, k, q_ext, q_sca, g")
for n, k in INDICES:
    for x in np.geomspace(0.15, 1e4, 34):
        ext, sca, _, g = miepython.efficiencies_mx(complex(n, -k), np.array([x]))
        print(f"{x:.17g},{n},{k},{ext[0]:.12e},{sca[0]:.12e},{g[0]:.12e}")
