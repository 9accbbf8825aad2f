#!/usr/bin/env python3
"""Are the intervals of `ismulate fit` true? Synthetic sources, made by the physics, fitted with the emulator.

    python3 studies/fit/calibrate.py PROGRAM SPECTRA.h5 EMULATOR OUT [SEED]

SPECTRA.h5 is a grid of THEMIS at random parameters that the emulator never saw (studies/dust/teach_themis.sh makes one). 500 of
them are seen through 12 bands at 1 Mpc, with a dust mass drawn from its prior, a calibration error for each instrument, noise of
3 % of the flux and 0.3 mJy (as the errors say), and a 3-sigma limit where the noisy flux is below three times its error. Printed:
for each parameter the chi-square of its ranks in 20 bins with its p-value, and how often the 68 and 95 % intervals hold the truth.
"""

import csv
import math
import pathlib
import subprocess
import sys

import h5py
import numpy as np

BANDS = {
    "IRAC_1": "IRAC",
    "IRAC_4": "IRAC",
    "WISE_3": "WISE",
    "WISE_4": "WISE",
    "MIPS_24": "MIPS",
    "PACS_70": "PACS",
    "PACS_100": "PACS",
    "PACS_160": "PACS",
    "SPIRE_250": "SPIRE",
    "SPIRE_350": "SPIRE",
    "SPIRE_500": "SPIRE",
    "IRAS_60": "IRAS",
}
CALIBRATION = {"IRAC": 0.03, "WISE": 0.045, "MIPS": 0.04, "PACS": 0.05, "SPIRE": 0.055, "IRAS": 0.1}
SOURCES, DISTANCE_MPC, RATIO = 500, 1.0, 7.43e-3
MASS = (1e3, 1e6)  # [solMass], log-uniform
NAMES = ["U", "age", "amin", "dust_mass"]
MPC, SUN, HYDROGEN, LIGHT = 3.0856775814913673e24, 1.98841e33, 1.67353284e-24, 2.99792458e14


def band_fluxes(program, out, wavelength, spectra):
    """4 pi nu j_nu in the bands (sources x bands), by `ismulate photometry`, and their wavelengths."""
    header = "wavelength [um]," + ",".join(f"s{i} [erg s-1 H-1]" for i in range(len(spectra)))
    np.savetxt(out / "spectra.csv", np.column_stack([wavelength, spectra.T]), delimiter=",", header=header, comments="", fmt="%.12g")
    subprocess.run(
        [program, "photometry", out / "spectra.csv", "--bands", ",".join(BANDS), "-o", out / "bands.csv", "--force"], check=True
    )
    lines = [line for line in (out / "bands.csv").read_text().splitlines() if not line.startswith("#")]
    names = [name.split(" [")[0] for name in lines[0].split(",")]
    rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
    fluxes = np.array([[float(row[f"s{i}"]) for row in rows] for i in range(len(spectra))])
    return fluxes, np.array([float(row["wavelength"]) for row in rows])


def observed(fluxes, rng):
    """Noisy fluxes, errors and limits [Jy] (sources x bands)."""
    instruments = list(CALIBRATION)
    factors = 1 + rng.standard_normal((len(fluxes), len(instruments))) * np.array(list(CALIBRATION.values()))
    calibrated = fluxes * np.stack([factors[:, instruments.index(name)] for name in BANDS.values()], axis=1)
    errors = np.hypot(0.03 * fluxes, 3e-4)
    values = calibrated + errors * rng.standard_normal(fluxes.shape)
    limits = values < 3 * errors
    return np.where(limits, 3 * errors, values), errors, limits


def p_of_chi2(chi2, freedom):
    """Upper tail of chi-square, by the regularised gamma function (Numerical series; freedom / 2 not an integer is fine)."""
    a, x = freedom / 2, chi2 / 2
    term = total = 1 / a
    for n in range(1, 2000):
        term *= x / (a + n)
        total += term
    return 1 - total * math.exp(-x + a * math.log(x) - math.lgamma(a))


def write_sources(program, grid, out, rng, count):
    """Synthetic sources in out/sources.csv; their true U, age [yr], amin [nm] and dust mass [solMass] (count x 4)."""
    with h5py.File(grid) as file:
        axis = np.array(file["axis"])
        chosen = np.sort(rng.choice(len(file["parameters"]), count, replace=False))
        parameters, spectra = file["parameters"][:][chosen], file["outputs"][:][chosen]
    per_hydrogen, wavelength = band_fluxes(program, out, axis, spectra)
    mass = np.exp(rng.uniform(np.log(MASS[0]), np.log(MASS[1]), count))
    jansky = 1e23 * wavelength / LIGHT / (4 * math.pi * (DISTANCE_MPC * MPC) ** 2)
    fluxes = per_hydrogen * (mass * SUN / (RATIO * HYDROGEN))[:, None] * jansky
    values, errors, limits = observed(fluxes, rng)
    truth = np.column_stack([parameters, mass])
    with open(out / "sources.csv", "w") as file:
        file.write(",".join([f"true_{name}" for name in NAMES] + [f"{b} [Jy],{b}_err [Jy],{b}_flag" for b in BANDS]) + "\n")
        for i in range(count):
            entries = [repr(float(v)) for v in truth[i]]
            for b in range(len(BANDS)):
                entries += [repr(float(values[i, b])), repr(float(errors[i, b])), "upper" if limits[i, b] else ""]
            file.write(",".join(entries) + "\n")
    print(f"{count} sources, {limits.mean():.1%} limits")
    return truth


def fit_options():
    """What `ismulate fit` is told of the sources."""
    calibration = ",".join(f"{name}={fraction}" for name, fraction in CALIBRATION.items())
    return ["--dust-to-hydrogen", str(RATIO), "-p", f"dust_mass={MASS[0]}:{MASS[1]}", "--calibration", calibration]


def main():
    program, grid, emulator, out = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    out.mkdir(exist_ok=True)
    truth = write_sources(program, grid, out, np.random.default_rng(seed), SOURCES)
    command = [program, "fit", emulator, out / "sources.csv", "--distance", f"{DISTANCE_MPC} Mpc", *fit_options()]
    result = subprocess.run([*command, "-o", out / "fits.csv", "--force", "--seed", str(seed), *sys.argv[6:]], check=False)
    if result.returncode not in (0, 3):
        sys.exit(result.returncode)
    lines = [line for line in (out / "fits.csv").read_text().splitlines() if not line.startswith("#")]
    columns = [name.split(" [")[0] for name in next(csv.reader(lines[:1]))]
    rows = [dict(zip(columns, row)) for row in csv.reader(lines[1:])]
    assert len(rows) == SOURCES
    print(f"converged: {sum(row['fit'] == 'converged' for row in rows)}")
    for d, name in enumerate(NAMES):
        ranks = np.array([float(row[f"rank_{name}"]) for row in rows])
        counts, _ = np.histogram(ranks, bins=20, range=(0, 1))
        chi2 = float(((counts - SOURCES / 20) ** 2 / (SOURCES / 20)).sum())
        inside = [
            np.mean([float(row[f"{name}_{lo}"]) <= truth[i, d] <= float(row[f"{name}_{hi}"]) for i, row in enumerate(rows)])
            for lo, hi in (("lo", "hi"), ("lo95", "hi95"))
        ]
        print(
            f"{name:10s} ranks: chi2 {chi2:5.1f}, p {p_of_chi2(chi2, 19):.3f}; 68 % interval holds {inside[0]:.1%}, 95 % {inside[1]:.1%}"
        )


if __name__ == "__main__":
    main()
