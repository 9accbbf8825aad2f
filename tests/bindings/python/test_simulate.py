"""The physics from Python: settings and parameters by name, the tables of the program."""

import numpy
import pytest

import ismulate


def test_a_spectrum_of_the_built_in_dust():
    table = ismulate.simulate("dust", U=10)
    assert next(iter(table)) == "wavelength" and len(table["wavelength"]) == 481 and table.units["wavelength"] == "um"
    assert table.units["total"] == "erg s-1 H-1"
    parts = sum(table[name] for name in table if name not in ("wavelength", "total"))
    assert parts == pytest.approx(table["total"], rel=1e-6, abs=0)  # the populations make up the whole
    brighter = ismulate.simulate("dust", U=100)
    far = table["wavelength"] > 20
    assert (brighter["total"][far] > table["total"][far]).all()


def test_settings_shape_the_model():
    wide = ismulate.simulate("dust", U=1, wavelengths="5:50:20")
    assert wide["wavelength"] == pytest.approx(numpy.geomspace(5, 50, 20))
    assert "wavelengths" in ismulate.settings("dust") and "field" in ismulate.settings("dust")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ismulate.simulate("dsut"), "did you mean 'dust'"),
        (lambda: ismulate.simulate("dust", feild="bpass"), "feild"),
        (lambda: ismulate.simulate("dust", UU=3), "UU"),
        (lambda: ismulate.simulate("dust", U=-1), "outside the range"),
        (lambda: ismulate.simulate("dust", U=float("nan")), "outside the range"),
        (lambda: ismulate.simulate("dust", U=[1, 2]), "it is an array"),
        (lambda: ismulate.simulate("dust", U="ten"), "not a number"),
        (lambda: ismulate.simulate("dust", field="sunlight"), "sunlight"),
        (lambda: ismulate.settings("dsut"), "did you mean 'dust'"),
    ],
)
def test_mistakes_have_a_sentence(call, words):
    with pytest.raises(ismulate.InputError, match=words):
        call()
