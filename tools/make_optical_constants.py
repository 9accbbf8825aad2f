#!/usr/bin/env python3
"""Writes data/draine2003_*.dat from the Draine 2003 files as hyperion-dust distributes them.

    python3 tools/make_optical_constants.py FOLDER_WITH_CALLINDEX_FILES data/

Kept: wavelength, Re(n) - 1 and Im(n), digit for digit, from 9e-4 um on (the dust model starts at 1e-3 um).
"""
import pathlib
import sys

SHORTEST = 9e-4  # [um]

HEADER = """\
# Refractive index of {what}.
# Cite: Draine 2003, ApJ 598, 1017, doi:10.1086/379118 (optical, ultraviolet) and ApJ 598, 1026, doi:10.1086/379123 (X-rays).
# Origin: file {name} by B. T. Draine, as distributed with hyperion-dust 0.1.0 (BSD-2-Clause,
#         Copyright (c) 2013 Thomas P. Robitaille); rewritten by tools/make_optical_constants.py.
# Columns: wavelength in vacuum [um], Re(n) - 1 [1], Im(n) [1]; Im(n) > 0 absorbs.
"""

GRAPHITE = "graphite, electric field {axis} the c axis, grain radius {radius} um, 20 K"
FILES = {
    "silicate": ("callindex.out_silD03", "astronomical silicate"),
    "graphite_perpendicular_0.01um": ("callindex.out_CpeD03_0.01", GRAPHITE.format(axis="perpendicular to", radius="0.01")),
    "graphite_parallel_0.01um": ("callindex.out_CpaD03_0.01", GRAPHITE.format(axis="parallel to", radius="0.01")),
    "graphite_perpendicular_0.1um": ("callindex.out_CpeD03_0.10", GRAPHITE.format(axis="perpendicular to", radius="0.1")),
    "graphite_parallel_0.1um": ("callindex.out_CpaD03_0.10", GRAPHITE.format(axis="parallel to", radius="0.1")),
}


def rows(path):
    """The lines of five numbers, increasing in wavelength."""
    found = []
    for line in path.read_text().splitlines():
        words = line.split()
        try:
            values = [float(word) for word in words]
        except ValueError:
            continue
        if len(values) == 5 and values[0] >= SHORTEST:
            found.append((values[0], words[0], words[3], words[4]))
    return sorted(found)


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    for name, (file, what) in FILES.items():
        lines = [f"{wavelength} {real} {imaginary}\n" for _, wavelength, real, imaginary in rows(source / file)]
        (target / f"draine2003_{name}.dat").write_text(HEADER.format(what=what, name=file) + "".join(lines))


if __name__ == "__main__":
    main()
