"""Convergence diagnostics as ArviZ 0.23.4 computes them, on draws that are easy, slow, heavy-tailed, tied and disagreeing.

    python tests/reference/diagnostics.py       writes diagnostics_draws.csv and diagnostics.csv beside itself

Needs arviz (0.23.4) and numpy.
"""
import pathlib

import arviz
import numpy as np

CHAINS, LENGTH = 4, 101  # an odd length: the middle draw takes no part in split chains


def autoregressive(rng, coefficient):
    noise = rng.normal(size=(CHAINS, LENGTH))
    draws = noise.copy()
    for i in range(1, LENGTH):
        draws[:, i] = coefficient * draws[:, i - 1] + (1 - coefficient**2) ** 0.5 * noise[:, i]
    return draws


def main():
    rng = np.random.default_rng(8)
    cases = {
        "independent": rng.normal(size=(CHAINS, LENGTH)),
        "slow": autoregressive(rng, 0.9),
        "antithetic": autoregressive(rng, -0.6),
        "cauchy": 1e-25 * rng.standard_cauchy(size=(CHAINS, LENGTH)),
        "tied": np.round(autoregressive(rng, 0.5)),
        "apart": autoregressive(rng, 0.3) + np.arange(CHAINS)[:, None],
    }
    here = pathlib.Path(__file__).with_suffix("")
    with open(f"{here}_draws.csv", "w") as table:
        print(f"# {CHAINS} chains of {LENGTH} draws, one after another. Written by diagnostics.py", file=table)
        print(*cases, sep=",", file=table)
        for row in zip(*(draws.ravel() for draws in cases.values())):
            print(*(repr(float(x)) for x in row), sep=",", file=table)
    with open(here.with_suffix(".csv"), "w") as table:
        print(f"# ArviZ {arviz.__version__}. Written by diagnostics.py", file=table)
        print("case,r_hat,bulk_ess,tail_ess,mean_ess,median_ess,mean_error,deviation_error", file=table)
        for name, draws in cases.items():
            unit = np.abs(draws).max()  # ArviZ takes draws within 1e-15 of each other for constants
            ess = [float(arviz.ess(draws / unit, method=method)) for method in ("bulk", "tail", "mean", "median")]
            errors = [float(arviz.mcse(draws / unit, method=method) * unit) for method in ("mean", "sd")]
            print(name, *(repr(x) for x in (float(arviz.rhat(draws)), *ess, *errors)), sep=",", file=table)


if __name__ == "__main__":
    main()
