"""From observed fluxes to parameters."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy

from . import _core
from ._arrays import names_of, numbers, one_number, whole_number
from ._core import InputError
from ._units import astropy_unit, is_quantity, text_of, value_in

if TYPE_CHECKING:
    from . import Emulator

_KINDS = {None: 1, "": 1, "detection": 1, "upper": 2, "lower": 3}
_STATUS = ("converged", "not converged", "no data", "failed")
_SHAPES = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "log-uniform": ("low", "high"),
    "normal": ("mean", "width", "low", "high"),
    "log-normal": ("median", "width", "low", "high"),
}
_BOUNDS = {
    ("normal", "low"): -numpy.inf,
    ("normal", "high"): numpy.inf,
    ("log-normal", "low"): 0.0,
    ("log-normal", "high"): numpy.inf,
}
_SOURCES_PER_CALL = 64  # between calls Python sees Ctrl-C


@dataclasses.dataclass(frozen=True)
class Diagnostics:
    """Do the chains agree, and how much do they know? Numbers, or arrays (N) of many sources."""

    r_hat: Any  #: rank-normalised split R-hat; below 1.01 the chains agree
    bulk_ess: Any  #: effective sample size of the bulk
    tail_ess: Any  #: effective sample size of the tails


class Fit:
    """What the data say. Of one source numbers by name, of N sources arrays (N) by name; Quantities where the fluxes were.

    ``draws`` is (chains, draws, parameters) of one source, a list of such arrays of many, None where they were not kept.
    """

    def __init__(self, told: Mapping[str, Any], sources: list[dict[str, Any]], one: bool, data: Mapping[str, Any]) -> None:
        self.parameters: tuple[str, ...] = tuple(name for name, _, _ in told["coordinates"])
        self.units: dict[str, str] = {name: unit for name, unit, _ in told["coordinates"]}
        self.priors: dict[str, str] = {name: prior for name, _, prior in told["coordinates"]}  #: for people
        self.bands: tuple[str, ...] = tuple(name for name, _, _, _ in told["bands"])
        self.amount: str = told["amount"]  #: what scales the model
        self.floor: float = told["floor"]  #: relative error of the emulator that was taken, 1 sigma
        self._one = one
        self._given = data["unit"]  # of astropy, None where plain numbers were given
        self._scale = data["scale"]  # (M) from the unit of the fit to the given one
        self._unit_texts = data["units"]
        self._fluxes, self._errors, self._kinds = data["fluxes"], data["errors"], data["kinds"]
        states = [_STATUS[source["status"]] for source in sources]
        reasons = [source["remark"] for source in sources]
        self.status: Any = states[0] if one else states  #: "converged", "not converged", "no data", "failed"
        self.reason: Any = reasons[0] if one else reasons  #: why it did not converge, "" where it did
        self.converged: Any = self._stacked(sources, "status") == 0
        self.log_likelihood: Any = self._stacked(sources, "log_likelihood")  #: of the best fit
        self.log_evidence: Any = self._stacked(sources, "log_evidence")  #: NaN where the sampler does not know it
        self.log_evidence_error: Any = self._stacked(sources, "log_evidence_error")  #: 1 sigma
        #: chance that a replica of all detections lies farther from the model: near 0 it does not describe them
        self.p_chi2: Any = self._stacked(sources, "p_chi2")
        self.optima: Any = self._stacked(sources, "optima")  #: distinct best fits that were met
        quantiles = self._stacked(sources, "quantiles")
        names = ("median", "low", "high", "low95", "high95")
        self.median, self.low, self.high, self.low95, self.high95 = (
            self._named(quantiles[..., k]) for k, _ in enumerate(names)
        )  #: medians; 16, 84, 2.5 and 97.5 % quantiles
        self.best = self._named(self._stacked(sources, "best"))  #: the best fit
        chains = [self._stacked(sources, name) for name in ("r_hat", "bulk_ess", "tail_ess")]
        self.diagnostics = {
            name: Diagnostics(*(values[..., d][()] for values in chains)) for d, name in enumerate(self.parameters)
        }
        self.predicted = {
            name: self._flux(self._stacked(sources, key))
            for name, key in (("best", "best_fluxes"), ("median", "flux_median"), ("low", "flux_low"), ("high", "flux_high"))
        }  #: fluxes (..., M) of the model in the unit of the data: best fit; median, 16 and 84 % of the posterior
        self.predictive_p: Any = self._stacked(sources, "predictive_p")  #: (..., M) near 0 or 1 the model fails in that band
        draws = [source["draws"] for source in sources]
        densities = [source["log_density"] for source in sources]
        kept = any(one_source is not None for one_source in draws)
        self.draws: Any = (draws[0] if one else draws) if kept else None
        self.log_density: Any = (densities[0] if one else densities) if kept else None

    def __repr__(self) -> str:
        if not self._one:
            settled = f"{len(self.status)} sources, {self.status.count('converged')} converged"
            return f"<ismulate.Fit of {settled}: {', '.join(self.parameters)}>"
        values = ", ".join(
            "{} = {:.4g} [{:.4g}, {:.4g}]".format(name, *(self._plain(of[name]) for of in (self.median, self.low, self.high)))
            for name in self.parameters
        )
        return f"<ismulate.Fit, {self.status}: {values}>"

    def interval(self, probability: float = 0.68) -> dict[str, tuple[Any, Any]]:
        """For each parameter the interval that leaves out as much below as above it. It needs the draws."""
        inside = one_number(probability, "probability")
        if not 0 < inside < 1:
            raise InputError(f"probability: {probability!r:.80} is not possible\n  allowed: between 0 and 1")
        if self.draws is None:
            raise InputError("interval: no draws were kept\n  next: fit(..., keep_draws=True); low and high are 16 and 84 %")
        ends = [0.5 - 0.5 * inside, 0.5 + 0.5 * inside]
        missing = numpy.full((2, len(self.parameters)), numpy.nan)
        of_sources = [
            missing if draws is None else numpy.quantile(draws.reshape(-1, draws.shape[-1]), ends, axis=0)
            for draws in ([self.draws] if self._one else self.draws)
        ]
        table = of_sources[0] if self._one else numpy.stack(of_sources, axis=1)
        low, high = self._named(table[0]), self._named(table[1])
        return {name: (low[name], high[name]) for name in self.parameters}

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Writes chains, data and predicted fluxes of one source in ArviZ's layout; ``arviz.from_netcdf`` opens it."""
        _core.write_inference_data(os.fsdecode(path), self._groups(), "{}")

    def to_arviz(self) -> Any:
        """The same as ArviZ's InferenceData, where arviz is installed."""
        import arviz

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "posterior.nc")
            self.to_netcdf(path)
            data = arviz.from_netcdf(path)
            return data.load() if hasattr(data, "load") else data.map(lambda group: group.load())

    def _groups(self) -> list[Any]:
        if not self._one or self.draws is None:
            raise InputError("chains: this fit has many sources, or kept no draws\n  allowed: one source, keep_draws=True")
        chains, length, _ = self.draws.shape
        steps = [("chain", chains, []), ("draw", length, [])]
        bands = [("band", len(self.bands), list(self.bands))]
        same = len(set(self._unit_texts)) == 1
        both, unit = ["chain", "draw"], self._unit_texts[0] if same else ""
        units = "" if same else "in " + ", ".join(self._unit_texts)
        posterior = [
            (name, both, self.draws[..., d].ravel().tolist(), self.units[name], "") for d, name in enumerate(self.parameters)
        ]
        statistics = [("lp", both, self.log_density.ravel().tolist(), "", "ln of the posterior density")]
        seen = self._kinds[0] > 0
        data = [
            ("flux", ["band"], numpy.where(seen, self._fluxes[0], numpy.nan).tolist(), unit, units),
            ("flux_err", ["band"], numpy.where(seen, self._errors[0], numpy.nan).tolist(), unit, f"1 sigma {units}".strip()),
            ("kind", ["band"], self._kinds[0].astype(float).tolist(), "", "0 missing, 1 detection, 2 upper, 3 lower limit"),
        ]
        model = [
            (name, ["band"], (self._plain(values) / self._scale).tolist(), unit, units) for name, values in self.predicted.items()
        ]
        return [
            ("posterior", steps, posterior), ("sample_stats", steps, statistics), ("observed_data", bands, data),
            ("predictions", bands, model),
        ]

    def _stacked(self, sources: list[dict[str, Any]], key: str) -> Any:
        """A value of one source, an array with the sources first of many."""
        return numpy.asarray(sources[0][key])[()] if self._one else numpy.array([source[key] for source in sources])

    def _named(self, values: Any) -> dict[str, Any]:
        named = {}
        for d, name in enumerate(self.parameters):
            unit = self.units[name]
            value = values[..., d][()]
            named[name] = value * astropy_unit(unit) if self._given is not None and unit else value
        return named

    def _flux(self, values: Any) -> Any:
        return values * self._scale if self._given is None else values * self._scale * self._given

    @staticmethod
    def _plain(value: Any) -> Any:
        return value.value if is_quantity(value) else value


def _distance(distance: Any) -> float:
    """In cm, 0 where there is none."""
    if distance is None:
        return 0.0
    if is_quantity(distance):
        number = one_number(value_in(distance, "cm", "distance"), "distance")
    else:
        parts = distance.split() if isinstance(distance, str) else ()
        try:
            number = float(parts[0]) * _core.conversion_factor(parts[1], "cm") if len(parts) == 2 else numpy.nan
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            number = numpy.nan
    if not 0 < number < numpy.inf:
        raise InputError(f"distance: {distance!r:.80}\n  allowed: a positive number and a unit: '3.2 Mpc', or a Quantity")
    return float(number)


def _prior(name: str, given: Any, declared: Mapping[str, tuple[str, str]]) -> tuple[str, list[float]]:
    """Shape and numbers, as the compiled half takes them: of a number, a pair (low, high), or a dict with a shape."""
    unit, scale = declared.get(name, ("", "log"))

    def plain(value: Any) -> float:
        return one_number(value_in(value, unit, f"prior of {name}") if is_quantity(value) else value, f"prior of {name}")

    if isinstance(given, Mapping):
        shape = given.get("shape")
        keys = _SHAPES.get(shape, ()) if isinstance(shape, str) else ()
        unknown = [key for key in given if key not in (*keys, "shape")]
        if not keys or unknown:
            found = f"unknown key {unknown[0]!r:.40} of '{shape}'" if keys else f"shape {shape!r:.40}"
            raise InputError(f"prior of {name}: {found}\n  allowed: {', '.join(f'{s}: {k}' for s, k in _SHAPES.items())}")
        numbers_of = []
        for key in keys:
            if key not in given and (shape, key) not in _BOUNDS:
                raise InputError(f"prior of {name}: no '{key}'\n  allowed: {shape} with {', '.join(keys)}")
            width = key == "width" and shape == "log-normal"  # of ln x: a pure number
            numbers_of.append(
                one_number(given[key], f"prior of {name}")
                if width
                else plain(given[key])
                if key in given
                else _BOUNDS[shape, key]
            )
        return shape, numbers_of
    if isinstance(given, (tuple, list)):
        if len(given) != 2:
            raise InputError(f"prior of {name}: {given!r:.80}\n  allowed: a number (fixed), (low, high), or a dict with a shape")
        low, high = plain(given[0]), plain(given[1])
        return ("log-uniform" if scale == "log" and low > 0 else "uniform"), [low, high]
    return "fixed", [plain(given)]


def _named_mapping(given: Any, what: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InputError(f"{what}: {given!r:.80}\n  allowed: a dict with names as keys")
    return dict(given)


def _fraction(value: Any, what: str) -> float:
    number = one_number(value, what)
    if not 0 <= number < 1:
        raise InputError(f"{what}: {value!r:.80} is not possible\n  allowed: 0 .. 1")
    return number


def _multiplicative(given: Any) -> dict[str, float]:
    """s of each line by its name; of all of them by an empty one."""
    if isinstance(given, Mapping):
        return {name: one_number(s, f"multiplicative of {name}") for name, s in _named_mapping(given, "multiplicative").items()}
    s = one_number(given, "multiplicative")
    return {"": s} if s != 0 else {}


def _kinds(limits: Any, shape: tuple[int, ...]) -> numpy.ndarray:
    kinds = numpy.ones(shape, dtype=numpy.uint8)
    if limits is None:
        return kinds
    allowed = "'upper', 'lower', or '' and None for a detection, in the shape of the fluxes"
    try:
        words = numpy.broadcast_to(numpy.asarray(limits, dtype=object), shape)
    except ValueError:
        raise InputError(f"limits: they do not have the shape {shape} of the fluxes\n  allowed: {allowed}") from None
    for place in numpy.ndindex(shape):
        word = words[place]
        if (word is not None and not isinstance(word, str)) or word not in _KINDS:
            raise InputError(f"limits: {word!r:.80}\n  allowed: {allowed}")
        kinds[place] = _KINDS[word]
    return kinds


def _plain_fluxes(fluxes: Any, errors: Any, unit: Any) -> tuple[Any, Any, list[str], Any, Any]:
    """Fluxes and errors as numbers, the units they are in, astropy's unit where they came with one, and its factor."""
    if is_quantity(fluxes):
        if unit is not None:
            raise InputError(f"unit: the fluxes have one: {fluxes.unit}\n  allowed: one of the two")
        text = text_of(fluxes.unit, "fluxes")
        if errors is not None and not is_quantity(errors):
            raise InputError(f"errors: they have no unit, and the fluxes are in {fluxes.unit}\n  allowed: a Quantity too")
        plain_errors = None if errors is None else value_in(errors, text, "errors")
        return value_in(fluxes, text, "fluxes"), plain_errors, [text], fluxes.unit, astropy_unit(text).to(fluxes.unit)
    if is_quantity(errors):
        raise InputError(f"errors: they are in {errors.unit}, and the fluxes have no unit\n  allowed: Quantities both")
    units = [unit] if isinstance(unit, str) else list(unit) if isinstance(unit, (tuple, list)) else []
    if not units or not all(isinstance(one, str) for one in units):
        found = f"fluxes: no unit (unit={unit!r:.40})"
        raise InputError(f"{found}\n  allowed: a Quantity, or unit='Jy', a list with one for each band")
    return fluxes, errors, units, None, 1.0


def fit(
    emulator: Emulator,
    fluxes: Any,
    errors: Any = None,
    *,
    bands: Any = None,
    unit: Any = None,
    limits: Any = None,
    priors: Mapping[str, Any] | None = None,
    distance: Any = None,
    amount: str | None = None,
    dust_to_hydrogen: float | None = None,
    calibration: Mapping[str, float] | None = None,
    floor: float | str = "auto",
    multiplicative: float | Mapping[str, float] = 0.0,
    sampler: str = "auto",
    chains: int = 4,
    warmup: int = 400,
    draws: int = 1000,
    seed: int = 1,
    keep_draws: bool | None = None,
) -> Fit:
    """Parameters of one source (fluxes of shape (M)) or of N sources (N, M), on all cores, from fluxes in bands.

    ``bands``: names as for ``ismulate.bands``, in the order of the fluxes; those of the emulator where it is seen through some.
    ``fluxes``, ``errors`` (1 sigma): Quantities, or numbers with ``unit`` ("Jy", or one for each band). A flux of NaN or an error of
    infinity is not observed.
    ``limits``: "upper" or "lower" where the flux is a limit, "" or None elsewhere; without an error it is taken as 3 sigma.
    ``priors``: by name of a parameter, or of the amount: a number fixes it, (low, high) is flat on its scale, a dict has a
    shape: {"shape": "normal", "mean": 1e8, "width": 2e7} (also log-normal with median and width of ln x, uniform,
    log-uniform, fixed; low and high cut). Others are flat over the range of training.
    ``distance``: a Quantity or "3.2 Mpc"; a mass is found. ``amount``: dust_mass, hydrogen_mass, column_density, scale, factor or none,
    by default what the units ask for; ``dust_to_hydrogen``: mass ratio of the dust model, known for themis.
    ``calibration``: relative errors shared by the bands of an instrument, {"PACS": 0.05}. ``floor``: relative error of the
    emulator, "auto" from its error table. ``multiplicative``: standard deviation of the ln of a line's calibration, of all lines
    or {name: s}; the ``amount`` factor is a pure number times the model.
    ``sampler``: auto, mixture, nuts, ensemble, or none: only the best fit.
    ``keep_draws``: by default of one source only: a thousand draws in four chains take 32 kB for each parameter.

    Source i draws from the seed ``seed`` + i: results do not depend on the number of threads, nor on the other sources.
    Raises InputError where something cannot be used. What goes wrong with the numbers of one source is its ``status``.
    """
    from . import Emulator as Kind  # the package is complete by now

    if not isinstance(emulator, Kind):
        raise InputError(f"emulator: {emulator!r:.80} is none\n  allowed: what ismulate.load gives")
    values, sigmas, units, given, scale = _plain_fluxes(fluxes, errors, unit)
    values = numbers(values, "fluxes")
    sigmas = numpy.asarray(numpy.nan) if sigmas is None else numbers(sigmas, "errors")
    if values.ndim not in (1, 2):
        raise InputError(f"fluxes: the shape is {values.shape}\n  allowed: (M) of one source, (N, M) of many")
    try:
        sigmas = numpy.broadcast_to(sigmas, values.shape)
    except ValueError:
        raise InputError(f"errors: the shape is {sigmas.shape}, that of the fluxes {values.shape}") from None
    one = values.ndim == 1
    kinds = numpy.atleast_2d(_kinds(limits, values.shape))
    values, sigmas = (numpy.ascontiguousarray(numpy.atleast_2d(a), dtype=numpy.float64) for a in (values, sigmas))
    declared = {parameter.name: (parameter.unit, parameter.scale) for parameter in emulator.parameters}
    declared |= dict.fromkeys(("dust_mass", "hydrogen_mass"), ("solMass", "log"))
    declared |= {"column_density": ("cm-2", "log"), "scale": ("cm-2", "log"), "factor": ("", "log")}
    core = _core.Fit(
        emulator._core,
        emulator._seen[0] if bands is None else names_of(bands),
        units,
        {name: _prior(name, one_prior, declared) for name, one_prior in _named_mapping(priors, "priors").items()},
        "" if amount is None else str(amount),
        _distance(distance),
        0.0 if dust_to_hydrogen is None else _fraction(dust_to_hydrogen, "dust_to_hydrogen"),
        {
            name.upper(): _fraction(part, f"calibration of {name}")
            for name, part in _named_mapping(calibration, "calibration").items()
        },
        -1.0 if isinstance(floor, str) and floor == "auto" else _fraction(floor, "floor"),
        _multiplicative(multiplicative),
    )
    sampling = (
        str(sampler),
        whole_number(chains, "chains", 2, 1000),
        whole_number(warmup, "warmup", 20, 10**6),
        whole_number(draws, "draws", 4, 10**7),
        whole_number(seed, "seed", 0, 2**63),
    )
    if keep_draws is not None and not isinstance(keep_draws, bool):
        raise InputError(f"keep_draws: {keep_draws!r:.80}\n  allowed: True, False, None")
    keep = one if keep_draws is None else keep_draws
    sources = []
    for first in range(0, len(values), _SOURCES_PER_CALL):
        part = slice(first, first + _SOURCES_PER_CALL)
        sources += core.run(values[part], sigmas[part], kinds[part], *sampling, first, len(values), keep)
    if not sources:
        raise InputError("fluxes: no source\n  allowed: (M) of one source, (N, M) of many")
    told = core.describe()
    if one and sources[0]["status"] == 2:
        raise InputError("fluxes: no band was observed\n  allowed: one flux at least that is not NaN")
    seen = numpy.where(numpy.isnan(values) | (sigmas == numpy.inf), 0, kinds).astype(numpy.uint8)
    data = {"fluxes": values, "errors": sigmas, "kinds": seen, "unit": given, "scale": scale, "units": units}
    return Fit(told, sources, one, data)
