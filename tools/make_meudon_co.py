"""Writes models/meudon_co.ism from the published weights of the CO network of the Meudon PDR code.

    python tools/make_meudon_co.py meudon_pdr_co_network.h5 models/meudon_co.ism

The network and its weights are part of beetroots (Palud et al. 2023, doi:10.1051/0004-6361/202345965; MIT licence, copyright its
authors), the code that it stands in for is Le Petit et al. 2006, doi:10.1086/503252. Batch normalisation is folded into the layers
before it; the fourth input, the viewing angle, was 0 in all of its training and goes. Checks its outputs against the 64 published
test vectors before it writes. Needs numpy, scipy and h5py.
"""

import hashlib
import json
import pathlib
import sys

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "reference"))
import emulator_twin as twin

HIDDEN, EPSILON, ANGLE = 5, 1e-5, 3  # layers with batch normalisation, its constant, the input that goes
PARAMETERS = [
    ("P", "K cm-3", 1e5, 1e9, "thermal pressure over Boltzmann's constant"),
    ("G0", "", 1.0, 1e5, "scaling of the Mathis field on the illuminated side, as the network's authors define it (radm)"),
    ("Av", "mag", 1.0, 40.0, "visual extinction through the cloud"),
]
TOLERANCE = 1e-6  # dex, in double precision


def layers_of(file):
    """Growing layers without the angle."""
    layers = []
    for k in range(HIDDEN):
        weight, bias = file[f"layers_{k}_0_weight"][:], file[f"layers_{k}_0_bias"][:]
        gain = file[f"layers_{k}_1_weight"][:] / np.sqrt(file[f"layers_{k}_1_running_var"][:] + EPSILON)
        bias = gain * (bias - file[f"layers_{k}_1_running_mean"][:]) + file[f"layers_{k}_1_bias"][:]
        layers.append((gain[:, None] * weight, bias))
    layers.append((file["layers_5_weight"][:], file["layers_5_bias"][:]))
    grown = [twin.growing(np.delete(weight, ANGLE, axis=1), bias, "gelu") for weight, bias in layers]
    last = np.delete(file["output_layer_weight"][:], ANGLE, axis=1)
    return [*grown, twin.dense(last, np.zeros(len(last)))]


def network(file, source):
    assert file["scaler_mean"][ANGLE] == 0 and np.all(file["test_inputs"][:, ANGLE] == 0)
    lines = [name.decode() if isinstance(name, bytes) else name for name in file["line_names"][:]]
    keep = [i for i in range(4) if i != ANGLE]
    names, units, low, high, helps = zip(*PARAMETERS)
    parameters = [
        dict(name=name, unit=unit, low=a, high=b, default=float(np.sqrt(a * b)), scale="log", help=text)
        for name, unit, a, b, text in zip(names, units, low, high, helps)
    ]
    info = {
        "model": json.dumps(dict(
            name="meudon_co", summary="line intensities of a PDR: CO, 13CO and C I of the Meudon code (weights of beetroots, MIT)",
            output_name="intensity", output_unit="erg s-1 cm-2 sr-1", output_scale="log", output_help="seen face-on")),
        "parameters": json.dumps(parameters), "errors": "[]",
        "axis": json.dumps(dict(name="line", kind="line", unit="", labels=lines)),
        "provenance": json.dumps(dict(
            command="make_meudon_co.py: weights as published, nothing was trained here", version="of beetroots", seed="none",
            source="beetroots (MIT), doi:10.1051/0004-6361/202345965",
            inputs={source.name: hashlib.sha256(source.read_bytes()).hexdigest()},
            note="the error against the Meudon code is not published with the weights")),
    }
    return dict(
        names=names, units=units, scales=["log"] * 3, low=np.array(low), high=np.array(high), x_centre=file["scaler_mean"][keep],
        x_width=file["scaler_scale"][keep], layers=layers_of(file), y_scale="log", y_centre=file["output_layer_bias"][:].astype(float),
        y_width=np.ones(len(lines)), axis=None, info=info,
    )


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    with h5py.File(source) as file:
        net = network(file, source)
        points = 10 ** file["test_inputs"][:, [i for i in range(4) if i != ANGLE]]
        gap = np.abs(np.log10(twin.outputs(net, points)[1]) - file["test_outputs"][:]).max()
    if not gap < TOLERANCE:
        sys.exit(f"the test vectors are missed by {gap:.2e} dex")
    target.write_bytes(twin.ism_bytes(net))
    with open(pathlib.Path(twin.__file__).with_name("meudon_co.csv"), "w") as table, h5py.File(source) as file:
        print("# test vectors published with beetroots (MIT): P, G0, Av, log10 of 50 intensities; by make_meudon_co.py", file=table)
        for point, outputs in zip(points, file["test_outputs"][:]):
            print(*(repr(float(x)) for x in (*point, *outputs)), sep=",", file=table)
    print(f"{target}: {target.stat().st_size} bytes; test vectors within {gap:.1e} dex")


if __name__ == "__main__":
    main()
