"""An independent twin of the .ism format and of the network's arithmetic, in NumPy and double precision.

    python tests/reference/emulator_twin.py       writes emulator_twin.ism and emulator_twin.csv beside itself

The file is written from the description of the format alone, with nothing of ours; the derivatives are complex steps
(Squire & Trapp 1998, doi:10.1137/S003614459631241X), which know nothing of chain rules. benchmarks/emulator_race.py uses
the writer for its networks.
"""
import hashlib
import itertools
import json
import math
import pathlib
import struct

import numpy as np


def _normal(x):
    """The normal distribution function, to first order in the imaginary part: enough for complex steps."""
    real = np.vectorize(math.erfc)(-x.real / np.sqrt(2)) / 2
    return real if np.isrealobj(x) else real + 1j * x.imag * np.exp(-(x.real**2) / 2) / np.sqrt(2 * np.pi)


ACTIVATIONS = {  # every one takes complex numbers; kinks are decided by the real part
    "identity": lambda x, a, b: x,
    "relu": lambda x, a, b: np.where(x.real > 0, x, 0),
    "leaky_relu": lambda x, a, b: np.where(x.real > 0, x, 0.01 * x),
    "elu": lambda x, a, b: np.where(x.real > 0, x, np.exp(x) - 1),
    "selu": lambda x, a, b: 1.0507009873554805 * np.where(x.real > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "softplus": lambda x, a, b: np.log(1 + np.exp(x)),
    "tanh": lambda x, a, b: np.tanh(x),
    "silu": lambda x, a, b: x / (1 + np.exp(-x)),
    "gelu": lambda x, a, b: x * _normal(x),
    "gelu_tanh": lambda x, a, b: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "adaptive_silu": lambda x, a, b: (b + (1 - b) / (1 + np.exp(-a * x))) * x,
}


def dense(weight, bias, activation="identity", alpha=None, beta=None):
    """A layer; arrays are stored as float32."""
    as_float = lambda values: None if values is None else np.asarray(values, np.float32)
    return dict(kind="dense", weight=as_float(weight), bias=as_float(bias), activation=activation,
                alpha=as_float(alpha), beta=as_float(beta))


def residual(*layers):
    return dict(kind="residual", layers=list(layers))


def growing(*args, **more):
    """A layer whose values follow those that it is given."""
    return dense(*args, **more) | dict(kind="growing")


def polynomial(inputs, order):
    """All monomials of degree 1 .. order, by degree and in rising order of their factors."""
    return dict(kind="polynomial", inputs=inputs, order=order)


def outputs(net, points):
    """Standardised outputs and outputs in their unit, (N x M) each, of points (N x P), real or complex."""
    scaled = np.stack([np.log10(x) if scale == "log" else x for x, scale in zip(points.T, net["scales"])], axis=1)
    value = (scaled - net["x_centre"]) / net["x_width"]
    for layer in net["layers"]:
        value = _applied(layer, value)
    linear = net["y_centre"] + net["y_width"] * value
    return value, 10**linear if net["y_scale"] == "log" else linear


def _applied(layer, x):
    if layer["kind"] == "residual":
        y = x
        for inner in layer["layers"]:
            y = _applied(inner, y)
        return x + y
    if layer["kind"] == "polynomial":
        degrees = range(1, layer["order"] + 1)
        factors = [f for n in degrees for f in itertools.combinations_with_replacement(range(layer["inputs"]), n)]
        return np.stack([np.prod(x[:, list(f)], axis=1) for f in factors], axis=1)
    wide = lambda values: None if values is None else values.astype(float)
    if layer["kind"] == "growing":
        return np.concatenate([x, _applied(layer | dict(kind="dense"), x)], axis=1)
    total = x @ wide(layer["weight"]).T + wide(layer["bias"])
    return ACTIVATIONS[layer["activation"]](total, wide(layer["alpha"]), wide(layer["beta"]))


def jacobian(net, point):
    """d output / d parameter (M x P) of one point."""
    columns = []
    for p, x in enumerate(point):
        moved = point.astype(complex)
        moved[p] += 1j * 1e-100 * abs(x)
        columns.append(outputs(net, moved[None])[1][0].imag / (1e-100 * abs(x)))
    return np.stack(columns, axis=1)


def _step(layer, name, tensors):
    if layer["kind"] == "residual":
        inner = [_step(part, f"{name}.{i}", tensors) for i, part in enumerate(layer["layers"])]
        return dict(name=name, kind="residual", layers=inner)
    if layer["kind"] == "polynomial":
        return dict(name=name, kind="polynomial", inputs=layer["inputs"], order=layer["order"])
    tensors[f"{name}.weight"], tensors[f"{name}.bias"] = layer["weight"], layer["bias"]
    if layer["activation"] == "adaptive_silu":
        tensors[f"{name}.alpha"], tensors[f"{name}.beta"] = layer["alpha"], layer["beta"]
    return dict(name=name, kind=layer["kind"], inputs=layer["weight"].shape[1], outputs=layer["weight"].shape[0],
                activation=layer["activation"])


def _canonical(header):
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def ism_bytes(net):
    """The bytes of an .ism file; `net["info"]` replaces entries of the metadata."""
    tensors = {} if net["axis"] is None else {"axis": np.asarray(net["axis"], float)}
    for end, sign in (("input", "x"), ("output", "y")):
        tensors[f"{end}.centre"], tensors[f"{end}.width"] = net[f"{sign}_centre"], net[f"{sign}_width"]
    steps = [dict(name="input", kind="standardise", scales=net["scales"])]
    steps += [_step(layer, f"layer.{i}", tensors) for i, layer in enumerate(net["layers"])]
    steps.append(dict(name="output", kind="destandardise", scale=net["y_scale"]))
    parameters = [dict(name=name, unit=unit, low=low, high=high, default=low, scale=scale, help=f"parameter {name}")
                  for name, unit, low, high, scale in zip(net["names"], net["units"], net["low"], net["high"], net["scales"])]
    metadata = {
        "format": "ismulate-emulator", "format_version": "1", "provenance": "{}",
        "errors": json.dumps([dict(quantity="relative error", models=0, median=0, mean=0, percentile_99=0, maximum=0)]),
        "model": json.dumps(dict(name="twin", summary="random weights", output_name="total", output_unit="erg s-1 H-1",
                                 output_scale=net["y_scale"], output_help="no meaning")),
        "parameters": json.dumps(parameters), "architecture": json.dumps(steps),
        "axis": json.dumps(dict(name="wavelength", kind="wavelength", unit="um", labels=[])),
        "domain": json.dumps(dict(low=list(net["low"]), high=list(net["high"])))}
    metadata |= net.get("info", {})
    header, data = {"__metadata__": metadata}, b""
    for name, values in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        raw = np.ascontiguousarray(values).tobytes()
        header[name] = dict(dtype=f"F{8 * values.itemsize}", shape=list(values.shape), data_offsets=[len(data), len(data) + len(raw)])
        data += raw
    metadata["sha256"] = hashlib.sha256(data).hexdigest()
    metadata["sha256_header"] = hashlib.sha256(_canonical(header)).hexdigest()
    text = _canonical(header)
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def random_dense(rng, inputs, outputs, activation="identity"):
    """Weights that keep values of order one."""
    bound = (3 / inputs) ** 0.5
    learned = activation == "adaptive_silu"
    return dense(rng.uniform(-bound, bound, (outputs, inputs)), rng.uniform(-0.3, 0.3, outputs), activation,
                 rng.uniform(0.5, 2, outputs) if learned else None, rng.uniform(0, 0.5, outputs) if learned else None)


def small_network(rng):
    """Every activation and kind of layer once, widths that are no multiple of anything, principal components at the end."""
    make = lambda *arguments: random_dense(rng, *arguments)
    grown = lambda *arguments: make(*arguments) | dict(kind="growing")
    low, high = np.array([0.1, 1e6, 0.35]), np.array([1e6, 1e10, 2.0])
    return dict(
        names=["U", "age", "amin"], units=["", "yr", "nm"], scales=["log", "log", "linear"], low=low, high=high,
        x_centre=np.array([2.5, 8.0, 1.2]), x_width=np.array([2.0, 1.2, 0.5]),
        layers=[polynomial(3, 3), make(19, 17, "tanh"), residual(make(17, 9, "adaptive_silu"), make(9, 17)),
                grown(17, 7, "gelu"), grown(24, 33, "silu"), make(57, 23, "silu"), residual(make(23, 23, "gelu_tanh")),
                make(23, 19, "softplus"), make(19, 19, "elu"), make(19, 33, "selu"),
                make(33, 11, "leaky_relu"), make(11, 29, "relu"), make(29, 5), make(5, 37)],
        y_scale="log", y_centre=rng.uniform(-30, -20, 37), y_width=rng.uniform(0.3, 2, 37), axis=np.geomspace(0.5, 3000, 37))


def main():
    rng = np.random.default_rng(20)
    net, here = small_network(rng), pathlib.Path(__file__).with_suffix("")
    logs = np.log(net["low"]), np.log(net["high"])
    points = np.exp(rng.uniform(*logs, (12, 3)))
    here.with_suffix(".ism").write_bytes(ism_bytes(net))
    z, y = outputs(net, points)
    with open(here.with_suffix(".csv"), "w") as table:
        print("# NumPy, double precision; one row per point and output. Written by emulator_twin.py", file=table)
        print("U,age,amin,output,standardised,value,d_U,d_age,d_amin", file=table)
        for i, point in enumerate(points):
            slopes = jacobian(net, point)
            for j in range(len(net["axis"])):
                print(*(repr(float(x)) for x in point), j, *(repr(float(x)) for x in (z[i, j], y[i, j], *slopes[j])), sep=",", file=table)


if __name__ == "__main__":
    main()
