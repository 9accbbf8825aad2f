"""Whatever is passed, a call answers or raises an exception that is documented; nothing ends the interpreter."""

import random

import numpy
import pytest

import ismulate

# InputError is a ValueError. TypeError: an argument too many or too few, or a path that is none, as for Python's own functions.
DOCUMENTED = (ismulate.Error, ismulate.InputError, ismulate.NumericalError, ismulate.MachineError, TypeError, OverflowError)
CALLS = 4000
FITS = 1200


class Odd:
    """An object that is nothing of ours."""

    def __len__(self):
        return -1 % 7

    def __iter__(self):
        return iter((1, "two", None))


def array(random_):
    """An array of some shape, kind of number, order and stride, with numbers that hurt."""
    shape = [random_.choice((0, 1, 2, 3, 7, 8, 481)) for _ in range(random_.choice((0, 1, 1, 2, 2, 3)))]
    values = numpy.full(shape, random_.choice((1.0, 10.0, 1e7, 0.0, -1.0, numpy.nan, numpy.inf, 1e300, 5e-324)))
    kind = random_.choice(("f8", "f8", "f8", "f4", ">f8", "f2", "i8", "u1", "c16", "?", "O", "U5", "S3", "M8[s]"))
    with numpy.errstate(all="ignore"):
        try:
            values = values.astype(kind)
        except (ValueError, TypeError, OverflowError):
            pass
    way = random_.randrange(5)
    if way == 0 and values.ndim:
        return values[::-1]
    if way == 1:
        return numpy.asfortranarray(values)
    if way == 2 and values.ndim:
        return numpy.broadcast_to(values, (2, *values.shape))
    if way == 3:
        values.flags.writeable = False
    return values


def anything(random_):
    """One argument."""
    return random_.choice(
        (
            lambda: array(random_),
            lambda: array(random_),
            lambda: random_.choice((None, True, 0, -1, 3, 10**400, 1.5, numpy.nan, numpy.inf, 1j)),
            lambda: random_.choice(("", "U", "PACS", "themis", "Jy", "a\0b")),
            lambda: random_.choice((b"PACS", "PACS,SPIRE", "\ud800", "3 Mpc", "nan Mpc", "1e999 kpc", "upper", "x" * 5000)),
            lambda: random_.choice((object(), Odd(), Odd, anything, ...)),
            lambda: [random_.choice((1.0, "PACS", None, "upper", [], numpy.nan, {}, ["U"])) for _ in range(random_.randrange(9))],
            lambda: {random_.choice(("U", "age", "PACS", 3, "dust_mass", "shape")): anything_flat(random_) for _ in range(2)},
            lambda: numpy.ma.masked_array([1.0, 2.0], [True, False]),
            lambda: numpy.float64(3.0),
            lambda: (1.0, 2.0),
            lambda: {"U": {"shape": random_.choice(("normal", "log-normal", "uniform", 3)), "mean": 3, "width": -1, "low": 1}},
        )
    )()


def anything_flat(random_):
    lists = ((1, 10), (10, 1), [1, 2, 3], {"shape": "fixed", "value": 3})
    return random_.choice((1.0, 10, -1.0, numpy.nan, numpy.inf, "x", None, 0.05, *lists))


def answered(call, seed):
    """True where it answered, False where it refused with a sentence."""
    try:
        call()
    except DOCUMENTED as error:
        assert str(error), f"seed {seed}: an exception without a sentence"
        return False
    except Exception as error:
        pytest.fail(f"seed {seed}: {type(error).__name__}, which is not documented: {error}")
    return True


def test_any_arguments():
    dust = ismulate.load("themis", outside="nan")
    seen = dust.through("PACS")
    wavelength, spectrum = dust.axis.values, dust.predict()
    answers = 0
    for seed in range(CALLS):
        random_ = random.Random(seed)
        some = lambda: anything(random_)
        model = random_.choice((dust, seen))
        calls = (
            lambda: model.predict(some()),
            lambda: model.predict(U=some(), age=some()),
            lambda: model.predict(some(), dtype=some()),
            lambda: model.jacobian(some()),
            lambda: model.jacobian(amin=some()),
            lambda: model.through(some(), some()),
            lambda: model.through("PACS", some()),
            lambda: ismulate.bands(some()),
            lambda: ismulate.photometry(some(), some(), some(), unit=some()),
            lambda: ismulate.photometry(wavelength, some(), "PACS", unit="Jy"),
            lambda: ismulate.photometry(wavelength, spectrum, some(), unit=some()),
            lambda: ismulate.photometry(some(), spectrum, "PACS", unit="Jy", convention=some()),
            lambda: ismulate.compare(model, some(), some(), faint=some()),
            lambda: ismulate.compare(dust, some(), U=some()),
            lambda: ismulate.compare(dust, spectrum, faint=some()),
            lambda: ismulate.load("themis", some(), bands=some()),
            lambda: ismulate.load("themis", bands="PACS", convention=some()),
        )
        answers += answered(random_.choice(calls), seed)
    assert CALLS // 100 < answers < CALLS * 3 // 4  # both ways are walked


def test_any_arguments_of_a_fit():
    seen = ismulate.load("themis", bands="PACS")
    fluxes = numpy.array([1.0, 1.2, 0.9])
    good = {
        "bands": "PACS", "unit": ["mJy"] * 3, "limits": [None, "", "upper"], "priors": {"U": (1, 100), "dust_mass": 1e3},
        "distance": "3 kpc", "amount": "hydrogen_mass", "dust_to_hydrogen": 0.01, "calibration": {"PACS": 0.05}, "floor": 0.1,
        "seed": 7, "keep_draws": True,
    }
    names = tuple(good)
    answers = 0
    for seed in range(FITS):
        random_ = random.Random(seed)
        settings = {"unit": "Jy", "distance": "3 Mpc", "sampler": "none", "priors": {"age": 1e8, "amin": 0.5}}
        values, errors = fluxes, 0.1 * fluxes
        for _ in range(random_.choice((1, 1, 2))):
            name = random_.choice(("emulator", "fluxes", "errors", "sampler", *names, *names))
            if name == "fluxes":
                values = anything(random_)
            elif name == "errors":
                errors = anything(random_)
            else:
                settings[name] = good[name] if name in good and random_.random() < 0.3 else anything(random_)
        model = settings.pop("emulator", seen)
        answers += answered(lambda: ismulate.fit(model, values, errors, **settings), seed)
    assert FITS // 100 < answers < FITS * 3 // 4, answers
