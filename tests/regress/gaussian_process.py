"""Writes tests/reference/gaussian_process.csv: what scikit-learn makes of the data of tests/regress/regressors.cpp.

Run by hand: python3 tests/regress/gaussian_process.py   (NumPy and scikit-learn; versions are written into the table)
"""
import pathlib

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern


def outputs(x, y):
    """Natural logarithm of the two outputs at a point of the unit square."""
    return np.stack([np.sin(5 * x + 0.7 * j) + x * y - 0.5 * y**2 - 20.0 * j for j in range(2)], axis=-1)


def scattered(count, shift):
    """Additive recurrence on the plastic number (R2 sequence)."""
    i = np.arange(count)
    return np.stack([(shift + i * 0.7548776662466927) % 1.0, (shift + i * 0.5698402909980532) % 1.0], axis=-1)


nodes, points = scattered(60, 0.5), scattered(20, 0.25)
truth = outputs(*nodes.T)
centre = truth.mean(axis=0)
path = pathlib.Path(__file__).parent.parent / "reference" / "gaussian_process.csv"
with path.open("w") as file:
    file.write(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}, tests/regress/gaussian_process.py\n")
    file.write("# lengths 0.4 and 0.9, noise over amplitude squared 1e-4; f, s: mean and deviation of ln of the outputs\n")
    file.write("# likelihood: twice nu of the kernel, sum over both outputs, 0 (7 columns: points; 3 columns: likelihoods)\n")
    for nu in (1.5, 2.5):
        total, means, deviations = 0.0, [], []
        for j in range(2):
            shape = Matern(length_scale=[0.4, 0.9], nu=nu)
            covariance = shape(nodes) + 1e-4 * np.eye(60)
            square = (truth[:, j] - centre[j]) @ np.linalg.solve(covariance, truth[:, j] - centre[j]) / 60
            process = GaussianProcessRegressor(ConstantKernel(square) * shape, alpha=1e-4 * square, optimizer=None)
            process.fit(nodes, truth[:, j] - centre[j])
            mean, deviation = process.predict(points, return_std=True)
            total += process.log_marginal_likelihood_value_
            means.append(mean + centre[j])
            deviations.append(deviation)
        file.write(f"{2 * nu:g},{total:.15g},0\n")
        for (x, y), f, s in zip(points, np.transpose(means), np.transpose(deviations)):
            file.write(",".join(f"{value:.15g}" for value in (2 * nu, x, y, *f, *s)) + "\n")
