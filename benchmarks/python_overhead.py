"""What calling from Python costs: one spectrum through the Python face beside the same call in C++, in turns on one core.

    PYTHONPATH=build/bench/bindings/python python benchmarks/python_overhead.py build/bench/benchmarks/emulator_speed models/themis.ism

Prints medians of CPU time in microseconds over several turns; the promise is at most 5 us more than C++.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import numpy

import ismulate

TURNS, CALLS, REPEATS = 7, 500, 20


def microseconds(call):
    """Median over repeats of the CPU time of one call."""
    call()
    times = []
    for _ in range(REPEATS):
        start = time.thread_time()
        for _ in range(CALLS):
            call()
        times.append((time.thread_time() - start) / CALLS)
    return 1e6 * statistics.median(times)


def main(speed, path):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the C++ program inherits it
    dust = ismulate.load(path)
    chosen = {parameter.name: parameter.default for parameter in dust.parameters}
    point = numpy.array([list(chosen.values())])
    rows = {"C++": [], "Python, named parameters": [], "Python, an array": [], "C++ with Jacobian": [], "Python, Jacobian": []}
    for _ in range(TURNS):
        told = json.loads(subprocess.run([speed, path, "100", "0.3"], capture_output=True, text=True, check=True).stdout)
        rows["C++"].append(1e6 * told["one"])
        rows["C++ with Jacobian"].append(1e6 * told["one_jacobian"])
        rows["Python, named parameters"].append(microseconds(lambda: dust.predict(**chosen)))
        rows["Python, an array"].append(microseconds(lambda: dust.predict(point)))
        rows["Python, Jacobian"].append(microseconds(lambda: dust.jacobian(point)))
    middle = {name: statistics.median(times) for name, times in rows.items()}
    for name, time_of_one in middle.items():
        beside = middle["C++ with Jacobian" if "Jacobian" in name else "C++"]
        more = f", {time_of_one - beside:+.2f} us" if name.startswith("Python") else ""
        print(f"{name:26} {time_of_one:6.2f} us{more}")


if __name__ == "__main__":
    main(*sys.argv[1:])
