"""Emulators in files and other processes: pickled whole, with what they do outside their range."""

import concurrent.futures
import copy
import multiprocessing
import pickle

import numpy
import pytest

import ismulate

POINT = {"U": 10.0, "age": 1e7, "amin": 0.5}


def spectrum_of(emulator, u):
    return emulator.predict(**{**POINT, "U": u})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_holds_the_whole_emulator(protocol):
    dust = ismulate.load("themis", outside="nearest")
    again = pickle.loads(pickle.dumps(dust, protocol))
    assert (again.name, again.outside, again.parameters, again.errors) == (dust.name, "nearest", dust.parameters, dust.errors)
    assert numpy.array_equal(again.predict(**{**POINT, "U": 1e9}), dust.predict(**{**POINT, "U": 1e9}))


def test_copies():
    dust = ismulate.load("themis")
    for again in (copy.copy(dust), copy.deepcopy(dust)):
        assert numpy.array_equal(again.predict(**POINT), dust.predict(**POINT))


def test_a_damaged_pickle_is_refused():
    _, (data, outside, *_) = ismulate.load("themis").__reduce__()
    broken = data[:-40] + b"x" + data[-39:]
    with pytest.raises(ismulate.InputError, match="a pickled emulator"):
        ismulate._from_bytes(broken, outside)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes(method):
    dust = ismulate.load("themis")
    dust.predict(numpy.ones((5000, 3)) * [1.0, 1e7, 0.5])  # with threads in this process before
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        spectra = list(pool.map(spectrum_of, [dust] * 4, [1.0, 10.0, 100.0, 1000.0]))
    assert numpy.array_equal(spectra, dust.predict(**{**POINT, "U": [1.0, 10.0, 100.0, 1000.0]}))


def test_an_error_travels_back():
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(ismulate.InputError, match="outside the range"):
            pool.submit(spectrum_of, ismulate.load("themis"), 1e9).result()
