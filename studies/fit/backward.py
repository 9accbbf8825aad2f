#!/usr/bin/env python3
"""Is the network that is run backward as good as the posterior?

    python3 studies/fit/backward.py PROGRAM SPECTRA.h5 EMULATOR BACKWARD OUT [SEED]

1000 sources as those of calibrate.py (physics that no network saw, noise of 3 % and 0.3 mJy, 3-sigma limits), the same with half of
their bands left out at random, are fitted with EMULATOR and estimated with BACKWARD, which was made by

    ismulate backward EMULATOR --amount dust_mass -p dust_mass=1e3:1e6 --dust-to-hydrogen 0.00743 --calibration IRAC=0.03,... -o BACKWARD

Printed for each parameter: root-mean-square error of the posterior's means and of the network's, on the scale of the parameter (ln),
their ratio, and how often the intervals of both hold the truth; then the time of 10,000 estimates.
"""

import csv
import pathlib
import subprocess
import sys

import calibrate
import numpy as np

NAMES = ["U", "age", "amin", "dust_mass"]
LOGARITHMIC = {"U": True, "age": True, "amin": False, "dust_mass": True}


def run_fit(program, emulator, table, out, options):
    command = [program, "fit", emulator, table, "--distance", f"{calibrate.DISTANCE_MPC} Mpc", "-o", out, "--force", "--quiet", *options]
    result = subprocess.run(command, check=False)
    if result.returncode not in (0, 3):
        sys.exit(result.returncode)
    lines = [line for line in out.read_text().splitlines() if not line.startswith("#")]
    names = [name.split(" [")[0] for name in next(csv.reader(lines[:1]))]
    return [dict(zip(names, row)) for row in csv.reader(lines[1:])]


def judge(rows, truth, name):
    scale = np.log if LOGARITHMIC[name] else np.asarray
    number = lambda column: np.array([float(row[column]) for row in rows])
    error = scale(number(name + "_mean")) - scale(truth)
    inside = [np.mean((number(name + lo) <= truth) & (truth <= number(name + hi))) for lo, hi in (("_lo", "_hi"), ("_lo95", "_hi95"))]
    return float(np.sqrt(np.mean(error**2))), *inside


def without_half_the_bands(lines, rng):
    """The same table with each band left out with a chance of a half, but one."""
    bands, first = len(calibrate.BANDS), len(NAMES)
    thinned = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        gone = rng.random(bands) < 0.5
        gone[rng.integers(bands)] = False
        for b in np.flatnonzero(gone):
            cells[first + 3 * b : first + 3 * b + 3] = ["nan", "nan", ""]
        thinned.append(",".join(cells))
    return thinned


def main():
    program, grid, emulator, backward, out = *sys.argv[1:5], pathlib.Path(sys.argv[5])
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    out.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    truth = calibrate.write_sources(program, grid, out, rng, 1000)
    lines = (out / "sources.csv").read_text().splitlines()
    (out / "thinned.csv").write_text("\n".join(without_half_the_bands(lines, rng)) + "\n")
    for name in ("sources", "thinned"):
        table = out / f"{name}.csv"
        fitted = run_fit(program, emulator, table, out / f"{name}_fit.csv", [*calibrate.fit_options(), "--seed", str(seed)])
        estimated = run_fit(program, backward, table, out / f"{name}_backward.csv", [])
        assert len(fitted) == len(estimated) == len(truth)
        print(f"{name}: {sum(row['fit'] == 'converged' for row in fitted)} of {len(fitted)} fits converged")
        for d, parameter in enumerate(NAMES):
            rms, *inside = judge(fitted, truth[:, d], parameter)
            rms_back, *inside_back = judge(estimated, truth[:, d], parameter)
            print(
                f"  {parameter:10s} error of the posterior's mean {rms:.4f}, of the network's {rms_back:.4f}: ratio {rms_back / rms:.3f}; "
                f"68 % holds {inside[0]:.1%}, {inside_back[0]:.1%}; 95 % holds {inside[1]:.1%}, {inside_back[1]:.1%}"
            )


if __name__ == "__main__":
    main()
