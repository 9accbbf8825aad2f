#!/usr/bin/env python3
"""Draws docs/figures/draine_*.svg: the built-in dust against older tables, the published extinction curve and DustEM.

    python3 tools/draine_figures.py build/release REFERENCE_DATA docs/figures
"""
import pathlib
import subprocess
import sys
import tempfile

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


def simulate(program, *options):
    """Columns of the table that `ismulate simulate dust` writes, by name."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "out.ecsv"
        subprocess.run([program, "simulate", "dust", *options, "--quiet", "-o", str(file)], check=True)
        rows = [line.split() for line in file.read_text().splitlines() if not line.startswith("#")]
    return {name: np.array([float(row[i]) for row in rows[1:]]) for i, name in enumerate(rows[0])}


def number_rows(path, columns):
    rows = []
    for line in path.read_text().splitlines():
        try:
            row = [float(word) for word in line.split()]
        except ValueError:
            continue
        if len(row) == columns:
            rows.append(row)
    return np.array(rows)


def draw_extinction(axes, program, reference):
    ours = simulate(program, "--grains", "weingartner-draine-2001", "--show", "extinction", "--wavelengths", "0.1:1000:2000")
    published = number_rows(reference / "dust/reference/kext_albedo_WD_MW_3.1_60_D03.dat", 6)
    published = published[(published[:, 0] >= 0.1) & (published[:, 0] <= 1000)]
    value = np.exp(np.interp(np.log(published[:, 0]), np.log(ours["wavelength"]), np.log(ours["extinction"])))
    axes.semilogx(published[:, 0], value / published[:, 3], lw=1)
    axes.axhline(1, color="0.6", lw=0.5)
    axes.set(title="extinction / published curve", xlabel="wavelength [um]", ylabel="ratio", ylim=(0.9, 1.1))


def draw_emission(axes, program, reference):
    field = reference / "dust/dustem/data/ISRF_MATHIS.DAT"
    common = ["--field", str(field), "-p", "G0=1", "--wavelengths", "2:1000:1500"]
    dustem = number_rows(reference / "dust/reference/SED_DL07.RES", 7)
    axes.loglog(dustem[:, 0], dustem[:, -1], lw=0.8, color="tab:red", label="DustEM's DL07")
    ours = simulate(program, *common)
    axes.loglog(ours["wavelength"], ours["total"], lw=0.8, color="black", label="built in")
    for name, style in (("PAH0", ":"), ("PAH1", "-."), ("graphite", "--"), ("silicate", (0, (5, 1)))):
        axes.loglog(ours["wavelength"], ours[name], lw=0.6, ls=style, color="0.4", label=name)
    axes.set(title="emission, Mathis field", xlabel="wavelength [um]", ylabel="4 pi nu j_nu [erg/s/H]", xlim=(2, 1000), ylim=(1e-27, 1e-23))
    axes.legend(fontsize=7)


def draw(path, width, *panels):
    figure, axes = plt.subplots(1, len(panels), figsize=(width, 3.4))
    for each, panel in zip(axes, panels):
        panel(each)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    build, reference, target = map(pathlib.Path, sys.argv[1:4])
    efficiencies, program = str(build / "examples/example_grain_efficiencies"), str(build / "app/ismulate")
    draw(target / "draine_efficiencies.svg", 9,
         lambda axes: draw_ratio(axes, efficiencies, "silicate", reference / "dust/draine/suvSil_81.dat", "silicate Q_abs / table of 1999"),
         lambda axes: draw_ratio(axes, efficiencies, "graphite", reference / "dust/draine/Gra_81.dat", "graphite Q_abs / table of 1993"))
    draw(target / "draine_spectra.svg", 9,
         lambda axes: draw_extinction(axes, program, reference), lambda axes: draw_emission(axes, program, reference))


if __name__ == "__main__":
    main()
