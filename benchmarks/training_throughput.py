"""Training 3-128-128-128-128-21 on batches of 256 beside PyTorch eager, in turns on one core: models learned per second.

    PYTHONPATH=... taskset -c 1 python benchmarks/training_throughput.py build/release/app/ismulate [ROUNDS]

Both learn the same table (11,000 random models of smooth functions) with Adam in single precision, GELU (its tanh form), the
mean square as loss; ours as `ismulate train` does it, with its running average of the weights and its looks at the models that
judge. PyTorch's loop is the usual one (permutation, indexing, zero_grad, backward, step), with each of its three AdamW.
Medians over epochs. Needs torch, numpy, h5py.
"""

import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
import h5py
import numpy as np
import torch

# The three ways in which PyTorch takes the step of AdamW; the first is its default on a processor.
KINDS = {"PyTorch eager": {}, "PyTorch eager, foreach": {"foreach": True}, "PyTorch eager, fused": {"fused": True}}
MODELS, INPUTS, OUTPUTS, WIDTH, BATCH, EPOCHS = 11000, 3, 21, 128, 256, 30


def table(rng):
    x = rng.uniform(-1, 1, (MODELS, INPUTS))
    y = np.sin(x @ rng.normal(size=(INPUTS, 40)) * 2) @ rng.normal(size=(40, OUTPUTS)) / 6
    return x, 10**y


def eager(x, y, activation, kind):
    """Models per second of an epoch, median."""
    torch.manual_seed(1)
    layers, width = [], INPUTS
    for _ in range(4):
        layers += [torch.nn.Linear(width, WIDTH), activation]
        width = WIDTH
    network = torch.nn.Sequential(*layers, torch.nn.Linear(width, OUTPUTS))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, **kind)
    steps, rates = len(x) // BATCH, []
    for epoch in range(EPOCHS):
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for b in range(steps):
            rows = order[b * BATCH:(b + 1) * BATCH]
            optimizer.zero_grad()
            loss = ((network(x[rows]) - y[rows]) ** 2).mean()
            loss.backward()
            optimizer.step()
        if epoch > 2:
            rates.append(steps * BATCH / (time.perf_counter() - start))
    return statistics.median(rates)


def ours(program, grid, folder):
    out = folder / "network.ism"
    command = [program, "train", grid, "-o", out, "--force", "--method", "adam", "--learning-rate", "1e-3", "--batch", BATCH,
               "--width", WIDTH, "--depth", "4", "--pca", "0", "--epochs", EPOCHS, "--threads", "1", "--test", "0.01",
               "--budget", "10m", "--order", "1", "--loss", "square", "--weight-decay", "0.01", "--plain", "--no-ladder"]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    log = json.loads((folder / "network.ism.log.json").read_text())
    assert log["device"] == "cpu, 1 thread", log["device"]
    steps = log["models"]["training"] // BATCH
    curve = log["loss_curve"]
    pairs = list(zip(curve["epoch"], curve["seconds"]))
    return statistics.median((e1 - e0) * steps * BATCH / (s1 - s0) for (e0, s0), (e1, s1) in itertools.pairwise(pairs[1:]))


def main():
    program, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    x, y = table(np.random.default_rng(7))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with h5py.File(folder / "grid.h5", "w") as file:
            file["parameters"], file["outputs"] = x, y
            file["parameters"].attrs["names"] = [f"p{k}" for k in range(INPUTS)]
            file["outputs"].attrs["names"] = [f"line{k}" for k in range(OUTPUTS)]
        scaled = [torch.tensor(v, dtype=torch.float32) for v in (x * 3**0.5, np.log10(y))]
        found = {"ismulate train": []} | {name: [] for name in KINDS}
        for _ in range(rounds):
            found["ismulate train"].append(ours(program, folder / "grid.h5", folder))
            for name, kind in KINDS.items():
                found[name].append(eager(*scaled, torch.nn.GELU("tanh"), kind))
    middle = {name: statistics.median(rates) for name, rates in found.items()}
    for name, rate in middle.items():
        print(f"{name:24s} {rate:10.0f} models/s")
    ours_rate = middle.pop("ismulate train")
    print(f"ratio to the fastest of PyTorch's {ours_rate / max(middle.values()):.2f} (bar: 1.5)")


if __name__ == "__main__":
    main()
