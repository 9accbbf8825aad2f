"""The network of the 5375 lines of the Meudon PDR code beside the same in PyTorch, in turns on one core.

    PYTHONPATH=build/bench/bindings/python taskset -c 1 python benchmarks/line_network.py build/bench/app/ismulate [ROUNDS]

Polynomial inputs of order 3 (4 -> 34), ten layers that grow by half, 5375 outputs: 7.8 million weights (random: the trained ones
are not public). Medians of the time of a batch of 1000 and of one point, single precision; the same with 50 of the 5375 lines.
Ours also takes the powers of ten of the outputs, PyTorch's does not. Fails where the two do not agree. Needs torch, numpy and the
module ismulate.
"""

import itertools
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
import numpy as np
import torch

import ismulate

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "reference"))
import emulator_twin as twin

INPUTS, ORDER, LAYERS, GROWTH, LINES, SUBSET, BATCH = 4, 3, 10, 0.5, 5375, 50, 1000


def make(rng):
    width, layers = 34, [twin.polynomial(INPUTS, ORDER)]
    for _ in range(LAYERS - 1):  # the tenth layer is the output
        added = math.ceil(GROWTH * width)
        layers.append(twin.random_dense(rng, width, added, "gelu") | dict(kind="growing"))
        width += added
    layers.append(twin.random_dense(rng, width, LINES))
    low, high = np.array([5.0, 0.0, 0.0, 0.0]), np.array([9.0, 5.0, 1.6, 60.0])
    return dict(
        names=["P", "G0", "Av", "angle"], units=[""] * 4, scales=["linear"] * 4, low=low, high=high, x_centre=(low + high) / 2,
        x_width=(high - low) / 3.5, layers=layers, y_scale="log", y_centre=rng.uniform(-9, -5, LINES),
        y_width=rng.uniform(0.3, 1, LINES), axis=np.arange(1.0, LINES + 1),
    )


class Lines(torch.nn.Module):
    """The same in PyTorch; monomials by the products of their factors."""

    def __init__(self, net):
        super().__init__()
        self.products = [torch.tensor([f[i] if i < len(f) else INPUTS for f in self.factors()]) for i in range(ORDER)]
        self.centre, self.width = (torch.tensor(net[key], dtype=torch.float32) for key in ("x_centre", "x_width"))
        self.hidden = [tuple(torch.tensor(one[key]) for key in ("weight", "bias")) for one in net["layers"][1:-1]]
        self.last = tuple(torch.tensor(net["layers"][-1][key]) for key in ("weight", "bias"))
        self.out = tuple(torch.tensor(net[key], dtype=torch.float32) for key in ("y_width", "y_centre"))

    @staticmethod
    def factors():
        return [f for n in range(1, ORDER + 1) for f in itertools.combinations_with_replacement(range(INPUTS), n)]

    def forward(self, x, lines=None):
        z = (x - self.centre) / self.width
        z = torch.cat([z, torch.ones_like(z[:, :1])], dim=1)
        z = z[:, self.products[0]] * z[:, self.products[1]] * z[:, self.products[2]]
        for weight, bias in self.hidden:
            z = torch.cat([z, torch.nn.functional.gelu(torch.addmm(bias, z, weight.t()))], dim=1)
        weight, bias = self.last if lines is None else (part[lines] for part in self.last)
        width, centre = self.out if lines is None else (part[lines] for part in self.out)
        return centre + width * torch.addmm(bias, z, weight.t())


def milliseconds(call, calls):
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return 1e3 * (time.perf_counter() - start) / calls


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    torch.set_num_threads(1)
    ismulate.set_threads(1)
    rng = np.random.default_rng(1)
    net = make(rng)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "lines.ism"
        path.write_bytes(twin.ism_bytes(net))
        print(f"file: {path.stat().st_size / 1e6:.1f} MB")
        ours = ismulate.load(str(path))
        halved = pathlib.Path(folder) / "half.ism"
        subprocess.run([program, "convert", path, "--weights", "bf16", "-o", halved, "--quiet"], check=True)
        share = halved.stat().st_size / path.stat().st_size
        half = ismulate.load(str(halved))
    theirs = Lines(net)
    points = rng.uniform(net["low"], net["high"], (BATCH, INPUTS))
    tensor, lines = torch.tensor(points, dtype=torch.float32), torch.arange(0, LINES, LINES // SUBSET)[:SUBSET]
    few = ours.select(lines.tolist())
    with torch.no_grad():
        gap = np.abs(np.log10(ours.predict(points, dtype=np.float32)) - theirs(tensor).numpy()).max()
        assert gap < 1e-3, gap
        calls = {
            "ours, batch": (lambda: ours.predict(points, dtype=np.float32), 1),
            "PyTorch, batch": (lambda: theirs(tensor), 1),
            "ours, one point": (lambda: ours.predict(points[:1], dtype=np.float32), 20),
            "PyTorch, one point": (lambda: theirs(tensor[:1]), 20),
        }
        calls["bf16, batch"] = (lambda: half.predict(points, dtype=np.float32), 1)
        calls["bf16, one point"] = (lambda: half.predict(points[:1], dtype=np.float32), 20)
        calls["ours, 50 lines, batch"] = (lambda: few.predict(points, dtype=np.float32), 5)
        calls["PyTorch, 50 lines, batch"] = (lambda: theirs(tensor, lines), 5)
        times = {name: [] for name in calls}
        for _ in range(rounds):
            for name, (call, count) in calls.items():
                times[name].append(milliseconds(call, count))
    median = {name: statistics.median(some) for name, some in times.items()}
    for name, some in times.items():
        print(f"{name:26s} {median[name]:8.3f} ms   ({min(some):.3f} .. {max(some):.3f})")
    print(f"largest difference {gap:.1e} dex")
    print(f"batch: ours / PyTorch = {median['ours, batch'] / median['PyTorch, batch']:.3f}   (bar 1.25)")
    print(f"one point: ours / PyTorch = {median['ours, one point'] / median['PyTorch, one point']:.3f}")
    factor = 10 ** np.abs(np.log10(half.predict(points)) - np.log10(ours.predict(points))) - 1
    print(f"bf16: file {share:.3f} of it (bar 0.55), one point {median['bf16, one point'] / median['ours, one point']:.3f} (bar 0.7), "
          f"batch {median['bf16, batch'] / median['ours, batch']:.3f} (bar 1.15); error factor against fp32: mean "
          f"{factor.mean():.2%}, 99th percentile {np.quantile(factor, 0.99):.2%}, largest {factor.max():.2%}")
    print(f"50 lines of {LINES}: {median['ours, 50 lines, batch'] / median['ours, batch']:.3f} of all   (bar 0.15)")


if __name__ == "__main__":
    main()
