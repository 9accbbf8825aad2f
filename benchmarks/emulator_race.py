"""The emulator's runtime beside ONNX Runtime and PyTorch: the same network, one core, in turns in one run.

    taskset -c 1 python benchmarks/emulator_race.py build/release/benchmarks/emulator_speed [--hidden 128,128,128] [--activation silu]

Writes the network as an .ism file, as an ONNX graph and as a PyTorch module, compares all with NumPy in double precision,
then times each several times in turns and prints medians and ratios.
The ONNX graph and the module have two forms: layers only (standardised values in and out) and all included (log10 of the
parameters, standardisation, exponentials and units), as our program does it.
Needs numpy, onnx, onnxruntime, torch; all are held to one thread.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "reference"))
import emulator_twin as twin

LOW, HIGH = np.array([0.1, 1e6, 0.35]), np.array([1e6, 1e10, 2.0])  # U, age, a_min of the published talk
OUTPUTS, POINTS = 481, 8000


def make_network(hidden, activation, rng):
    """Random weights that keep values of order one, standardised log10 inputs, log10 outputs."""
    sizes = [len(LOW), *hidden, OUTPUTS]
    functions = [activation] * len(hidden) + ["identity"]
    logs = np.log10(LOW), np.log10(HIGH)
    return dict(names=["U", "age", "amin"], units=["", "yr", "nm"], scales=["log"] * 3, low=LOW, high=HIGH,
                x_centre=(logs[0] + logs[1]) / 2, x_width=(logs[1] - logs[0]) / 12**0.5,
                layers=[twin.random_dense(rng, *size, function) for *size, function in zip(sizes, sizes[1:], functions)],
                y_scale="log", y_centre=rng.uniform(-26, -23, OUTPUTS), y_width=rng.uniform(0.5, 2, OUTPUTS),
                axis=np.geomspace(0.5, 3000, OUTPUTS))


def matrices(net):
    return [(layer["weight"], layer["bias"]) for layer in net["layers"]]


def onnx_session(net, activation, everything):
    """An ONNX Runtime session on one thread; `everything` adds what comes before and after the layers."""
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper
    nodes, constants, value = [], [], "x"

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.asarray(array, np.float32), name))
        return name

    def add(op, *inputs, **attributes):
        nonlocal value
        value = f"v{len(nodes)}"
        nodes.append(helper.make_node(op, list(inputs), [value], **attributes))

    if everything:
        add("Log", value)
        add("Sub", value, constant("x_centre", net["x_centre"] * np.log(10)))
        add("Mul", value, constant("x_scale", 1 / (net["x_width"] * np.log(10))))
    for i, (weight, bias) in enumerate(matrices(net)):
        add("Gemm", value, constant(f"w{i}", weight), constant(f"b{i}", bias), transB=1)
        if i + 1 < len(net["layers"]):
            before = value
            if activation == "silu":
                add("Sigmoid", before)
                add("Mul", before, value)
            else:
                add({"relu": "Relu", "tanh": "Tanh", "elu": "Elu", "softplus": "Softplus"}[activation], before)
    if everything:  # exp(ln10 width z) times 10^centre, in float as ours: no power function, which would be slower
        add("Mul", value, constant("y_scale", net["y_width"] * np.log(10)))
        add("Exp", value)
        add("Mul", value, constant("y_factor", 10.0 ** net["y_centre"]))
    graph = helper.make_graph(nodes, "race", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", len(LOW)])],
                              [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["n", OUTPUTS])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Onnx:
    """Called with input and output bound to memory at hand, so that the session's own arithmetic is what is timed."""

    def __init__(self, net, activation, everything, x):
        self.session = onnx_session(net, activation, everything)
        self.y = np.empty((len(x), OUTPUTS), np.float32)
        self.binding = self.session.io_binding()
        self.binding.bind_cpu_input("x", x)
        name = self.session.get_outputs()[0].name
        import onnxruntime as ort
        self.ort_y = ort.OrtValue.ortvalue_from_numpy(self.y)
        self.binding.bind_ortvalue_output(name, self.ort_y)

    def __call__(self):
        self.session.run_with_iobinding(self.binding)

    def result(self):
        self()
        return self.ort_y.numpy()


class Torch:
    def __init__(self, net, activation, everything, x):
        import torch
        torch.set_num_threads(1)
        self.torch, self.everything = torch, everything
        modules = []
        functions = dict(silu=torch.nn.SiLU, relu=torch.nn.ReLU, tanh=torch.nn.Tanh, elu=torch.nn.ELU, softplus=torch.nn.Softplus)
        for i, (weight, bias) in enumerate(matrices(net)):
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight))
                linear.bias.copy_(torch.from_numpy(bias))
            modules += [linear] + ([functions[activation]()] if i + 1 < len(net["layers"]) else [])
        self.model, self.x = torch.nn.Sequential(*modules).eval(), torch.from_numpy(x)
        as_tensor = lambda array: torch.from_numpy(np.asarray(array, np.float32))
        self.x_centre, self.x_width = as_tensor(net["x_centre"]), as_tensor(net["x_width"])
        self.y_scale, self.y_factor = as_tensor(net["y_width"] * np.log(10)), as_tensor(10.0 ** net["y_centre"])

    def outputs(self, x):
        if not self.everything:
            return self.model(x)
        z = self.model((self.torch.log10(x) - self.x_centre) / self.x_width)
        return (z * self.y_scale).exp_() * self.y_factor

    def __call__(self):
        with self.torch.inference_mode():
            return self.outputs(self.x)

    def jacobian(self):
        return self.torch.func.jacfwd(lambda x: self.outputs(x[None])[0])(self.x[0])

    def result(self):
        return self().numpy()


def seconds(call, budget=0.25):
    """Median CPU seconds of a call."""
    call()
    times, start = [], time.process_time()
    repeat = 1
    while True:
        before = time.process_time()
        for _ in range(repeat):
            call()
        taken = time.process_time() - before
        if taken < 2e-3:  # the clock's step must not matter
            repeat *= 4
            continue
        times.append(taken / repeat)
        if len(times) >= 3 and time.process_time() - start > budget:
            return statistics.median(times)


def ours(program, path, budget=0.15):
    out = subprocess.run([program, path, str(POINTS), str(budget), path + ".values"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def check_ours(net, path):
    """Our outputs against NumPy's double precision: largest relative error."""
    values = np.fromfile(path + ".values")
    points, found = values[:POINTS * len(LOW)].reshape(POINTS, -1), values[POINTS * len(LOW):].reshape(POINTS, -1)
    return np.max(np.abs(found / twin.outputs(net, points)[1] - 1))


def standardised(net, points):
    return ((np.log10(points) - net["x_centre"]) / net["x_width"]).astype(np.float32)


def empty_onnx_call():
    """A call of ONNX Runtime that computes nothing: what its door costs, from Python."""
    import onnxruntime as ort
    from onnx import TensorProto, helper
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, len(LOW)])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "empty", [value("x")], [value("y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input("x", np.zeros((1, len(LOW)), np.float32))
    binding.bind_output("y")
    return lambda: session.run_with_iobinding(binding)


def race(program, hidden, activation, rounds):
    rng = np.random.default_rng(1)
    net = make_network(hidden, activation, rng)
    points = (LOW * (HIGH / LOW) ** rng.uniform(size=(POINTS, len(LOW)))).astype(np.float32)
    z, one, one_z = standardised(net, points), points[:1].copy(), standardised(net, points[:1])
    contestants = {name: dict(batch=kind(net, activation, True, points), layers=kind(net, activation, False, z),
                              one=kind(net, activation, True, one), one_layers=kind(net, activation, False, one_z))
                   for name, kind in (("ONNX Runtime", Onnx), ("PyTorch", Torch))}
    truth = twin.outputs(net, points.astype(float))[1]
    errors = {name: np.max(np.abs(calls["batch"].result() / truth - 1)) for name, calls in contestants.items()}
    contestants["PyTorch"]["jacobian"] = contestants["PyTorch"]["one"].jacobian
    contestants["ONNX Runtime"]["empty"] = empty_onnx_call()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "race.ism")
        with open(path, "wb") as file:
            file.write(twin.ism_bytes(net))
        for _ in range(rounds):
            mine = ours(program, path)
            for key, column in (("batch", "batch"), ("batch_float", "batch_float"), ("batch_layers", "layers"),
                                ("one", "one"), ("one_jacobian", "jacobian")):
                rows.setdefault(("ismulate", column), []).append(mine[key])
            for name, calls in contestants.items():
                for column, call in calls.items():
                    rows.setdefault((name, column), []).append(seconds(call))
        errors["ismulate"] = check_ours(net, path)
    if not max(errors.values()) < 1e-3:
        raise SystemExit(f"this is no race on the same network: relative errors {errors}")
    return mine["engine"], errors, {key: statistics.median(values) for key, values in rows.items()}


def report(hidden, activation, engine, errors, rows):
    print(f"\n{len(LOW)}-{'-'.join(map(str, hidden))}-{OUTPUTS}, {activation}, engine {engine}; CPU time, one thread")
    print(f"{'':34}{'ismulate':>10}{'ONNX RT':>10}{'PyTorch':>10}{'ours/ONNX':>11}")

    def line(label, column, unit, factor, other=None):
        mine = rows[("ismulate", column)]
        theirs = [rows.get((name, other or column)) for name in ("ONNX Runtime", "PyTorch")]
        cells = "".join(f"{'-':>10}" if t is None else f"{t * factor:10.2f}" for t in [mine, *theirs])
        ratio = f"{mine / theirs[0]:11.2f}" if theirs[0] else ""
        print(f"{label + ' [' + unit + ']':34}{cells}{ratio}")

    line(f"{POINTS} points, all, double out", "batch", "ms", 1e3)
    line(f"{POINTS} points, all, float out", "batch_float", "ms", 1e3, "batch")
    line(f"{POINTS} points, layers only", "layers", "ms", 1e3)
    line("one point, all", "one", "us", 1e6)
    line("one point, all / layers only", "one", "us", 1e6, "one_layers")
    line("one point with Jacobian", "jacobian", "us", 1e6)
    largest = [f"{errors[name]:10.1e}" for name in ("ismulate", "ONNX Runtime", "PyTorch")]
    print(f"{'largest relative error':34}" + "".join(largest))
    empty = rows[("ONNX Runtime", "empty")] * 1e6
    print(f"ONNX Runtime is called from Python with memory bound beforehand; an empty graph costs it {empty:.1f} us")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--hidden", action="append", help="widths of the hidden layers; may be given several times")
    parser.add_argument("--activation", default="silu", choices=["silu", "relu", "tanh", "elu", "softplus"])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for text in arguments.hidden or ["128,128,128,128", "256," * 7 + "256"]:
        hidden = [int(width) for width in text.split(",")]
        report(hidden, arguments.activation, *race(arguments.program, hidden, arguments.activation, arguments.rounds))


if __name__ == "__main__":
    main()
