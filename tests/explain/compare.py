"""Prints the numbers that tests/explain/compare.cpp expects: NumPy's statistics of the same small case."""
import numpy as np

n, m = 60, 7
i, j = np.meshgrid(np.arange(n), np.arange(m), indexing="ij")
truth = 1e-24 * np.exp(np.sin(0.37 * i + 1.1 * j) * 3.0 - 2.5 * (j - 3.0) ** 2 * (i % 3 == 0))
predicted = truth * (1.0 + 0.05 * np.sin(1.7 * i * i + 0.9 * j))
used = truth > 1e-4 * truth.max(axis=1, keepdims=True)
error = (np.abs(predicted - truth) / truth)[used]
log_error = 100 * np.mean(np.abs((np.log10(predicted[used]) - np.log10(truth[used])) / np.log10(truth[used])))
print(used.sum(), *(f"{x:.15g}" for x in (np.median(error), error.mean(), np.percentile(error, 99), error.max(), log_error)))
column = np.abs(predicted / truth - 1)[:, 0][used[:, 0]]
print(column.size, f"{np.median(column):.15g} {np.percentile(column, 99):.15g}")
