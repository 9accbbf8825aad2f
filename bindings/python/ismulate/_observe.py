"""Bands, and fluxes of spectra in them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy

from . import _core
from ._arrays import names_of, numbers
from ._core import InputError
from ._units import is_quantity, text_of, value_in


@dataclasses.dataclass(frozen=True)
class Band:
    """A photometric band."""

    name: str  #: "PACS_70"
    instrument: str  #: "PACS"; a band's calibration error is shared within it
    wavelength: float  #: where its flux is quoted [um]
    pivot: float  #: pivot wavelength of the photon response [um]
    counter: str  #: what the detector counts: "photon" or "energy"
    reference: str  #: spectrum for which the flux is quoted
    rectangle: bool  #: stands in for a curve that may not be shipped
    origin: str  #: where the curve is from


def bands(names: Any = None) -> list[Band]:
    """The bands of these names, of bands or instruments ("PACS" is all of its bands), or files with a curve; all that
    come with ismulate where none are named.

    Raises InputError with the nearest names where there is no such band.
    """
    return [Band(*one) for one in _core.bands([] if names is None else names_of(names))]


def photometry(
    wavelength: Any, spectrum: Any, bands: Any, *, unit: str | None = None, convention: str = "instrument"
) -> Any:
    """Fluxes (..., B) of spectra (..., M) in bands, quoted as each instrument does.

    They are a Quantity where the spectrum is one.

    ``wavelength`` (M) increases, in um or as a Quantity. ``unit`` of a spectrum without one is a FITS unit string: "Jy",
    "W m-2 um-1", "erg s-1 H-1"; fluxes come in the same. ``bands`` are names as for ``ismulate.bands``, whose order they keep.
    ``convention="ab"`` gives photon-weighted means of F_nu for every band.

    Raises InputError where a band is unknown or not covered by the wavelengths, the unit is not that of a flux, shapes do
    not go together or a value is not finite.
    """
    at = numbers(value_in(wavelength, "um", "wavelength") if is_quantity(wavelength) else wavelength, "wavelength")
    with_unit = is_quantity(spectrum)
    if with_unit:
        if unit is not None:
            raise InputError(f"unit: the spectrum has one: {spectrum.unit}\n  allowed: one of the two")
        given, unit, spectrum = spectrum.unit, text_of(spectrum.unit, "spectrum"), spectrum.value
    if not isinstance(unit, str):
        raise InputError("spectrum: it has no unit\n  allowed: a Quantity, or unit='Jy', 'W m-2 um-1', 'erg s-1 H-1' ...")
    values = numbers(spectrum, "spectrum")
    if at.ndim != 1 or values.ndim == 0 or values.shape[-1] != at.size:
        found = f"spectrum: its shape is {values.shape} and that of the wavelengths {at.shape}"
        raise InputError(f"{found}\n  allowed: (..., M) and (M)")
    if at.size < 2:
        raise InputError("wavelength: fewer than two values\n  allowed: a spectrum")
    rows = numpy.ascontiguousarray(values, dtype=numpy.float64).reshape(-1, at.size)
    names = names_of(bands)
    _, _, fluxes = _core.photometry(at.astype(float).tolist(), rows, names, str(convention), unit)
    fluxes = fluxes.reshape(*values.shape[:-1], fluxes.shape[-1])
    return fluxes * given if with_unit else fluxes

