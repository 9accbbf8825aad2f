#!/usr/bin/env python3
"""Writes mie_exact.csv: the Mie series from Bessel functions with 60 digits (pip install mpmath), where double precision is hardest.

    python3 tests/reference/mie_exact.py > tests/reference/mie_exact.csv

Bohren & Huffman 1983, doi:10.1002/9783527618156, eq. 4.53-4.62, evaluated as printed.
"""
import mpmath as mp

mp.mp.dps = 60
SIZES = [1e-8, 1e-6, 1e-4, 1e-2, 0.1, 0.5, 1.0, 3.14159265358979, 5.0, 12.3, 40.0]
INDICES = [(1.5, 0.01), (1.33, 1e-8), (1.001, 1e-5), (3.0, 4.0), (0.3, 0.9), (20.0, 20.0), (150.0, 300.0)]


def psi(n, z):
    return mp.sqrt(mp.pi * z / 2) * mp.besselj(n + mp.mpf(1) / 2, z)


def chi(n, z):
    return -mp.sqrt(mp.pi * z / 2) * mp.bessely(n + mp.mpf(1) / 2, z)


def coefficients(n, x, m):
    xi, xi_slope = psi(n, x) - 1j * chi(n, x), psi(n - 1, x) - 1j * chi(n - 1, x)
    xi_slope -= n / x * xi
    outer, outer_slope = psi(n, x), psi(n - 1, x) - n / x * psi(n, x)
    inner, inner_slope = psi(n, m * x), psi(n - 1, m * x) - n / (m * x) * psi(n, m * x)
    a = (m * inner * outer_slope - outer * inner_slope) / (m * inner * xi_slope - xi * inner_slope)
    b = (inner * outer_slope - m * outer * inner_slope) / (inner * xi_slope - m * xi * inner_slope)
    return a, b


def efficiencies(x, m):
    x, m = mp.mpf(x), mp.mpc(m)
    count = int(x + 4.05 * x ** (mp.mpf(1) / 3) + 8)
    ab = [coefficients(n, x, m) for n in range(1, count + 2)]
    ext = sum((2 * n + 1) * mp.re(ab[n - 1][0] + ab[n - 1][1]) for n in range(1, count)) * 2 / x**2
    sca = sum((2 * n + 1) * (abs(ab[n - 1][0]) ** 2 + abs(ab[n - 1][1]) ** 2) for n in range(1, count)) * 2 / x**2
    forward = mp.mpf(0)
    for n in range(1, count):
        (a, b), (a_next, b_next) = ab[n - 1], ab[n]
        forward += mp.mpf(n * (n + 2)) / (n + 1) * mp.re(a * mp.conj(a_next) + b * mp.conj(b_next))
        forward += mp.mpf(2 * n + 1) / (n * (n + 1)) * mp.re(a * mp.conj(b))
    return ext - sca, sca, 4 * forward / (x**2 * sca)


print("# Q_abs, Q_sca, g of spheres; origin: Bessel functions with 60 digits (mpmath), tests/reference/mie_exact.py")
print("# columns: x, n, k, q_abs, q_sca, g")
for n, k in INDICES:
    for x in SIZES:
        if x * abs(complex(n, k)) < 2e3:
            print(f"{x:.17g},{n},{k}," + ",".join(mp.nstr(value, 13) for value in efficiencies(x, mp.mpc(n, k))))
