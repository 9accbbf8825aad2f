"""Does `ismulate train --anomalies` find values that were made wrong on purpose?

    python studies/lines/planted_anomalies.py build/release/app/ismulate ../shared/data/lines/wk2020_z1.h5 OUT [SEED] [PERCENT] [EPOCHS]

The 21 smoothed line maps of the Wolfire-Kaufman 2020 grid. A tenth of the models is kept clean, for the test. In the others PERCENT of
the values (default 1) are multiplied by 10^+-d, d log-uniform in 0.1 .. 1 dex: half of them one by one, half as whole models, whose lines
are all multiplied by the same factor. Prints recall against d, precision, and the error of the network that was learned without what
was found, over that of one learned from clean values (all with their
defaults). A value that was never touched counts against the precision.
Needs numpy, h5py, astropy.
"""

import itertools
import json
import pathlib
import subprocess
import sys

import h5py
import numpy as np
from astropy.table import Table

BINS = [0.1, 0.15, 0.2, 0.3, 0.5, 1.0]


def smoothed(path):
    with h5py.File(path) as file:
        names = [n.decode() if isinstance(n, bytes) else str(n) for n in file["outputs"].attrs["names"]]
        chosen = [k for k, n in enumerate(names) if n.endswith("sm") and "_" not in n and not n.startswith("TS")]
        parameters = [n.decode() if isinstance(n, bytes) else str(n) for n in file["parameters"].attrs["names"]]
        return parameters, [names[k] for k in chosen], file["parameters"][:], file["outputs"][:][:, chosen]


def write(path, parameters, names, x, y):
    with h5py.File(path, "w") as file:
        file["parameters"], file["outputs"] = x, y
        file["parameters"].attrs["names"], file["outputs"].attrs["names"] = parameters, names


def plant(y, percent, rng):
    """Values with some of them wrong, and (N x M) by how much [dex], 0 where they are right."""
    models, lines = y.shape
    shift = np.zeros_like(y)

    def shifts(n):
        return rng.choice([-1, 1], n) * 10 ** rng.uniform(-1, 0, n)

    whole = rng.choice(models, round(models * percent / 200), replace=False)
    shift[whole] = shifts(len(whole))[:, None]
    free = np.flatnonzero(np.repeat(~np.isin(np.arange(models), whole), lines))
    single = rng.choice(free, round(models * lines * percent / 200), replace=False)
    shift.flat[single] = shifts(len(single))
    return y * 10**shift, shift


def run(program, grid, test, out, seed, epochs, *more):
    command = [program, "train", grid, "-o", out, "--force", "--test", test, "--seed", seed, "--epochs", epochs, "--patience", 0,
               "--budget", "0", "--threads", 1, *more]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return json.loads(pathlib.Path(f"{out}.log.json").read_text())["errors"][0]


def main():
    program, grid, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    given = sys.argv[4:] + ["1", "1", "400"][len(sys.argv) - 4:]
    seed, percent, epochs = int(given[0]), float(given[1]), int(given[2])
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    parameters, names, x, y = smoothed(grid)
    order = rng.permutation(len(x))
    test, learned = np.sort(order[: len(x) // 10]), np.sort(order[len(x) // 10:])
    wrong, shift = plant(y[learned], percent, rng)
    write(out / "test.h5", parameters, names, x[test], y[test])
    write(out / "clean.h5", parameters, names, x[learned], y[learned])
    write(out / "planted.h5", parameters, names, x[learned], wrong)
    found_error = run(program, out / "planted.h5", out / "test.h5", out / "planted.ism", seed, epochs, "--anomalies")
    listed = Table.read(out / "planted.anomalies.ecsv")
    column = {name: k for k, name in enumerate(names)}
    found = np.zeros(shift.shape, bool)
    for model, output in zip(listed["model"], listed["output"], strict=True):
        found[int(model), column[output]] = True
    planted, size = shift != 0, np.abs(shift)
    print(f"seed {seed}: {planted.sum()} values planted ({percent} %), {found.sum()} listed")
    for low, high in itertools.pairwise(BINS):
        inside = planted & (size >= low) & (size < high + (high == 1))
        print(f"  d {low:4.2f}-{high:4.2f} dex: recall {found[inside].mean():.4f} of {inside.sum()}")
    large = planted & (size >= 0.3)
    single = large & ((shift != 0).sum(1) < len(names))[:, None]
    print(f"recall for d >= 0.3 dex {found[large].mean():.4f} (single values {found[single].mean():.4f}, whole models "
          f"{found[large & ~single].mean():.4f}), precision {planted[found].mean():.4f}")
    clean_error = run(program, out / "clean.h5", out / "test.h5", out / "clean.ism", seed, epochs)
    spoilt_error = run(program, out / "planted.h5", out / "test.h5", out / "spoilt.ism", seed, epochs)
    for name in ("mean", "median", "percentile_99"):
        print(f"{name}: clean {100 * clean_error[name]:.4f} %, without the anomalies {100 * found_error[name]:.4f} % "
              f"(ratio {found_error[name] / clean_error[name]:.3f}), with them {100 * spoilt_error[name]:.4f} %")


if __name__ == "__main__":
    main()
