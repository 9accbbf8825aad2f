#!/usr/bin/env python3
"""Does `ismulate fit` find the posterior of lines that emcee finds, with another network code and another likelihood code?

    python3 studies/lines/emcee_twin.py PROGRAM LINES OUT [SEED]

LINES is ../shared/data/lines: meudon_pdr_co_network.h5 with the published weights and observations/. NGC 7023 and `PIXELS` pixels
of Carina, drawn by SEED, are fitted by the program and by emcee (Foreman-Mackey et al. 2013, doi:10.1086/670067). The twin
evaluates the published layers in NumPy, batch normalisation and all, and takes ln p of each line from a table over ln f that is
made by dense integration over the multiplicative noise. Printed: for each coordinate (log10 of P, G0, Av and the factor) the
difference of the means in sigma and the ratio of the widths, with emcee's autocorrelation times; where the posterior is wide also
what draws of the prior, weighted by the likelihood, say of both. Exit status 1 where a mean
differs by 0.1 sigma or a width by 10 %. Needs numpy, scipy, h5py and emcee.
"""

import csv
import pathlib
import subprocess
import sys

import emcee
import h5py
import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import erf, logsumexp

NAMES = ["P", "G0", "Av", "factor"]
LOW, HIGH = np.array([5.0, 0.0, 0.0, -1.0]), np.array([9.0, 5.0, np.log10(40.0), 1.0])  # log10, flat
FACTOR = {"ngc7023": 1.3, "carina": 1.1}  # exp of the multiplicative error
PIXELS, WALKERS, STEPS, BURN = 5, 64, 30000, 5000
PRIOR_DRAWS, WORTH = 1000000, 2000  # weighted draws of the prior, shown where they are worth that many
DRAWS = 10000  # of each of the program's four chains
MEANS, WIDTHS = 0.1, 0.1  # sigma, relative


class Network:
    """The published CO network as beetroots has it: layers that grow, with batch normalisation, at angle 0."""

    def __init__(self, path, lines):
        with h5py.File(path) as file:
            names = [name.decode() if isinstance(name, bytes) else name for name in file["line_names"][:]]
            get = {key: file[key][:] for key in file if key != "line_names"}
        self.mean, self.width = get["scaler_mean"], get["scaler_scale"]
        self.layers = []
        for k in range(6):
            if k == 5:
                self.layers.append((get["layers_5_weight"], get["layers_5_bias"], None))
                continue
            normal = tuple(get[f"layers_{k}_1_{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
            self.layers.append((get[f"layers_{k}_0_weight"], get[f"layers_{k}_0_bias"], normal))
        rows = [names.index(line) for line in lines]
        self.last, self.last_bias = get["output_layer_weight"][rows], get["output_layer_bias"][rows]

    def log10(self, x):
        """log10 of intensities (N x L) at log10 of P, G0, Av (N x 3)."""
        values = (np.column_stack([x, np.zeros(len(x))]) - self.mean) / self.width
        for weight, bias, normal in self.layers:
            made = values @ weight.T + bias
            if normal is not None:
                mean, variance, gain, shift = normal
                made = (made - mean) / np.sqrt(variance + 1e-5) * gain + shift
            values = np.concatenate([values, 0.5 * made * (1 + erf(made / np.sqrt(2)))], axis=1)
        return values @ self.last.T + self.last_bias


def table_of(grid, value, error, s):
    """ln p(value | f) at ln f = grid: the log-normal factor in steps of 0.01 standard deviations, to 12 of them."""
    e = np.arange(-12, 12, 0.01)
    factor = np.exp(s * e - s * s / 2)
    weight = -e * e / 2 + np.log(0.01) - np.log(2 * np.pi * error)
    parts = np.array_split(grid, 40)
    return np.concatenate([logsumexp(weight - ((value - np.exp(part)[:, None] * factor) / error) ** 2 / 2, axis=1) for part in parts])


class Posterior:
    def __init__(self, network, values, errors, s):
        self.network = network
        grid = np.arange(-45.0, 5.0, 0.004)
        splines = [CubicSpline(grid, table_of(grid, value, error, s)) for value, error in zip(values, errors)]
        self.first, self.step = grid[0], grid[1] - grid[0]
        self.pieces = np.stack([spline.c for spline in splines], axis=1)  # (4 x L x pieces)
        self.lines = np.arange(len(values))

    def __call__(self, x):
        inside = np.all((x > LOW) & (x < HIGH), axis=1)
        x = np.clip(x, LOW, HIGH)
        log_f = (self.network.log10(x[:, :3]) + x[:, 3:]) * np.log(10)
        place = (log_f - self.first) / self.step
        piece = place.astype(int)
        rest = (place - piece) * self.step
        a, b, c, d = self.pieces[:, self.lines, piece]
        return np.where(inside, (((a * rest + b) * rest + c) * rest + d).sum(axis=1), -np.inf)


def emcee_draws(posterior, rng, start, name):
    """Draws (N x 4) and a line about them. Half of the walkers start at the program's posterior, half all over the prior's best."""
    wide = rng.uniform(LOW, HIGH, (4000, 4))
    best = wide[np.argsort(posterior(wide))[-WALKERS // 2 :]]
    near = start[rng.choice(len(start), WALKERS - len(best), replace=False)]
    moves = [(emcee.moves.StretchMove(), 0.4), (emcee.moves.DEMove(), 0.5), (emcee.moves.DESnookerMove(), 0.1)]
    sampler = emcee.EnsembleSampler(WALKERS, 4, posterior, vectorize=True, moves=moves)
    sampler._random.seed(rng.integers(2**31))
    sampler.run_mcmc(np.concatenate([best, near]), STEPS)
    times = sampler.get_autocorr_time(discard=BURN, tol=0)
    draws = sampler.get_chain(discard=BURN, flat=True)
    independent = len(draws) / times.max()
    print(f"{name}: autocorrelation {times.max():.0f} steps, chain {(STEPS - BURN) / times.max():.0f} times as long, "
          f"{independent:.0f} independent draws: means to {1 / np.sqrt(independent):.3f} sigma")
    if (STEPS - BURN) / times.max() < 50:
        sys.exit(f"{name}: emcee's chain is too short to judge by")
    return draws


def weighted_moments(posterior, rng):
    """Means, deviations and the number of draws that they are worth, of draws of the prior weighted by the likelihood: no chain that
    could stick in a tail, but hopeless where the posterior is much narrower than the prior."""
    draws = rng.uniform(LOW, HIGH, (PRIOR_DRAWS, 4))
    log_p = np.concatenate([posterior(part) for part in np.array_split(draws, PRIOR_DRAWS // 20000)])
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    mean = weight @ draws
    return mean, np.sqrt(weight @ (draws - mean) ** 2), 1 / (weight @ weight)


def program_draws(program, out, name, header, value, error, s):
    """Draws (N x 4) of the program for one source."""
    for kind, row in (("int", value), ("err", error)):
        (out / f"{name}_{kind}.csv").write_text(",".join(header) + "\n" + ",".join(row) + "\n")
    command = [program, "fit", "meudon_co", out / f"{name}_int.csv", "--errors", out / f"{name}_err.csv", "--amount", "factor",
               "--multiplicative", f"factor {s}", "--draws", str(DRAWS), "-o", out / f"{name}.ecsv", "--posterior", out / f"{name}.nc",
               "--force", "--quiet"]
    subprocess.run(command, check=True)
    with h5py.File(out / f"{name}.nc") as file:
        return np.log10(np.column_stack([file["posterior"][key][:].ravel() for key in NAMES]))


def sources_of(folder, rng):
    """Name, factor, header, values and errors as texts: NGC 7023 and some pixels of Carina."""
    for field, s in FACTOR.items():
        tables = [list(csv.reader((folder / "observations" / f"{field}_{kind}.csv").open())) for kind in ("int", "err")]
        (header, *values), (other, *errors) = tables
        assert header == other and len(values) == len(errors) == {"ngc7023": 1, "carina": 176}[field]
        chosen = range(1) if len(values) == 1 else np.sort(rng.choice(len(values), PIXELS, replace=False))
        for i in chosen:
            yield f"{field}_{values[i][0]}_{values[i][1]}", s, header, values[i], errors[i]


def main():
    program, folder, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    rng = np.random.default_rng(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    out.mkdir(exist_ok=True)
    network = folder / "meudon_pdr_co_network.h5"
    with h5py.File(network) as file:
        known = {name.decode() if isinstance(name, bytes) else name for name in file["line_names"][:]}
    worst_mean = worst_width = 0.0
    for name, s, header, value, error in sources_of(folder, rng):
        used = [k for k, line in enumerate(header) if line in known and np.isfinite(float(error[k]))]
        seen, sigma = ([float(row[k]) for k in used] for row in (value, error))
        ours = program_draws(program, out, name, header, value, error, s)
        posterior = Posterior(Network(network, [header[k] for k in used]), seen, sigma, np.log(s))
        theirs = emcee_draws(posterior, rng, ours, f"{name}, {len(used)} lines")
        means, widths = (ours.mean(axis=0) - theirs.mean(axis=0)) / theirs.std(axis=0), ours.std(axis=0) / theirs.std(axis=0)
        for k, key in enumerate(NAMES):
            print(f"    log10 {key:6s} emcee {theirs[:, k].mean():7.4f} +- {theirs[:, k].std():.4f}   "
                  f"means differ by {means[k]:+.3f} sigma, widths {widths[k]:.3f}", flush=True)
        mean, deviation, worth = weighted_moments(posterior, rng)
        if worth > WORTH:
            print(f"    weighted draws of the prior, worth {worth:.0f}, differ from it by (sigma, widths): emcee "
                  + " ".join(f"{d:+.3f}" for d in (theirs.mean(axis=0) - mean) / deviation)
                  + ", " + " ".join(f"{d:.3f}" for d in theirs.std(axis=0) / deviation)
                  + "; the program " + " ".join(f"{d:+.3f}" for d in (ours.mean(axis=0) - mean) / deviation)
                  + ", " + " ".join(f"{d:.3f}" for d in ours.std(axis=0) / deviation), flush=True)
        worst_mean, worst_width = max(worst_mean, np.abs(means).max()), max(worst_width, np.abs(widths - 1).max())
    print(f"largest difference: means {worst_mean:.3f} sigma, widths {100 * worst_width:.1f} %")
    sys.exit(0 if worst_mean < MEANS and worst_width < WIDTHS else 1)


if __name__ == "__main__":
    main()
