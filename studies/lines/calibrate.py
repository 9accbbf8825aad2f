#!/usr/bin/env python3
"""Are the intervals of `ismulate fit` true for lines? Synthetic sources with exactly its noise, censored lines and gaps.

    python3 studies/lines/calibrate.py PROGRAM LINES OUT [SEED [SOURCES]]

LINES is ../shared/data/lines. P, G0, Av and the factor of each source are drawn from their priors, intensities come from the published
network in NumPy (emcee_twin.py), the measured ones are max(omega, eps_m f + eps_a) (Palud et al. 2023, doi:10.1051/0004-6361/202345965)
with a noise that is drawn for each source and line, a calibration error of a factor 1.1, 1.3 or 1.6 of the line's kind, omega at three
sigma, and a tenth of the lines not observed. Printed: for each coordinate chi-square of its ranks in 20 bins with its p-value, and
how often the 68 and 95 % intervals hold the truth. Exit status 1 where a p is below 0.01. Needs numpy, scipy, h5py and emcee.
"""

import csv
import pathlib
import subprocess
import sys

import numpy as np
from emcee_twin import HIGH, LOW, NAMES, Network
from scipy.stats import chi2 as chi_square

LINES = [f"co_v0_j{j}__v0_j{j - 1}" for j in range(4, 14)] + [f"13c_o_j{j}__j{j - 1}" for j in range(5, 11)]
LINES += ["c_el3p_j1__el3p_j0", "c_el3p_j2__el3p_j1"]
FACTORS = {"co": 1.1, "13c": 1.3, "c_el": 1.6}  # exp of the multiplicative error
OMEGA, MISSING, BINS, LEAST_P = 3.0, 0.1, 20, 0.01


def kind_of(line):
    return next(kind for kind in ("13c", "c_el", "co") if line.startswith(kind))


def observed(intensities, rng):
    """Intensities as they are measured, and their additive errors (sources x lines); inf: not observed."""
    s = np.log([FACTORS[kind_of(line)] for line in LINES])
    faint = 10 ** rng.uniform(-8, -5.5, (len(intensities), 1))
    sigma = faint * 10 ** rng.uniform(-0.5, 0.5, intensities.shape)
    factor = np.exp(s * rng.standard_normal(intensities.shape) - s * s / 2)
    values = factor * intensities + sigma * rng.standard_normal(intensities.shape)
    print(f"{len(values)} sources, {np.mean(values < OMEGA * sigma):.0%} of the lines are censored")
    values = np.maximum(OMEGA * sigma * (1 - 1e-9), values)  # what lies below omega is only known to do so
    return values, np.where(rng.random(values.shape) < MISSING, np.inf, sigma)


def write_sources(network, out, rng, count):
    x = rng.uniform(LOW, HIGH, (count, len(NAMES)))
    values, errors = observed(10 ** (network.log10(x[:, :3]) + x[:, 3:]), rng)
    truth = [f"true_{name}" for name in NAMES]
    for name, rows in (("int", np.column_stack([10**x, values])), ("err", np.column_stack([10**x, errors]))):
        np.savetxt(out / f"mock_{name}.csv", rows, delimiter=",", header=",".join(truth + LINES), comments="", fmt="%.14g")
    return 10**x


def main():
    program, folder, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    seed, count = (int(sys.argv[k]) if len(sys.argv) > k else default for k, default in ((4, 1), (5, 400)))
    out.mkdir(exist_ok=True)
    network = Network(folder / "meudon_pdr_co_network.h5", LINES)
    truth = write_sources(network, out, np.random.default_rng(seed), count)
    (out / "mock.csv.partial").unlink(missing_ok=True)  # of a run that was stopped
    errors = f"factor {FACTORS['co']},13c*=factor {FACTORS['13c']},c_el*=factor {FACTORS['c_el']}"
    command = [program, "fit", "meudon_co", out / "mock_int.csv", "--errors", out / "mock_err.csv", "--amount", "factor",
               "--multiplicative", errors, "--censored", str(OMEGA), "-o", out / "mock.csv", "--force", "--seed", str(seed)]
    if subprocess.run(command, check=False).returncode not in (0, 3):
        sys.exit("the fit failed")
    lines = [line for line in (out / "mock.csv").read_text().splitlines() if not line.startswith("#")]
    columns = [name.split(" [")[0] for name in next(csv.reader(lines[:1]))]
    rows = [dict(zip(columns, row)) for row in csv.reader(lines[1:])]
    assert len(rows) == count
    print(f"converged: {sum(row['fit'] == 'converged' for row in rows)} of {count}")
    least = 1.0
    for d, name in enumerate(NAMES):
        ranks = np.array([float(row[f"rank_{name}"]) for row in rows])
        counts, _ = np.histogram(ranks, bins=BINS, range=(0, 1))
        assert counts.sum() == count
        chi2 = float(((counts - count / BINS) ** 2 / (count / BINS)).sum())
        p = chi_square.sf(chi2, BINS - 1)
        least = min(least, p)
        inside = [
            np.mean([float(row[f"{name}_{lo}"]) <= truth[i, d] <= float(row[f"{name}_{hi}"]) for i, row in enumerate(rows)])
            for lo, hi in (("lo", "hi"), ("lo95", "hi95"))
        ]
        print(f"{name:7s} ranks: chi2 {chi2:5.1f}, p {p:.3f}; 68 % interval holds {inside[0]:.1%}, 95 % {inside[1]:.1%}")
    below = np.array([float(row["p_chi2"]) for row in rows if row["p_chi2"] not in ("", "nan")])
    print(f"p_chi2: mean {below.mean():.3f}, {np.mean(below < 0.01):.1%} below 0.01")
    sys.exit(0 if least > LEAST_P else 1)


if __name__ == "__main__":
    main()
