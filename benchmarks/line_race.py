"""Lines of ismulate beside those of spectralradex: agreement and time on one core.

    PYTHON benchmarks/line_race.py build/release/benchmarks/line_speed [--models 200] [--seed 1] [--json FILE]

PYTHON has spectralradex (it needs numpy < 2), whose own LAMDA files both read. For each molecule and geometry, random clouds are
drawn until --models of them have |tau| < 100 and no inverted line in RADEX (T from 10 to 300 K within the tables, n 1e2 to 1e7 cm-3
of H2, electrons for HCN at 1e-4 of it, N over six decades, dv 0.5 to 10 km/s). Compared are lines whose upper level holds more than
1e-9 in RADEX (it solves for populations with absolute errors) and whose |T_ex| is below 1e5 K. Intensities of which less than 1 % is
left when the background is subtracted are left out too: they are differences of nearly equal numbers.

Times alternate between the two in the same run, all on one core (taskset); those of spectralradex are taken twice: `run` as a user
calls it, with its table of pandas, and the bare Fortran behind it.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
from radexwrap import from_params
from spectralradex import radex

MOLECULES = {"co.dat": 1e14, "hco+.dat": 1e11, "hcn.dat": 1e11, "c+.dat": 1e15, "catom.dat": 1e14}  # least N
TABLES = {"co.dat": (10, 300), "hco+.dat": (10, 300), "hcn.dat": (10, 300), "c+.dat": (10, 300), "catom.dat": (10, 300)}
GEOMETRIES = {"sphere": 1, "lvg": 2, "slab": 3}
LEAST_POPULATION = 1e-9
LEAST_LEFT = 0.01


def draw(random, molecule):
    """One cloud: T, n(H2), N, dv."""
    low, high = TABLES[molecule]
    return (low * (high / low) ** random.random(), 10 ** random.uniform(2, 7), MOLECULES[molecule] * 10 ** random.uniform(0, 6),
            0.5 * 20 ** random.random())


def densities(molecule, cloud):
    """RADEX's seven densities: H2 as a whole (it splits where the file has both forms), electrons for HCN."""
    return np.array([cloud[1], 0, 0, cloud[1] * 1e-4 if molecule == "hcn.dat" else 0, 0, 0, 0])


def fortran(molecule, geometry, cloud):
    """success, lines, table (10 x 500) of one RADEX run."""
    success, count, _, _, table = from_params(radex.add_data_path(molecule), cloud[0], 2.73, cloud[2], densities(molecule, cloud),
                                              1e5 * cloud[3], 0.0, 1e7, GEOMETRIES[geometry])  # it takes cm/s
    return success, count, table


class Quiet:
    """What Fortran prints, by file descriptor."""

    def __enter__(self):
        self.file = tempfile.TemporaryFile()
        self.saved = os.dup(1)
        os.dup2(self.file.fileno(), 1)
        return self

    def __exit__(self, *_):
        os.dup2(self.saved, 1)
        os.close(self.saved)
        self.file.seek(0)
        self.text = self.file.read().decode(errors="replace")


def radex_result(molecule, geometry, cloud):
    """Table of the lines, or None where RADEX fails, says that it did not converge, or gives optical depths of less than 1e-12
    everywhere: its lvg formula has no value below tau = -14, and its populations then all are the least that it allows."""
    with Quiet() as quiet:
        success, count, table = fortran(molecule, geometry, cloud)
    if success != 1 or "did not converge" in quiet.text:
        return None
    table = table[:, :count]
    return table if np.all(np.isfinite(table)) and np.max(np.abs(table[4])) > 1e-12 else None


def suitable(table):
    tau = table[4]
    return bool(np.all(np.abs(tau) < 100) and np.all(tau[table[6] > LEAST_POPULATION] >= 0) and np.all(tau > -1e-3))


def chosen_clouds(molecule, geometry, count, seed):
    """Clouds that count, their RADEX tables, how many were drawn and how many of those did not converge in RADEX."""
    random = np.random.default_rng(seed)
    clouds, tables, unconverged = [], [], []
    drawn = 0
    while len(clouds) < count and drawn < 100 * count:
        cloud = draw(random, molecule)
        drawn += 1
        table = radex_result(molecule, geometry, cloud)
        if table is None:
            unconverged.append(cloud)
        elif suitable(table):
            clouds.append(cloud)
            tables.append(table)
    return clouds, tables, drawn, unconverged


def ours(program, molecule, geometry, clouds, repeats):
    """Times and (models x lines x 5) of line_speed; rows of NaN where a model failed."""
    names = ["T", "n_H2", "N", "dv"] + (["n_e"] if molecule == "hcn.dat" else [])
    rows = "\n".join(" ".join(repr(float(x)) for x in (*c, *([c[1] * 1e-4] if molecule == "hcn.dat" else []))) for c in clouds)
    call = [program, radex.add_data_path(molecule), geometry, ",".join(names), str(repeats)]
    out = subprocess.run(call, input=rows, capture_output=True, text=True, check=True).stdout.splitlines()
    times = {name: float(value) for name, value in (line.split() for line in out[:2])}
    entries = [line.split() for line in out[2:]]
    lines = 1 + max((int(e[1]) for e in entries if e[1] != "failed"), default=-1)
    values = np.full((len(clouds), lines, 5), np.nan)
    for entry in entries:
        if entry[1] != "failed":
            values[int(entry[0]), int(entry[1])] = [float(x) for x in entry[2:]]
    return times, values


def compare(tables, values):
    """Relative differences of T_ex, of intensities, by line, and the number of models that we failed."""
    excitation, intensity, places = [], [], []
    failed = int(np.sum(np.all(np.isnan(values[:, :, 0]), axis=1)))
    for i, (table, mine) in enumerate(zip(tables, values)):
        if np.all(np.isnan(mine)):
            continue
        assert table.shape[1] == mine.shape[0]
        use = (table[6] > LEAST_POPULATION) & (np.abs(table[3]) < 1e5)
        tex = np.abs(mine[use, 0] / table[3][use] - 1)
        energy = 4.799243e-2 * table[1][use]
        source = energy / np.expm1(energy / table[3][use]) * -np.expm1(-table[4][use])
        left = (table[5][use] > LEAST_LEFT * source) & (table[8][use] > 0)
        excitation.extend(tex)
        intensity.extend(np.abs(mine[use, 3] / table[8][use] - 1)[left])
        places.extend((i, j, t) for j, t in zip(np.flatnonzero(use), tex))
    return np.array(excitation), np.array(intensity), failed, max(places, key=lambda p: p[2])


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def radex_times(molecule, geometry, clouds):
    """Medians of `run` and of the Fortran alone [us]."""
    run, bare = [], []
    with Quiet(), contextlib.redirect_stdout(io.StringIO()):
        for cloud in clouds:
            rho = densities(molecule, cloud)
            parameters = {"molfile": molecule, "tkin": cloud[0], "tbg": 2.73, "cdmol": cloud[2], "h2": rho[0], "e-": rho[3], "h": 0.0,
                          "p-h2": 0.0, "o-h2": 0.0, "h+": 0.0, "linewidth": cloud[3], "fmin": 0.0, "fmax": 1e7,
                          "geometry": GEOMETRIES[geometry]}
            run.append(seconds(lambda p=parameters: radex.run(p)))
            bare.append(seconds(lambda c=cloud: fortran(molecule, geometry, c)))
    return 1e6 * statistics.median(run), 1e6 * statistics.median(bare)


def race(program, molecule, geometry, count, seed):
    clouds, tables, drawn, unconverged = chosen_clouds(molecule, geometry, count, seed)
    rounds = []
    for _ in range(3):  # in turns: both meet the same neighbours on the machine
        times, values = ours(program, molecule, geometry, clouds, 3)
        rounds.append((*radex_times(molecule, geometry, clouds), times["alone"], times["batch"]))
    run, bare, alone, batch = (statistics.median(column) for column in zip(*rounds))
    excitation, intensity, failed, worst = compare(tables, values)
    lost = 0
    if unconverged:
        _, more = ours(program, molecule, geometry, unconverged, 1)
        lost = len(unconverged) if more.shape[1] == 0 else int(np.sum(np.all(np.isnan(more[:, :, 0]), axis=1)))
    return {"molecule": molecule, "geometry": geometry, "models": len(clouds), "drawn": drawn, "radex_unconverged": len(unconverged),
            "ours_unconverged": failed, "of_those_ours_unconverged": lost, "lines": len(excitation),
            "tex_max": float(excitation.max()), "tex_above": int(np.sum(excitation > 0.005)),
            "intensity_lines": len(intensity), "intensity_max": float(intensity.max()), "intensity_above": int(np.sum(intensity > 0.005)),
            "worst": [*map(float, clouds[worst[0]]), int(worst[1])], "radex_run_us": run, "radex_fortran_us": bare, "alone_us": alone,
            "batch_us": batch}


def sentence(row):
    """A result in one line."""
    ratios = {name: [row["radex_run_us"] / row[f"{name}_us"], row["radex_fortran_us"] / row[f"{name}_us"]] for name in ("alone", "batch")}
    return (
        f"{row['molecule']:9} {row['geometry']:6} {row['models']} of {row['drawn']} drawn; unconverged: RADEX {row['radex_unconverged']} "
        f"(ours of those {row['of_those_ours_unconverged']}), ours {row['ours_unconverged']}; {row['lines']} lines, T_ex max "
        f"{row['tex_max']:.2e}, {row['tex_above']} above 0.5 %, I max {row['intensity_max']:.2e}, {row['intensity_above']} above; "
        f"us: run {row['radex_run_us']:.0f}, "
        f"fortran {row['radex_fortran_us']:.0f}, alone {row['alone_us']:.1f}, batch {row['batch_us']:.1f}; "
        f"ratios (run, fortran): alone {ratios['alone'][0]:.0f}, {ratios['alone'][1]:.0f}, batch {ratios['batch'][0]:.0f}, "
        f"{ratios['batch'][1]:.0f}; worst {row['worst']}"
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--models", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--molecules", nargs="*", default=list(MOLECULES))
    arguments.add_argument("--json")
    given = arguments.parse_args()
    rows = []
    for molecule in given.molecules:
        for geometry in GEOMETRIES:
            row = race(given.program, molecule, geometry, given.models, given.seed)
            rows.append(row)
            print(sentence(row), flush=True)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
