"""Quantities of astropy: accepted, converted, given back; plain numbers stay plain numbers."""

import numpy
import pytest

import ismulate

units = pytest.importorskip("astropy.units")
POINT = {"U": 10.0, "age": 1e7, "amin": 0.5}


@pytest.fixture(scope="module")
def dust():
    return ismulate.load("themis")


def test_a_quantity_is_converted_and_given_back(dust):
    plain = dust.predict(**POINT)
    spectrum = dust.predict(U=10.0, age=10 * units.Myr, amin=5 * units.AA)
    assert isinstance(spectrum, units.Quantity)
    assert spectrum.value == pytest.approx(plain, rel=1e-9, abs=0)
    assert isinstance(plain, numpy.ndarray) and not isinstance(plain, units.Quantity)
    spectra, slopes = dust.jacobian(age=[10, 20] * units.Myr)
    assert isinstance(spectra, units.Quantity) and spectra.shape == (2, 481) and not isinstance(slopes, units.Quantity)


def test_h_is_a_hydrogen_nucleon_and_not_a_henry(dust):
    spectrum = dust.predict(age=10 * units.Myr)
    luminosity = (spectrum * 1e50 * ismulate.hydrogen()).to(units.W)
    assert luminosity.value == pytest.approx(spectrum.value * 1e43, rel=1e-9, abs=0)
    with pytest.raises(units.UnitConversionError):
        spectrum.to(units.erg / units.s / units.H)


def test_the_axis_as_a_quantity(dust):
    assert dust.axis.quantity[0].to_value(units.nm) == pytest.approx(500)


def test_a_pure_number_may_be_a_quantity_without_unit(dust):
    assert numpy.array_equal(dust.predict(**{**POINT, "U": 10 * units.one}).value, dust.predict(**POINT))


def test_the_wrong_unit_is_refused(dust):
    with pytest.raises(ismulate.InputError, match="its unit is 'kg'"):
        dust.predict(age=3 * units.kg)
    with pytest.raises(ismulate.InputError, match="a pure number"):
        dust.predict(U=3 * units.yr)
    with pytest.raises(ismulate.InputError, match="by name"):
        dust.predict([1, 1e7, 0.5] * units.yr)


def test_simulate_takes_and_gives_quantities():
    table = ismulate.simulate("modified-blackbody", temperature=20 * units.K)
    assert isinstance(table["wavelength"], units.Quantity)
    plain = ismulate.simulate("modified-blackbody", temperature=20)
    name = list(plain)[1]
    assert numpy.array_equal(table[name].value, plain[name]) and isinstance(plain.quantity(name), units.Quantity)
    with pytest.raises(ismulate.InputError, match="its unit is 's'"):
        ismulate.simulate("modified-blackbody", temperature=20 * units.s)
