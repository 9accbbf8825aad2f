"""The error table from Python: errors that were put in come out."""

import numpy
import pytest

import ismulate


@pytest.fixture(scope="module")
def dust():
    return ismulate.load("themis")


def test_errors_that_were_put_in_come_out(dust):
    points = numpy.array([[1.0, 1e7, 0.5], [10.0, 1e8, 0.5], [100.0, 1e9, 1.0]])
    truth = dust.predict(points) / 1.02
    told = ismulate.compare(dust, truth, points)
    assert (told.median, told.mean, told.maximum) == pytest.approx((0.02, 0.02, 0.02), rel=1e-9)
    assert told.models == 3 and 0 < told.values < truth.size and told.axis_maximum.shape == (481,)
    assert told.worst_of_model == pytest.approx([0.02] * 3, rel=1e-9)
    everything = ismulate.compare(dust, truth, points, faint=0)
    assert everything.values == truth.size
    by_name = ismulate.compare(dust, dust.predict(U=[1, 10]) / 0.9, U=[1, 10])
    assert by_name.models == 2 and by_name.mean == pytest.approx(0.1, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: ismulate.compare("themis", d.predict()), "ismulate.load"),
        (lambda d: ismulate.compare(d, d.predict(), U=[1, 2]), r"\(481,\)"),
        (lambda d: ismulate.compare(d, d.predict() * numpy.nan), "not finite"),
        (lambda d: ismulate.compare(d, d.predict(), faint=2), "faint"),
        (lambda d: ismulate.compare(d, d.predict(), U=1e9), "outside the range"),
        (lambda d: ismulate.compare(d, d.predict() * 0), "."),
        (lambda d: ismulate.compare(d, "spectra"), "not a number"),
        (lambda d: ismulate.compare(d, d.predict(), V=3), "no parameter"),
    ],
)
def test_what_cannot_be_used(dust, call, words):
    with pytest.raises(ismulate.InputError, match=words):
        call(dust)
