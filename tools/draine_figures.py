#!/usr/bin/env python3
"""Draws docs/figures/draine_efficiencies.svg: the built-in dust against older tables.

    python3 tools/draine_figures.py build/examples/example_grain_efficiencies REFERENCE_DATA docs/figures
"""
import pathlib
import subprocess
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

plt.rcParams.update({"svg.hashsalt": "ismulate", "svg.fonttype": "none", "font.size": 9})


def ours(program, material, radius):
    text = subprocess.run([program, material, repr(radius)], check=True, capture_output=True, text=True).stdout
    return np.loadtxt(text.splitlines())


def draine_block(path, radius, columns):
    """Rows of the block of a Draine table whose radius [um] is nearest, and that radius."""
    sizes, blocks = [], []
    for line in path.read_text().splitlines():
        words = line.split()
        if "= radius" in line:
            sizes.append(float(words[0]))
            blocks.append([])
        elif blocks and len(words) == columns:
            blocks[-1].append([float(word) for word in words])
    nearest = int(np.argmin(np.abs(np.log(np.array(sizes) / radius))))
    rows = np.array(blocks[nearest])
    return sizes[nearest], rows[np.argsort(rows[:, 0])]


def draw_ratio(axes, program, material, path, title):
    for radius in (0.01, 0.1, 1.0):
        size, rows = draine_block(path, radius, 4)
        table = ours(program, material, size)
        keep = (rows[:, 0] >= 0.05) & (rows[:, 0] <= 1000)
        wavelength, expected = rows[keep, 0], rows[keep, 1]
        value = np.exp(np.interp(np.log(wavelength), np.log(table[:, 0]), np.log(table[:, 1])))
        axes.semilogx(wavelength, value / expected, lw=1, label=f"{size:g} um")
    axes.axvspan(0.0912, 10, color="0.93", zorder=0)
    axes.axhline(1, color="0.6", lw=0.5)
    axes.set_title(title)
    axes.set_xlabel("wavelength [um]")
    axes.legend(title="radius", fontsize=8)


def main():
    program, reference, target = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    draw_ratio(left, program, "silicate", reference / "dust/draine/suvSil_81.dat", "silicate / table of 1999")
    draw_ratio(right, program, "graphite", reference / "dust/draine/Gra_81.dat", "graphite / table of 1993")
    left.set_ylabel("ratio of Q_abs")
    figure.tight_layout()
    figure.savefig(target / "draine_efficiencies.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
