"""Bands from Python: the fluxes of the program, an emulator seen through bands, sentences for every mistake.

Spectra per hydrogen are 1e-23: pytest.approx needs abs=0, for it takes two numbers below 1e-12 as equal.
"""

import json
import os
import pickle
import subprocess

import numpy
import pytest

import ismulate

POINT = {"U": 10.0, "age": 1e7, "amin": 0.5}
SEVEN = ("MIPS_24", "PACS_70", "PACS_100", "PACS_160", "SPIRE_250", "SPIRE_350", "SPIRE_500")


@pytest.fixture(scope="module")
def dust():
    return ismulate.load("themis")


@pytest.fixture(scope="module")
def seen(dust):
    return dust.through("MIPS_24,PACS,SPIRE")


def test_bands_lists_what_there_is():
    everything = {band.name: band for band in ismulate.bands()}
    assert len(everything) == 91 and everything["PACS_70"].wavelength == 70 and everything["PACS_70"].instrument == "PACS"
    assert [band.name for band in ismulate.bands("pacs")] == ["PACS_70", "PACS_100", "PACS_160"]
    assert {band.counter for band in everything.values()} == {"photon", "energy"}
    assert all(band.pivot > 0 and band.origin and band.reference for band in everything.values())


def test_an_emulator_through_bands(dust, seen):
    assert seen.bands == SEVEN == tuple(seen.axis.labels) and seen.axis.kind == "band" and len(seen.axis) == 7
    assert seen.axis.values[1] == 70.0 and "7 outputs" in repr(seen)
    fluxes = seen.predict(**POINT)
    weighed = ismulate.photometry(dust.axis.values, dust.predict(**POINT), SEVEN, unit=dust.output.unit)
    assert fluxes == pytest.approx(weighed, rel=1e-12, abs=0)
    assert dust.axis.values[[0, -1]] == pytest.approx([0.5, 3000.0])  # the emulator itself is as it was
    many = seen.predict(numpy.array([[10.0, 1e7, 0.5], [100.0, 1e7, 0.5]]))
    assert many.shape == (2, 7) and numpy.array_equal(many[0], fluxes)
    assert seen.predict(**POINT, dtype=numpy.float32) == pytest.approx(fluxes, rel=1e-6, abs=0)
    assert numpy.array_equal(ismulate.load("themis", bands=list(SEVEN)).predict(**POINT), fluxes)
    assert seen.through("PACS").bands == SEVEN[1:4]


def test_the_jacobian_of_bands_is_the_derivative(seen):
    fluxes, slopes = seen.jacobian(**POINT)
    assert slopes.shape == (7, 3) and fluxes == pytest.approx(seen.predict(**POINT), rel=1e-12, abs=0)
    for k, name in enumerate(POINT):
        step = 1e-3 * POINT[name]
        above, below = (seen.predict(**{**POINT, name: POINT[name] + sign * step}) for sign in (1, -1))
        assert (above - below) / (2 * step) == pytest.approx(slopes[:, k], rel=0, abs=2e-3 * abs(slopes[:, k]).max())


def test_a_pickle_remembers_the_bands(seen):
    again = pickle.loads(pickle.dumps(seen))
    assert again.bands == SEVEN and numpy.array_equal(again.predict(**POINT), seen.predict(**POINT))
    ab = pickle.loads(pickle.dumps(ismulate.load("themis", "nan", bands="PACS", convention="ab")))
    assert ab.outside == "nan" and numpy.isnan(ab.predict(U=1e9)).all()
    assert ab.predict(**POINT) != pytest.approx(seen.predict(**POINT)[1:4], rel=1e-4, abs=0)


@pytest.mark.skipif("ISMULATE_PROGRAM" not in os.environ, reason="the program was not built")
def test_the_program_says_the_same(seen):
    chosen = [word for name, value in POINT.items() for word in ("-p", f"{name}={value}")]
    command = [os.environ["ISMULATE_PROGRAM"], "predict", "themis", *chosen, "--bands", "MIPS_24,PACS,SPIRE", "--json"]
    columns = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["columns"]
    fluxes = next(column["values"] for column in columns if column["name"] == "total")
    assert numpy.array_equal(seen.predict(**POINT), fluxes)


def test_a_reference_spectrum_gives_its_own_flux():
    wavelength = numpy.geomspace(1, 2000, 20_000)
    constant = numpy.full(wavelength.size, 3.0)  # nu F_nu constant is what PACS is quoted for
    fluxes = ismulate.photometry(wavelength, constant, "PACS", unit="W m-2")
    assert fluxes == pytest.approx(3.0, rel=1e-6)
    janskys = constant * wavelength
    quoted = ismulate.photometry(wavelength, janskys, "PACS", unit="Jy")
    assert quoted == pytest.approx(3.0 * numpy.array([70, 100, 160]), rel=1e-6)
    several = numpy.stack([janskys, 2 * janskys, 5 * janskys]).reshape(3, 1, -1)
    assert ismulate.photometry(wavelength, several, "PACS_70", unit="Jy")[:, 0, 0] == pytest.approx([210, 420, 1050], rel=1e-6)


def test_a_curve_of_ones_own(tmp_path, seen):
    curve = tmp_path / "mine.dat"
    curve.write_text("# reference: nuFnu\n60 0\n65 1\n75 1\n80 0\n")
    assert ismulate.bands(curve)[0].name == "mine"
    mine = ismulate.load("themis", bands=[curve, "PACS_100"])
    assert mine.bands == ("mine", "PACS_100") and mine.predict(**POINT)[1] == seen.predict(**POINT)[2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: d.through("PACS_71"), "PACS_70"),
        (lambda d: d.through([]), "none is named"),
        (lambda d: d.through(["PACS", "PACS_70"]), "twice"),
        (lambda d: d.through(5), "5 is no name"),
        (lambda d: d.through([None]), "None is no name"),
        (lambda d: d.through("PACS", "vega"), "instrument, ab"),
        (lambda d: ismulate.load("themis", bands="PACS\0"), "is no name"),
        (lambda d: ismulate.bands("PACZ"), "PACS"),
        (lambda d: ismulate.photometry([1, 2, 3], [1, 1, 1], "PACS", unit="Jy"), "99.9 %"),
        (lambda d: ismulate.photometry([3, 2, 1], [1, 1, 1], "PACS", unit="Jy"), "does not increase"),
        (lambda d: ismulate.photometry([1, 2], [1, 1, 1], "PACS", unit="Jy"), r"\(3,\)"),
        (lambda d: ismulate.photometry([], [], "PACS", unit="Jy"), "fewer than two"),
        (lambda d: ismulate.photometry(d.axis.values, d.predict(), "PACS"), "no unit"),
        (lambda d: ismulate.photometry(d.axis.values, d.predict(), "PACS", unit="kg"), "not that of a flux"),
        (lambda d: ismulate.photometry(d.axis.values, d.predict(), "PACS", unit="Jansk"), "Jansk"),
        (lambda d: ismulate.photometry(d.axis.values, d.predict() * numpy.nan, "PACS", unit="Jy"), "value number 0"),
        (lambda d: ismulate.photometry("here", d.predict(), "PACS", unit="Jy"), "not a number"),
    ],
)
def test_what_cannot_be_used(dust, call, words):
    with pytest.raises(ismulate.InputError, match=words):
        call(dust)


def test_units_come_back(dust):
    units = pytest.importorskip("astropy.units")
    wavelength = (dust.axis.values * 1e4) * units.AA
    spectrum = dust.predict(**POINT) * 1e3 * units.mJy
    fluxes = ismulate.photometry(wavelength, spectrum, "PACS")
    assert fluxes.unit == units.mJy
    plain = ismulate.photometry(dust.axis.values, spectrum.value, "PACS", unit="Jy")
    assert fluxes.value == pytest.approx(plain, rel=1e-10, abs=0)
    own = dust.predict(age=10 * units.Myr)
    assert ismulate.photometry(dust.axis.quantity, own, "PACS").unit == own.unit
    for wrong in (units.kg, units.m):
        with pytest.raises(ismulate.InputError, match="that of a flux"):
            ismulate.photometry(dust.axis.values, dust.predict() * wrong, "PACS")
    with pytest.raises(ismulate.InputError, match="one of the two"):
        ismulate.photometry(dust.axis.values, own, "PACS", unit="Jy")
    with pytest.raises(ismulate.InputError, match="wavelength"):
        ismulate.photometry(dust.axis.values * units.s, own, "PACS")
