"""Emulators from Python: the numbers of the program, the shapes and kinds of NumPy, sentences for every mistake."""

import json
import os
import pickle
import subprocess
import threading

import numpy
import pytest

import ismulate

POINT = {"U": 10.0, "age": 1e7, "amin": 0.5}


@pytest.fixture(scope="module")
def dust():
    return ismulate.load("themis")


def test_it_describes_itself(dust):
    assert [parameter.name for parameter in dust.parameters] == ["U", "age", "amin"]
    age = dust.parameters[1]
    assert (age.unit, age.low, age.high, age.scale) == ("yr", 1e6, 1e10, "log")
    assert age.low <= age.default <= age.high and len(age.help) > 5
    assert (dust.output.name, dust.output.unit, dust.output.scale) == ("total", "erg s-1 H-1", "log")
    assert (dust.axis.name, dust.axis.unit, len(dust.axis)) == ("wavelength", "um", 481)
    assert dust.axis.values[[0, -1]] == pytest.approx([0.5, 3000.0])
    assert 0 < dust.errors[0].median < dust.errors[0].percentile_99 <= dust.errors[0].maximum
    assert dust.errors[0].models >= 1000 and "version" in dust.provenance
    assert "themis" in repr(dust) and "481" in repr(dust)
    with pytest.raises(ValueError):
        dust.axis.values[0] = 0  # what an emulator says of itself does not change


def test_models_lists_what_there_is():
    names = {(model.kind, model.name) for model in ismulate.models()}
    assert {("simulator", "dust"), ("emulator", "themis")} <= names


def test_version_is_that_of_the_file():
    assert ismulate.__version__.count(".") == 2


@pytest.mark.skipif("ISMULATE_PROGRAM" not in os.environ, reason="the program was not built")
def test_the_program_says_the_same(dust):
    chosen = [word for name, value in POINT.items() for word in ("-p", f"{name}={value}")]
    command = [os.environ["ISMULATE_PROGRAM"], "predict", "themis", *chosen, "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    columns = json.loads(told.stdout)
    assert "total" in told.stdout
    spectrum = next(column["values"] for column in columns["columns"] if column["name"] == "total")
    assert numpy.array_equal(dust.predict(**POINT), spectrum)


def test_named_parameters_are_broadcast(dust):
    one = dust.predict(**POINT)
    assert one.shape == (481,) and one.dtype == numpy.float64
    assert numpy.array_equal(dust.predict(U=10, age=10_000_000, amin=0.5), one)  # whole numbers too
    many = dust.predict(U=[1, 10, 100], age=1e7, amin=0.5)
    assert many.shape == (3, 481) and numpy.array_equal(many[1], one)
    table = dust.predict(U=numpy.array([1.0, 10.0])[:, None], age=numpy.array([1e7, 1e8, 1e9]), amin=numpy.float32(0.5))
    assert table.shape == (2, 3, 481) and numpy.array_equal(table[1, 0], one)
    assert numpy.array_equal(dust.predict(U=numpy.float64(10), age=1e7, amin=0.5), one)


def test_parameters_not_named_take_their_defaults(dust):
    defaults = {parameter.name: parameter.default for parameter in dust.parameters}
    assert numpy.array_equal(dust.predict(), dust.predict(**defaults))
    assert numpy.array_equal(dust.predict(U=3.0), dust.predict(**{**defaults, "U": [3.0]})[0])


def test_points_of_any_shape_and_order(dust):
    points = numpy.array([[1.0, 1e7, 0.5], [10.0, 1e7, 0.5], [100.0, 1e8, 1.0], [5.0, 1e9, 0.4]])
    spectra = dust.predict(points)
    assert spectra.shape == (4, 481) and numpy.array_equal(spectra[1], dust.predict(**POINT))
    assert dust.predict(points[1]).shape == (481,)
    assert dust.predict(points.reshape(2, 2, 3)).shape == (2, 2, 481)
    assert numpy.array_equal(dust.predict(points.tolist()), spectra)
    assert numpy.array_equal(dust.predict(numpy.asfortranarray(points)), spectra)
    assert numpy.array_equal(dust.predict(points[::-2]), spectra[::-2])  # sections with strides
    assert numpy.array_equal(dust.predict(points.astype(">f8")), spectra)  # another byte order
    assert dust.predict(points[:0]).shape == (0, 481)
    read_only = points.copy()
    read_only.flags.writeable = False
    assert numpy.array_equal(dust.predict(read_only), spectra)


def test_arrays_are_not_copied(dust):
    spectra = dust.predict(numpy.ones((20_000, 3)) * [1.0, 1e7, 0.5])
    assert spectra.flags.c_contiguous and spectra.flags.writeable
    assert spectra.base is not None  # memory of the library, handed over
    spectra[0, 0] = 1.0


def test_single_precision(dust):
    single = dust.predict(**POINT, dtype=numpy.float32)
    assert single.dtype == numpy.float32
    assert single == pytest.approx(dust.predict(**POINT), rel=1e-6, abs=0)
    with pytest.raises(ismulate.InputError, match="float64, float32"):
        dust.predict(**POINT, dtype=int)


def test_jacobian_is_the_derivative(dust):
    spectrum, slopes = dust.jacobian(**POINT)
    assert slopes.shape == (481, 3) and numpy.array_equal(spectrum, dust.predict(**POINT))
    for k, name in enumerate(POINT):
        step = 1e-3 * POINT[name]
        above, below = (dust.predict(**{**POINT, name: POINT[name] + sign * step}) for sign in (1, -1))
        assert (above - below) / (2 * step) == pytest.approx(slopes[:, k], rel=0, abs=2e-3 * abs(slopes[:, k]).max())
    spectra, many = dust.jacobian(U=[[10.0], [20.0]], age=1e7, amin=0.5)
    assert spectra.shape == (2, 1, 481) and many.shape == (2, 1, 481, 3) and numpy.array_equal(many[0, 0], slopes)


def test_outside_is_refused_marked_or_moved():
    bad = {**POINT, "U": 1e9}
    with pytest.raises(ValueError, match="U = 1e\\+09 is outside the range") as refused:
        ismulate.load("themis").predict(**bad)
    assert "allowed: 0.1 .. 1e+06" in str(refused.value) and "nothing was computed" in str(refused.value)
    assert numpy.isnan(ismulate.load("themis", outside="nan").predict(**bad)).all()
    nearest = ismulate.load("themis", outside="nearest")
    assert numpy.array_equal(nearest.predict(**bad), nearest.predict(**{**POINT, "U": 1e6}))
    assert numpy.isnan(nearest.predict(**{**POINT, "U": numpy.nan})).all()  # NaN never becomes a number


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"u": 3}, "no parameter 'u'"),
        ({"u": [3]}, "no parameter 'u'"),
        ({"ag": 1e7}, "did you mean 'age'"),
        ({"U": numpy.nan}, "nan is outside"),
        ({"U": "ten"}, "'ten' is not a number"),
        ({"U": None}, "None is not a number"),
        ({"U": True, "age": [True]}, "not a number"),
        ({"U": 1j}, "not a number"),
        ({"U": {"a": 1}}, "not a number"),
        ({"U": [[1, 2], [3]]}, "not a number"),
        ({"U": [1, 2], "age": [1e7, 1e8, 1e9]}, "shapes do not go together"),
        ({"U": numpy.ma.masked_array([1.0, 2.0], [False, True])}, "masked"),
        ({"U": 10**400}, "too large"),
    ],
)
def test_parameters_that_cannot_be_used(dust, parameters, words):
    with pytest.raises((ismulate.InputError, OverflowError), match=words):
        dust.predict(**parameters)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (numpy.ones(2), r"\(2,\)"),
        (numpy.ones((3, 4)), r"\(3, 4\)"),
        (5.0, r"\(\)"),
        ("themis", "not a number"),
        ([[1, 2, "x"]], "not a number"),
        ([[1, 1e7, None]], "not a number"),
        (numpy.full((1, 3), numpy.nan), "nan is outside"),
        (numpy.array([[1, 1e7, 0.5], [1, 1e99, 0.5]]), "1 of 2 points"),
    ],
)
def test_points_that_cannot_be_used(dust, points, words):
    for call in (dust.predict, dust.jacobian):
        with pytest.raises(ismulate.InputError, match=words):
            call(points)


def test_points_and_names_do_not_mix(dust):
    with pytest.raises(ismulate.InputError, match="by name too"):
        dust.predict([1, 1e7, 0.5], U=3)


def test_files_and_names_that_cannot_be_loaded(tmp_path):
    with pytest.raises(ismulate.InputError, match="did you mean 'themis'"):
        ismulate.load("thermis")
    with pytest.raises(ismulate.InputError, match="extrapolate"):
        ismulate.load("themis", outside="extrapolate")
    (tmp_path / "text.ism").write_text("this is no emulator")
    with pytest.raises(ismulate.InputError, match=r"text\.ism"):
        ismulate.load(tmp_path / "text.ism")
    with pytest.raises(TypeError):
        ismulate.load(5)


def test_errors_are_of_pythons_own_kinds():
    assert issubclass(ismulate.InputError, ValueError)
    assert all(issubclass(kind, RuntimeError) for kind in (ismulate.Error, ismulate.NumericalError, ismulate.MachineError))


def test_threads_do_not_change_a_bit(dust):
    points = numpy.linspace(1, 1000, 9000)[:, None] * [1.0, 0.0, 0.0] + [0.0, 1e7, 0.5]
    ismulate.set_threads(1)
    alone = dust.predict(points)
    ismulate.set_threads(0)
    results = [None] * 4

    def work(i):
        results[i] = dust.predict(points)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(numpy.array_equal(result, alone) for result in results)
    for wrong in (-1, 2.5, "two", 10**30):
        with pytest.raises(ismulate.InputError):
            ismulate.set_threads(wrong)


def test_outputs_are_selected_at_their_own_cost():
    lines = ismulate.load("meudon_co")
    point = numpy.array([[1e6, 100.0, 5.0]])
    everything = lines.predict(point)[0]
    some = lines.select("13c*,!*j1__j0")
    assert some.axis.labels == [name for name in lines.axis.labels if name.startswith("13c") and not name.endswith("j1__j0")]
    chosen = lines.select([3, "co_v0_j1__v0_j0"])
    assert chosen.axis.labels == ["co_v0_j4__v0_j3", "co_v0_j1__v0_j0"]
    assert chosen.predict(point)[0] == pytest.approx(everything[[3, 0]], rel=1e-6, abs=0)
    outputs, slopes = chosen.jacobian(point)
    assert outputs.shape == (1, 2) and slopes.shape == (1, 2, 3)
    assert pickle.loads(pickle.dumps(chosen)).axis.labels == chosen.axis.labels
    for wrong, words in (
        ("14co*", "14co"), ([50], "whole number"), ([-1], "whole number"), (["14co"], "14co"), (3, "no list"), ([], "at least one"),
    ):
        with pytest.raises(ismulate.InputError, match=words):
            lines.select(wrong)
    with pytest.raises(ismulate.InputError, match="through"):
        ismulate.load("themis").through("PACS").select("PACS_70")
