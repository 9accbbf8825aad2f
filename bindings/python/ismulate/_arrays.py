"""Numbers and names as callers give them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy

from ._core import InputError


def numbers(values: Any, what: str) -> numpy.ndarray:
    """The values as an array of numbers; anything that is not one is refused."""
    if isinstance(values, numpy.ma.MaskedArray) and numpy.ma.getmaskarray(values).any():
        raise InputError(f"{what}: some values are masked\n  allowed: numbers\n  nothing was computed")
    try:
        array = numpy.asarray(values)
    except ValueError:
        array = numpy.asarray(None)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what}: {values!r:.80} is not a number, nor an array of numbers\n  nothing was computed")
    return array


def one_number(value: Any, what: str) -> float:
    """The value as a float; arrays are refused."""
    array = numbers(value, what)
    if array.ndim > 0:
        raise InputError(f"{what}: it is an array\n  allowed: one number")
    return float(array)


def whole_number(value: Any, what: str, low: int, high: int) -> int:
    """The value as an int of low .. high."""
    array = numpy.asarray(value, dtype=object) if isinstance(value, bool) else numbers(value, what)
    if array.ndim > 0 or array.dtype.kind not in "iu" or not low <= int(array) <= high:
        raise InputError(f"{what}: {value!r:.80} is not possible\n  allowed: a whole number of {low} .. {high}")
    return int(array)


def names_of(bands: Any) -> list[str]:
    """Names as a list: "PACS,SPIRE", ["PACS", "SPIRE"], or paths of files with curves."""
    if isinstance(bands, str):
        names: list[Any] = [name.strip() for name in bands.split(",") if name.strip()]
    elif isinstance(bands, os.PathLike):
        names = [bands]
    elif isinstance(bands, Iterable):
        names = list(bands)
    else:
        names = [bands]
    for name in names:
        if not isinstance(name, (str, os.PathLike)) or "\0" in os.fsdecode(name):
            raise InputError(f"bands: {name!r:.80} is no name\n  allowed: names of bands or instruments, or files with a curve")
    if not names:
        raise InputError("bands: none is named\n  allowed: names of bands or instruments; ismulate.bands() lists them")
    return [os.fsdecode(name) for name in names]
