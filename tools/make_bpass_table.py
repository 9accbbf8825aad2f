#!/usr/bin/env python3
"""Rebins a BPASS spectra file to the wavelengths of the dust-heating integral (data/bpass_z008_binary.dat).

    python3 tools/make_bpass_table.py spectra-bin-imf135_300.z008.dat.gz > data/bpass_z008_binary.dat

Each value is the mean of the original spectrum under the triangle that reaches from one neighbour of the wavelength to
the other. These triangles add up to one everywhere, so the trapezoidal rule on the table returns the luminosity of the
original spectrum between 0.0912 and 10 um, for every age, to the rounding of the printed digits.
"""
import gzip
import sys

import numpy as np

EDGE = 0.0912        # [um] first node: the Lyman edge, where the dust field is cut
STRENGTH_END = 8.0   # [um] a node: U is defined between EDGE and here
LAST = 10.0          # [um] end of the BPASS spectra
TAIL_END = 1000.0    # [um] end of the Rayleigh-Jeans extension

HEADER = """\
# Spectra of a single burst of star formation, binary stellar populations, Z = 0.008, against age.
# Model: BPASS v2, IMF slope -1.30 for 0.1-0.5 and -2.35 for 0.5-300 Msun (file spectra-bin-imf135_300.z008.dat).
# Cite: Eldridge, Stanway et al. 2017, PASA 34, e058, doi:10.1017/pasa.2017.51;
#       Stanway & Eldridge 2018, MNRAS 479, 75, doi:10.1093/mnras/sty1353.
# Origin: distributed with hoki 1.7.1 (BSD-3-Clause, Copyright (c) 2020 H. F. Stevance); rebinned by
#         tools/make_bpass_table.py from 1 Angstrom: the trapezoidal rule on this table conserves the energy.
# From 0.0912 um (the Lyman edge, the cut of the dust field); beyond 10 um lambda^-4 (Rayleigh-Jeans) from the 10 um value.
# Columns: first row 0, then log10(age / yr); other rows wavelength [um], then L_lambda [Lsun um-1] per 1e6 Msun of stars
# formed at age 0. Only the shape heats the dust: the strength is set by U.
"""


def nodes():
    """Wavelengths [um] of the spectrum, and those of its Rayleigh-Jeans extension."""
    ratio = 1.0242
    count = 1 + round(np.log(STRENGTH_END / EDGE) / np.log(ratio))
    main = np.geomspace(EDGE, STRENGTH_END, count)
    upper = np.geomspace(STRENGTH_END, LAST, 1 + round(np.log(LAST / STRENGTH_END) / np.log(ratio)))
    tail = np.geomspace(LAST, TAIL_END, 17)
    return np.round(np.concatenate([main, upper[1:]]), 6), np.round(tail[1:], 4)


def under_triangles(x, y, node):
    """Mean of the piecewise linear function (x, y) under the triangle around each node (half triangles at the ends)."""
    grid = np.union1d(x[(x > node[0]) & (x < node[-1])], node)
    values = np.stack([np.interp(grid, x, column) for column in y.T], axis=1)
    cell = np.clip(np.searchsorted(node, grid[:-1], side="right") - 1, 0, len(node) - 2)
    step = np.diff(grid)
    out = np.zeros((len(node), y.shape[1]))
    # On each piece both the triangle and the spectrum are linear: Simpson's rule is exact for their product.
    for share in (0, 1):  # 0: the falling side of node cell, 1: the rising side of node cell + 1
        width = node[cell + 1] - node[cell]
        fall = lambda g: (node[cell + 1] - g) / width if share == 0 else (g - node[cell]) / width
        middle = 0.5 * (grid[:-1] + grid[1:])
        left, centre, right = (fall(g)[:, None] for g in (grid[:-1], middle, grid[1:]))
        piece = step[:, None] / 6 * (left * values[:-1] + 2 * centre * (values[:-1] + values[1:]) + right * values[1:])
        np.add.at(out, cell + share, piece)
    weight = np.zeros(len(node))
    weight[:-1] += 0.5 * np.diff(node)
    weight[1:] += 0.5 * np.diff(node)
    return out / weight[:, None]


def main():
    with gzip.open(sys.argv[1], "rt") as file:
        table = np.loadtxt(file)
    angstrom, flux = table[:, 0], table[:, 1:]
    if table.shape != (100000, 52):
        sys.exit(f"{sys.argv[1]}: {table.shape[0]} rows x {table.shape[1]} columns, expected 100000 x 52")
    ages = 6.0 + 0.1 * np.arange(51)
    wavelength, tail = nodes()
    spectrum = under_triangles(angstrom * 1e-4, flux * 1e4, wavelength)  # Lsun/A -> Lsun/um
    extension = spectrum[-1] * (wavelength[-1] / tail[:, None]) ** 4
    sys.stdout.write(HEADER)
    print("0", *[f"{age:.1f}" for age in ages])
    for lam, row in zip(np.concatenate([wavelength, tail]), np.concatenate([spectrum, extension])):
        print(f"{lam:.6g}", *[f"{value:.4e}" for value in row])


if __name__ == "__main__":
    main()
