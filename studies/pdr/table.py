"""Makes the table of methods for the three grids of PDR codes by calling the program: python3 studies/pdr/table.py GRIDS OUT [--quick]"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

PROGRAM = os.environ.get("ISMULATE_PROGRAM", "ismulate")
INTERPOLATORS = ["nearest", "linear", "rbf-linear", "rbf-cubic", "rbf-quintic", "neighbours"]
REGRESSORS = ["polynomial", "forest", "boosting", "gaussian-process"]
NETWORKS = ["network", "network-plain", "network-robust", "network-polynomial", "network-dense", "network-polynomial-dense"]
FRACTIONS = "0.8,0.4,0.2,0.1,0.05"

# Name of the file, title, which outputs, what else. The raw twins of the smoothed maps and ratios of lines are left out; KOSMA-tau
# writes 1e-40 where it found nothing, and knows nothing of intensities below 1e-12.
GRIDS = [
    ("wk2020_z1", "Wolfire-Kaufman 2020, 21 smoothed line maps", "*sm,!*_*,!TS*", []),
    ("kt2020_nonclumpy", "KOSMA-tau 2020, non-clumpy", "!*_*", ["--floor", "1e-12"]),
    ("wk2006_z1", "Wolfire-Kaufman 2006", "!*_*", []),
]


def compare(grid, outputs, more, out, quick):
    """One call for each grid: every method and every share on the same held-out 20 %."""
    methods = ["nearest", "rbf-cubic", "polynomial", "gaussian-process"] if quick else [*INTERPOLATORS, *REGRESSORS, *NETWORKS]
    speed = ["--repetitions", "1", "--spectra", "200"] if quick else ["--budget", "15m"]
    if quick:  # few lines and few models: a proof that it runs
        methods.append("network")
        speed += ["--budget", "5s"]
    call = [PROGRAM, "compare", str(grid), "--outputs", outputs, "--seed", "1", "--split", "0.1" if quick else "0.8", "--methods",
            ",".join(methods), "--fractions", "0.1,0.02" if quick else FRACTIONS, *speed, *more, "--figures", str(out / grid.stem),
            "--report", str(out / f"{grid.stem}.html"), "-o", str(out / f"{grid.stem}.json"), "--force"]
    print(" ".join(call), file=sys.stderr)
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / f"{grid.stem}.json").read_text(encoding="utf-8"))


def cell(value, unit="", digits=3):
    return "–" if value is None else f"{value:.{digits}g}{unit}"


def table(told):
    """The table of one grid, in Markdown."""
    lines = ["| method | mean | median | 99th percentile | maximum | memory | 1000 points | one point | learning | derivative |",
             "|---|" + "---:|" * 9]
    for of in told["methods"].values():
        factor = of["error_factor"] or {}
        cells = [of["title"], *(cell(factor.get(name), " %") for name in ("mean", "median", "p99", "max")),
                 cell(of["memory_bytes"] and of["memory_bytes"] / 1e6, " MB"), cell(of["ms_per_1000"], " ms"),
                 cell(of["us_per_point"], " us"), cell(of["train_seconds"], " s"), "yes" if of["differentiable"] else "no"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fractions(told):
    """Mean, 99th percentile and maximum from each share of the models."""
    shares = told["fractions"]
    lines = ["| method | " + " | ".join(f"{100 * share['fraction']:g} %" for share in shares) + " |", "|---|" + "---:|" * len(shares)]
    for name, of in told["methods"].items():
        factors = [share["methods"][name]["error_factor"] for share in shares]
        cells = ["–" if f is None else " / ".join(cell(f[part]) for part in ("mean", "p99", "max")) + " %" for f in factors]
        lines.append("| " + " | ".join([of["title"], *cells]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grids", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    pages = []
    for name, title, outputs, more in GRIDS:
        comparison = compare(told.grids / f"{name}.h5", outputs, more, told.out, told.quick)
        page = f"## {title}\n\n{table(comparison)}\n\n{fractions(comparison)}\n\n{comparison['verdict']}\n"
        (told.out / f"{name}.md").write_text(page, encoding="utf-8")
        pages.append(page)
    (told.out / "tables.md").write_text("\n".join(pages), encoding="utf-8")


if __name__ == "__main__":
    main()
