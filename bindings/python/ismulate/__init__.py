"""Models of the interstellar medium: the physics, and emulators that answer in microseconds with a known error.

    import ismulate
    dust = ismulate.load("themis")
    spectrum = dust.predict(U=10.0, age=1e7)            # (M,), at dust.axis.values
    spectra = dust.predict(U=[1, 10, 100], age=1e7)     # (3, M)
    spectrum, slopes = dust.jacobian(U=10.0)            # (M,), (M, P)

Numbers are in the declared units (``dust.parameters``, ``dust.output.unit``); an astropy Quantity is converted, and then
the answer is a Quantity too. Errors are ``InputError`` (a ValueError: what was passed cannot be used), ``NumericalError``
and ``MachineError`` (RuntimeErrors). The lock of the interpreter is released while numbers are computed.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy

from . import _core
from ._arrays import names_of, numbers, one_number, whole_number
from ._core import Error, InputError, MachineError, NumericalError
from ._fit import Fit, fit
from ._observe import Band, bands, photometry
from ._units import astropy_unit, hydrogen, is_quantity, value_in

__all__ = [
    "Axis", "Band", "Comparison", "Emulator", "Error", "ErrorRow", "Fit", "InputError", "MachineError", "ModelName",
    "NumericalError", "Output", "Parameter", "Table", "bands", "compare", "fit", "hydrogen", "load", "models", "photometry",
    "set_threads", "settings", "simulate",
]
__version__ = _core.version()
_FLOAT64, _FLOAT32 = numpy.dtype(numpy.float64), numpy.dtype(numpy.float32)


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A named input of a model, as it was declared beside its physics."""

    name: str
    unit: str  #: FITS unit string, "" for a pure number
    low: float  #: smallest allowed value [unit]
    high: float  #: largest allowed value [unit]
    default: float  #: taken where none is given [unit]
    scale: str  #: "linear" or "log"
    help: str


@dataclasses.dataclass(frozen=True)
class Output:
    """What a model gives."""

    name: str
    unit: str  #: FITS unit string; "H" is a hydrogen nucleon
    scale: str  #: "linear" or "log"
    help: str


@dataclasses.dataclass(frozen=True, eq=False)
class Axis:
    """What the outputs are spread over."""

    name: str
    kind: str  #: "wavelength", "line", "band", ...
    unit: str
    values: numpy.ndarray | None  #: (M) [unit]; None where there are labels only
    labels: list[str]  #: (M); empty where there are values only

    def __len__(self) -> int:
        return len(self.labels) if self.values is None else len(self.values)

    @property
    def quantity(self) -> Any:
        """The values as an astropy Quantity."""
        return self.values * astropy_unit(self.unit)


@dataclasses.dataclass(frozen=True)
class ErrorRow:
    """One row of an emulator's error table, measured on models that training never saw. Errors are fractions, not per cent."""

    quantity: str
    models: int
    median: float
    mean: float
    percentile_99: float
    maximum: float


@dataclasses.dataclass(frozen=True)
class ModelName:
    """A model that can be had by its name."""

    kind: str  #: "simulator" (``simulate``) or "emulator" (``load``)
    name: str
    summary: str


class Emulator:
    """A trained network: spectra in microseconds, with exact derivatives. Made by ``ismulate.load``.

    May be used from several threads at once, pickled, and sent to other processes.
    """

    def __init__(self, core: _core.Emulator) -> None:
        told = core.describe()
        self._core = core
        self._one = core.one
        self.outside: str = told["outside"]
        self.bands: tuple[str, ...] = tuple(told["axis"]["labels"]) if told["axis"]["kind"] == "band" else ()
        self._seen = (told["bands"], told["convention"])
        self.name: str = told["name"]
        self.summary: str = told["summary"]
        self.network: str = told["network"]
        self.parameters = tuple(Parameter(**one) for one in told["parameters"])
        self.output = Output(**told["output"])
        self.axis = Axis(**told["axis"])
        self.errors = tuple(ErrorRow(**row) for row in told["errors"])
        self.provenance: dict[str, Any] = json.loads(told["provenance"]) if told["provenance"] else {}
        if self.axis.values is not None:
            self.axis.values.flags.writeable = False

    def __repr__(self) -> str:
        names = ", ".join(parameter.name for parameter in self.parameters)
        return f"<ismulate.Emulator '{self.name}': {names} -> {self.output.name} [{self.output.unit}], {len(self.axis)} outputs>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self._core.bytes(), self.outside, *self._seen)

    def through(self, bands: Any, convention: str = "instrument") -> Emulator:
        """The same emulator seen through bands: its outputs are fluxes in them, differentiable as before.

        ``bands`` are names as for ``ismulate.bands``: "PACS,SPIRE", ["IRAC_4", "MIPS_24"], files with curves. An emulator that
        learned bands has those only. ``convention="ab"``: photon-weighted means of F_nu instead of what instruments quote.

        Raises InputError where a band is unknown, or not covered by the wavelengths.
        """
        return Emulator(_core.through(self._core, names_of(bands), str(convention)))

    def select(self, outputs: Any) -> Emulator:
        """The same emulator with some of its outputs, at the cost of those: "CO*,!CO10", a list of names, or of indices.

        In a text * and ? fit any letters and ! excludes; the order is then that of the axis, of a list its own.

        Raises InputError where an output is unknown, or the emulator is seen through bands: choose these with ``through``.
        """
        if self._seen[0]:
            raise InputError("select: the emulator is seen through bands\n  next: through(...) chooses bands")
        if isinstance(outputs, str):
            return Emulator(_core.select(self._core, _core.chosen_outputs(self._core, outputs)))
        try:
            wanted = list(outputs)
        except TypeError:
            raise InputError(f"select: {outputs!r:.80} is no text and no list\n  allowed: names or indices") from None
        labels = {label: index for index, label in enumerate(self.axis.labels)}
        indices = []
        for one in wanted:
            if isinstance(one, str):
                if one not in labels:
                    _core.chosen_outputs(self._core, one)  # says what is near
                    raise InputError(f"select: {one!r:.80} is the name of no output")
                indices.append(labels[one])
            else:
                indices.append(whole_number(one, "an index of select", 0, len(self.axis) - 1))
        return Emulator(_core.select(self._core, indices))

    def predict(self, points: Any = None, /, *, dtype: Any = float, **parameters: Any) -> Any:
        """Outputs at named parameters or at points.

        ``predict(U=10, age=[1e6, 1e7])``: parameters are numbers or arrays that are broadcast against each other; those
        not named take their defaults. The result has their shape with the outputs (M) as last dimension.
        ``predict(points)``: an array (..., P) in the order of ``parameters``; contiguous float64 is not copied.
        ``dtype=numpy.float32`` halves the memory of the result.

        Raises InputError where a name is unknown, a value is no number, or a point is outside the range of training
        (unless the emulator was loaded with outside="nan" or "nearest").
        """
        if dtype is float:  # the two common cases, without what the others need
            if points is None:
                spectrum = self._one(parameters)
                if spectrum is not None:
                    return spectrum
            elif not parameters and self._ready(points):
                return self._core.many(points)
        rows, shape, with_units = self._rows(points, parameters)
        try:
            kind = numpy.dtype(dtype)
        except (TypeError, ValueError):
            kind = None
        if kind not in (_FLOAT64, _FLOAT32):
            raise InputError(f"dtype: {dtype!r:.80} is not known\n  allowed: float64, float32")
        single = kind == _FLOAT32
        outputs = self._core.many_float(rows) if single else self._core.many(rows)
        outputs = outputs.reshape(*shape, len(self.axis))
        return outputs * astropy_unit(self.output.unit) if with_units else outputs

    def jacobian(self, points: Any = None, /, **parameters: Any) -> tuple[Any, numpy.ndarray]:
        """Outputs (..., M) and their exact derivatives (..., M, P), parameters given as for ``predict``.

        Derivatives are plain numbers in output units per declared unit of the parameter, for each parameter has its own.
        """
        if not parameters and self._ready(points):
            return self._core.jacobian(points)
        rows, shape, with_units = self._rows(points, parameters)
        outputs, slopes = self._core.jacobian(rows)
        outputs = outputs.reshape(*shape, len(self.axis))
        slopes = slopes.reshape(*shape, len(self.axis), len(self.parameters))
        return (outputs * astropy_unit(self.output.unit) if with_units else outputs), slopes

    def _ready(self, points: Any) -> bool:
        """True for an array (N, P) that the core takes as it is."""
        return (
            type(points) is numpy.ndarray
            and points.ndim == 2
            and points.shape[1] == len(self.parameters)
            and points.dtype == _FLOAT64
            and points.flags.c_contiguous
        )

    def _rows(self, points: Any, parameters: Mapping[str, Any]) -> tuple[numpy.ndarray, tuple[int, ...], bool]:
        """Points (N, P) for the core, the shape that the caller expects before the outputs, and whether he uses units."""
        if points is not None:
            return *self._rows_of_array(points, parameters), False
        columns, with_units = [], False
        for parameter in self.parameters:
            value = parameters.get(parameter.name, parameter.default)
            if is_quantity(value):
                value, with_units = value_in(value, parameter.unit, f"parameter {parameter.name}"), True
            columns.append(numbers(value, f"parameter {parameter.name}"))
        for name in parameters.keys() - {parameter.name for parameter in self.parameters}:
            self._one({name: 0.0})  # refuses it, naming those that are near
        try:
            columns = numpy.broadcast_arrays(*columns)
        except ValueError:
            shapes = ", ".join(f"{p.name} {column.shape}" for p, column in zip(self.parameters, columns))
            raise InputError(f"parameters: their shapes do not go together: {shapes}\n  nothing was computed") from None
        shape = columns[0].shape if columns else ()
        rows = numpy.empty((*shape, len(columns)))
        for i, column in enumerate(columns):
            rows[..., i] = column
        return rows.reshape(-1, len(columns)), shape, with_units

    def _rows_of_array(self, points: Any, parameters: Mapping[str, Any]) -> tuple[numpy.ndarray, tuple[int, ...]]:
        count = len(self.parameters)
        names = ", ".join(parameter.name for parameter in self.parameters)
        if parameters:
            raise InputError(f"points: parameters are given by name too ({', '.join(parameters)})\n  allowed: one of the two")
        if is_quantity(points):
            raise InputError(f"points: an array has one unit, and parameters have several\n  give them by name: {names}")
        array = numbers(points, "points")
        if array.ndim == 0 or array.shape[-1] != count:
            raise InputError(f"points: the shape is {array.shape}\n  allowed: (..., {count}), for {names}\n  nothing was computed")
        rows = numpy.ascontiguousarray(array, dtype=numpy.float64).reshape(-1, count)
        return rows, array.shape[:-1]


def _from_bytes(data: bytes, outside: str, bands: Sequence[str] = (), convention: str = "instrument") -> Emulator:
    """What pickle calls."""
    return Emulator(_core.from_bytes(data, outside, list(bands), convention))


def load(
    name_or_file: str | os.PathLike[str], outside: str = "refuse", *, bands: Any = None, convention: str = "instrument"
) -> Emulator:
    """A built-in emulator by its name (``models()`` lists them), or the one in an .ism file.

    ``outside`` is what happens to points outside the range of training: "refuse" raises InputError, "nan" gives NaN,
    "nearest" takes the nearest point inside. ``bands`` and ``convention`` are those of ``Emulator.through``.
    """
    names = [] if bands is None else names_of(bands)
    return Emulator(_core.open(os.fsdecode(name_or_file), str(outside), names, str(convention)))


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """How far predictions are from true outputs. Errors are fractions |y' - y| / y, not per cent."""

    models: int  #: with at least one value that counts
    values: int  #: that count
    median: float
    mean: float
    percentile_99: float
    maximum: float
    axis_median: numpy.ndarray  #: (M) at each output; NaN where no value counts
    axis_percentile_99: numpy.ndarray  #: (M)
    axis_maximum: numpy.ndarray  #: (M)
    worst_of_model: numpy.ndarray  #: (N), NaN where no value counts


def compare(emulator: Emulator, spectra: Any, points: Any = None, /, *, faint: float = 1e-4, **parameters: Any) -> Comparison:
    """The error table of an emulator against true spectra (..., M), at parameters given as for ``predict``.

    ``compare(dust, truth, U=us, age=ages)``. Values below ``faint`` of the largest of their spectrum do not count. The truth is
    in the unit of the emulator, or a Quantity.

    Raises InputError where shapes do not go together, a value is no finite number, a point is outside, or nothing counts.
    """
    if not isinstance(emulator, Emulator):
        raise InputError(f"emulator: {emulator!r:.80} is none\n  allowed: what ismulate.load gives")
    rows, shape, _ = emulator._rows(points, parameters)
    truth = numbers(value_in(spectra, emulator.output.unit, "spectra") if is_quantity(spectra) else spectra, "spectra")
    if truth.shape != (*shape, len(emulator.axis)):
        wanted = (*shape, len(emulator.axis))
        raise InputError(f"spectra: the shape is {truth.shape}\n  allowed: {wanted}, for these parameters")
    if not numpy.isfinite(truth).all():
        raise InputError("spectra: a value is not finite\n  allowed: what the physics gives")
    share = one_number(faint, "faint")
    if not 0 <= share < 1:
        raise InputError(f"faint: {faint!r:.80} is not possible\n  allowed: 0 .. 1")
    table = numpy.ascontiguousarray(truth, dtype=numpy.float64).reshape(len(rows), len(emulator.axis))
    return Comparison(**_core.compare(emulator._core, rows, table, share))


def models() -> list[ModelName]:
    """Every simulator and every built-in emulator."""
    return [ModelName(*one) for one in _core.models()]


def settings(simulator: str) -> dict[str, str]:
    """Names of a simulator's settings, each with its values and meaning; ``simulate`` takes them by name."""
    return {
        name.replace("-", "_"): f"{help} [{values}; {fallback or 'none'}]" for name, fallback, values, help in _core.settings(simulator)
    }


class Table(Mapping[str, Any]):
    """Columns of equal length by name: arrays, or Quantities where the call had one; texts are lists."""

    def __init__(self, columns: list[tuple[str, str, str, Any]], with_units: bool) -> None:
        self.units = {name: unit for name, unit, _, _ in columns}
        self.help = {name: help for name, _, help, _ in columns}
        self._plain = {name: values for name, _, _, values in columns}
        self._with_units = with_units

    def __getitem__(self, name: str) -> Any:
        if self._with_units and self.units[name]:
            return self.quantity(name)
        return self._plain[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name} [{unit}]" for name, unit in self.units.items())
        return f"<ismulate.Table of {len(next(iter(self._plain.values()), ()))} rows: {columns}>"

    def quantity(self, name: str) -> Any:
        """A column as an astropy Quantity."""
        return self._plain[name] * astropy_unit(self.units[name])


def simulate(model: str, /, **choices: Any) -> Table:
    """One model from the physics itself: ``simulate("dust", field="bpass", U=10, age=1e8)``.

    Names are settings of the simulator (``settings(model)``), whose values are texts or paths, or parameters, whose values
    are numbers or Quantities. Returns the axis, the output, and whatever else the physics has to tell.
    """
    named = {name.replace("-", "_"): name for name, *_ in _core.settings(model)}
    chosen = {named[name]: str(value) for name, value in choices.items() if name in named}
    parameters = {name: value for name, value in choices.items() if name not in named}
    with_units = any(is_quantity(value) for value in parameters.values())
    if with_units:
        declared = {one["name"]: one["unit"] for one in _core.parameters(model, chosen, list(parameters))}
        for name, value in parameters.items():
            if is_quantity(value) and name in declared:
                parameters[name] = value_in(value, declared[name], f"parameter {name}")
    values = []
    for name, value in parameters.items():
        number = numbers(value, f"parameter {name}")
        if number.ndim > 0:
            raise InputError(f"parameter {name}: it is an array\n  allowed: one number: simulate computes one model\n  many: ismulate grid")
        values.append(float(number))
    return Table(_core.simulate(model, chosen, list(parameters), values), with_units)


def set_threads(threads: int) -> None:
    """Threads that batches of more than 2000 points are shared out to; 0 = as many as cores. Results do not depend on it."""
    if not isinstance(threads, int) or not 0 <= threads <= 4096:
        raise InputError(f"threads: {threads!r} is not possible\n  allowed: 0 .. 4096, 0 = as many as cores")
    _core.set_threads(threads)
