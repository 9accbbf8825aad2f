"""Units of astropy, for who uses them: nothing here is imported before a Quantity is seen or asked for."""

from __future__ import annotations

import functools
import re
from typing import Any

from ._core import InputError

# "H" is a hydrogen nucleon in the strings of ismulate; astropy reads a henry.
_HYDROGEN = re.compile(r"(?<![A-Za-z])H(-?\d+)?(?![A-Za-z0-9])")


def is_quantity(value: Any) -> bool:
    """True for an astropy Quantity; knows it without importing astropy."""
    return hasattr(value, "unit") and hasattr(value, "to_value")


@functools.cache
def hydrogen() -> Any:
    """The unit "per hydrogen nucleon" refers to: erg / (s H) is ``u.erg / u.s / ismulate.hydrogen()``."""
    from astropy import units

    return units.def_unit("H_nucleon", doc="hydrogen nucleon")


@functools.cache
def astropy_unit(text: str) -> Any:
    """The unit of a FITS unit string of ismulate, as astropy's."""
    from astropy import units

    powers = [int(power or 1) for power in _HYDROGEN.findall(text)]
    return units.Unit(_HYDROGEN.sub("", text).strip()) * hydrogen() ** sum(powers) if powers else units.Unit(text)


def value_in(quantity: Any, unit: str, name: str) -> Any:
    """The numbers of a Quantity in `unit`."""
    from astropy import units

    try:
        return quantity.to_value(astropy_unit(unit))
    except units.UnitConversionError:
        raise InputError(
            f"{name}: its unit is '{quantity.unit}'\n  allowed: {unit or 'a pure number'}, or what converts to it"
            "\n  nothing was computed"
        ) from None


# What data can be in; a unit of astropy is told to the compiled half as the first of these that it converts to.
_FLUXES = (
    "Jy", "MJy sr-1", "W m-2 um-1", "W m-2 um-1 sr-1", "W m-2", "W m-2 sr-1", "erg s-1 H-1", "erg s-1 Hz-1 H-1", "erg s-1",
    "erg s-1 Hz-1", "erg s-1 um-1", "erg s-1 g-1",
)


def text_of(unit: Any, name: str) -> str:
    """A FITS unit string of the same dimension as a flux unit of astropy."""
    for text in _FLUXES:
        if unit.is_equivalent(astropy_unit(text)):
            return text
    allowed = "that of a flux: Jy, MJy sr-1, W m-2 um-1, erg s-1 cm-2, erg s-1 H-1 ..."
    raise InputError(f"{name}: its unit is '{unit}'\n  allowed: {allowed}")
