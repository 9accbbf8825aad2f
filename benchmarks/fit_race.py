"""Samplers side by side: smallest bulk effective sample size per second on one synthetic source in 12 bands.

    PYTHONPATH=build/bench/bindings/python taskset -c 1 python benchmarks/fit_race.py build/bench/benchmarks/fit_speed

Ours (the adapted mixture, which is the default of `ismulate fit`, and NUTS), emcee (vectorised, half of the walkers in one call; it
drives our batch through the Python face, and the same network in NumPy; 32 walkers, as is usual, and 512) and NumPyro (NUTS with a
dense metric on the same network in jitted JAX) sample the same posterior: radiation field, age and smallest grain of a network
3 -> 32 -> 32 -> 32 -> 12 and the dust mass, fluxes with 10 % errors. Everybody is held to one core and runs in turns in one run; the
effective sample size is ArviZ's for all. Times hold warm-up, and for ours the search for the best fit and the diagnostics; JAX's
compilation is not counted. Prints medians and ratios, and fails where the posteriors do not agree.
Needs numpy, arviz, emcee, jax, numpyro and the module ismulate.
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
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
import arviz
import emcee
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer.hmc import hmc
from numpyro.infer.util import ParamInfo, initialize_model

import ismulate

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "reference"))
import itertools

import emulator_twin as twin

BANDS = np.array([3.6, 4.5, 5.8, 8.0, 24.0, 70.0, 100.0, 160.0, 250.0, 350.0, 500.0, 850.0])  # um
LOW, HIGH = np.array([0.1, 1e6, 0.35]), np.array([1e5, 1e10, 2.0])  # U, age [yr], a_min [nm]
MASS = 1e-2, 1e2
TRUTH = dict(U=20.0, age=3e8, amin=0.6, mass=1.3)
LN = np.log(np.array([[*LOW, MASS[0]], [*HIGH, MASS[1]]]))


def toy_dust(points):
    """Fluxes with the habits of dust: grains in equilibrium, small grains that vanish as a_min grows, starlight that ages."""
    field, age, amin = (points[:, i, None] for i in range(3))
    temperature = 18 * field ** (1 / 5.8)
    x = 14388 / (BANDS * temperature)
    big = field * 15 * x**5.8 / np.expm1(np.minimum(x, 500)) / 250
    warm = 14388 / (BANDS * (80 + 25 * np.log10(field) ** 2 / 5))
    small = 0.12 * field * (0.5 / amin) ** 1.2 * warm**4 / np.expm1(np.minimum(warm, 500))
    hardness = (1e8 / age) ** 0.15
    features = 0.05 * field * hardness * np.exp(-((np.log(BANDS / 7.7) / 0.35) ** 2)) * (0.4 / amin) ** 2
    stars = 2e-3 * field * hardness * (3.6 / BANDS) ** 2
    return big + small + features + stars


def train(hidden=(32, 32, 32), points=4096, steps=4000):
    """A network that has learned toy_dust, as emulator_twin's dictionary: Adam on everything at once."""
    rng = np.random.default_rng(3)
    x = rng.uniform(np.log10(LOW), np.log10(HIGH), (points, 3))
    y = np.log10(toy_dust(10**x))
    x_centre, x_width, y_centre, y_width = x.mean(0), x.std(0), y.mean(0), y.std(0)
    x, y = jnp.array((x - x_centre) / x_width), jnp.array((y - y_centre) / y_width)
    sizes = [3, *hidden, len(BANDS)]
    weights = [(jnp.array(rng.normal(0, (1 / n) ** 0.5, (m, n))), jnp.zeros(m)) for n, m in itertools.pairwise(sizes)]
    loss = lambda w: jnp.mean((layers(w, x) - y) ** 2)

    def step(i, state):
        w, mean, square = state
        rate = 5e-3 * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
        gradient = jax.grad(loss)(w)
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)
        move = lambda p, m, s: p - rate * (m / (1 - 0.9 ** (i + 1))) / (jnp.sqrt(s / (1 - 0.999 ** (i + 1))) + 1e-8)
        return jax.tree.map(move, w, mean, square), mean, square

    zero = jax.tree.map(jnp.zeros_like, weights)
    weights, _, _ = jax.jit(lambda: jax.lax.fori_loop(0, steps, step, (weights, zero, zero)))()
    print(f"network: {float(loss(weights)) ** 0.5:.1e} root-mean-square error, standardised", file=sys.stderr)
    kinds = ["silu"] * len(hidden) + ["identity"]
    return dict(
        names=["U", "age", "amin"],
        units=["", "yr", "nm"],
        scales=["log"] * 3,
        low=LOW,
        high=HIGH,
        x_centre=x_centre,
        x_width=x_width,
        layers=[twin.dense(w, b, kind) for (w, b), kind in zip(weights, kinds)],
        y_scale="log",
        y_centre=y_centre,
        y_width=y_width,
        axis=BANDS,
    )


def layers(weights, x):
    for weight, bias in weights[:-1]:
        x = jax.nn.silu(x @ weight.T + bias)
    return x @ weights[-1][0].T + weights[-1][1]


class Source:
    """One source: fluxes of the network with noise of 10 %."""

    def __init__(self, net, seed):
        truth = np.array([TRUTH["U"], TRUTH["age"], TRUTH["amin"]])
        flux = TRUTH["mass"] * twin.outputs(net, truth[None])[1][0]
        self.error = 0.1 * flux
        self.value = flux + self.error * np.random.default_rng(seed).normal(size=len(flux))

    def write(self, path):
        np.savetxt(path, np.stack([self.value, self.error], axis=1), delimiter=",", fmt="%.17g")


def ours(program, sampler, folder, seed, draws, warmup, chains):
    draws_file = f"{folder}/draws"
    out = subprocess.run(
        [program, sampler, f"{folder}/net.ism", f"{folder}/source.csv", str(seed), str(draws), str(warmup), str(chains), draws_file],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(out.stdout)
    return np.fromfile(draws_file).reshape(chains, draws, 4), result["seconds"], result


class Emcee:
    """The network in NumPy and single precision, as fast as NumPy makes it."""

    def __init__(self, net, source):
        single = lambda array: np.ascontiguousarray(array, np.float32)
        self.weights = [(single(layer["weight"].T), single(layer["bias"])) for layer in net["layers"]]
        ln10 = np.log(10)
        self.x_centre, self.x_width = single(net["x_centre"] * ln10), single(net["x_width"] * ln10)
        self.y_centre, self.y_width = single(net["y_centre"] * ln10), single(net["y_width"] * ln10)
        self.value, self.inverse_error = single(source.value), single(1 / source.error)

    def log_density(self, ln):
        x = (ln[:, :3].astype(np.float32) - self.x_centre) / self.x_width
        for weight, bias in self.weights[:-1]:
            x = x @ weight
            x += bias
            x /= 1 + np.exp(-x)
        x = x @ self.weights[-1][0] + self.weights[-1][1]
        flux = np.exp(x * self.y_width + self.y_centre + ln[:, 3:].astype(np.float32))
        distance = (self.value - flux) * self.inverse_error
        density = -0.5 * np.einsum("ij,ij->i", distance, distance)
        return np.where(np.all((ln > LN[0]) & (ln < LN[1]), axis=1), density, -np.inf)

    def __call__(self, seed, walkers=32, warmup=1000, steps=10000):
        np.random.seed(seed)
        centre = np.log([TRUTH["U"], TRUTH["age"], TRUTH["amin"], TRUTH["mass"]])
        start = np.clip(centre + 0.1 * np.random.normal(size=(walkers, 4)), LN[0] + 1e-3, LN[1] - 1e-3)
        before = time.perf_counter()
        sampler = emcee.EnsembleSampler(walkers, 4, self.log_density, vectorize=True)
        sampler.run_mcmc(start, warmup + steps, progress=False)
        taken = time.perf_counter() - before
        return np.swapaxes(sampler.get_chain(discard=warmup), 0, 1), taken, {}


class EmceeOnOurBatch(Emcee):
    """emcee driving our batch, through the Python face."""

    def __init__(self, net, source, path):
        super().__init__(net, source)
        self.batch = ismulate.load(path)

    def log_density(self, ln):
        inside = np.all((ln > LN[0]) & (ln < LN[1]), axis=1)
        points = np.exp(np.where(inside[:, None], ln, LN.mean(axis=0)))
        flux = self.batch.predict(points[:, :3].copy()) * points[:, 3:]
        distance = (self.value - flux) * self.inverse_error
        return np.where(inside, -0.5 * np.einsum("ij,ij->i", distance, distance), -np.inf)


class NumPyro:
    """NumPyro's NUTS; warm-up and draws are one compiled program, so that no call compiles again, as MCMC.run() does."""

    def __init__(self, net, source, dense, vectorised, chains, warmup, draws):
        weights = [(jnp.array(layer["weight"]), jnp.array(layer["bias"])) for layer in net["layers"]]
        ln10, single = np.log(10), lambda array: jnp.array(array, jnp.float32)
        x_centre, x_width = single(net["x_centre"] * ln10), single(net["x_width"] * ln10)
        y_centre, y_width = single(net["y_centre"] * ln10), single(net["y_width"] * ln10)
        value, error, low, high = single(source.value), single(source.error), single(LN[0]), single(LN[1])

        def model():
            ln = numpyro.sample("ln", dist.Uniform(low, high).to_event(1))
            flux = jnp.exp(layers(weights, (ln[:3] - x_centre) / x_width) * y_width + y_centre + ln[3])
            numpyro.sample("flux", dist.Normal(flux, error), obs=value)

        start, potential, constrained, _ = initialize_model(jax.random.PRNGKey(0), model)
        init_kernel, sample_kernel = hmc(potential, algo="NUTS")

        def chain(key):
            key, at = jax.random.split(key)
            z = {"ln": start.z["ln"] + jax.random.uniform(at, (4,), minval=-1, maxval=1)}
            state = init_kernel(
                ParamInfo(z, *jax.value_and_grad(potential)(z)), num_warmup=warmup, dense_mass=dense, target_accept_prob=0.8, rng_key=key
            )
            step = lambda state, _: (sample_kernel(state), constrained(state.z)["ln"])
            return jax.lax.scan(step, state, None, length=warmup + draws + 1)[1][warmup + 1 :]

        self.run = jax.jit(jax.vmap(chain) if vectorised else lambda keys: jax.lax.map(chain, keys))
        self.chains = chains
        self(0)  # compiles

    def __call__(self, seed):
        before = time.perf_counter()
        draws = np.asarray(self.run(jax.random.split(jax.random.PRNGKey(seed), self.chains)), float)
        return draws, time.perf_counter() - before, {}


def least_ess(draws):
    return min(float(arviz.ess(np.ascontiguousarray(draws[:, :, i]), method="bulk")) for i in range(4))


def worst_r_hat(draws):
    return max(float(arviz.rhat(np.ascontiguousarray(draws[:, :, i]))) for i in range(4))


def check_agreement(name, draws, reference):
    """Means within 5 standard errors (both sides), deviations within 15 %."""
    flat, other = draws.reshape(-1, 4), reference.reshape(-1, 4)
    tolerance = 5 * other.std(0) * (1 / least_ess(draws) + 1 / least_ess(reference)) ** 0.5
    if not np.all(np.abs(flat.mean(0) - other.mean(0)) < tolerance) or not np.all(np.abs(flat.std(0) / other.std(0) - 1) < 0.15):
        sys.exit(
            f"{name} samples another posterior: means {flat.mean(0)} against {other.mean(0)}, "
            f"deviations {flat.std(0)} against {other.std(0)}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--our-warmup", type=int, default=400, help="ours starts from the curvature at the best fit")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--keep", metavar="FOLDER", help="leave the network and the source here")
    options = parser.parse_args()
    net = train()
    source = Source(net, 5)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or temporary
        os.makedirs(folder, exist_ok=True)
        pathlib.Path(folder, "net.ism").write_bytes(twin.ism_bytes(net))
        source.write(f"{folder}/source.csv")
        plan = options.chains, options.warmup, options.draws
        few = Emcee(net, source)
        batch = EmceeOnOurBatch(net, source, f"{folder}/net.ism")
        fit = lambda sampler, seed: ours(options.program, sampler, folder, seed, options.draws, options.our_warmup, options.chains)
        contestants = {
            "ismulate": lambda seed: fit("mixture", seed),
            "ismulate, NUTS": lambda seed: fit("nuts", seed),
            "emcee on our batch, 32 walkers": batch,
            "emcee on our batch, 512 walkers": lambda seed: batch(seed, 512, 300, 2000),
            "emcee on NumPy, 32 walkers": few,
            "emcee on NumPy, 512 walkers": lambda seed: few(seed, 512, 300, 2000),
            "NumPyro, vectorised": NumPyro(net, source, True, True, *plan),
            "NumPyro, vectorised, our warm-up": NumPyro(net, source, True, True, options.chains, options.our_warmup, options.draws),
            "NumPyro, sequential": NumPyro(net, source, True, False, *plan),
        }
        speeds, first = {name: [] for name in contestants}, {}
        for seed in range(1, options.rounds + 1):
            for name, contestant in contestants.items():
                draws, taken, more = contestant(seed)
                first.setdefault(name, draws)
                check_agreement(name, draws, first["ismulate"])
                speeds[name].append(least_ess(draws) / taken)
                print(
                    f"{name:32s} seed {seed}: {taken:8.4f} s, least bulk ESS {least_ess(draws):8.0f}, "
                    f"worst R-hat {worst_r_hat(draws):.4f} {more or ''}"
                )
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    print(f"\n{'':32s} least bulk ESS per second (median of {options.rounds}; smallest .. largest)")
    for name, values in speeds.items():
        print(
            f"{name:32s} {medians[name]:10.0f}   ({min(values):.0f} .. {max(values):.0f})   "
            f"ismulate / this = {medians['ismulate'] / medians[name]:.1f}"
        )
    for rival, bar in (("emcee", 20), ("NumPyro", 3)):
        ratios = [f"{medians['ismulate'] / value:.1f} x {name}" for name, value in medians.items() if name.startswith(rival)]
        print(f"bar {bar}: " + "; ".join(ratios))


if __name__ == "__main__":
    main()
