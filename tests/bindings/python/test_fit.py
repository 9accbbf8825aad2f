"""Fits from Python: truths come back, the numbers are those of the program, sentences for every mistake."""

import json
import os
import pickle
import subprocess

import numpy
import pytest

import ismulate

BANDS = "IRAC_4,MIPS_24,PACS,SPIRE"
TRUTH = {"U": 10.0, "age": 1e8, "amin": 0.45}
AT_ONE_SUN_AND_ONE_MPC = 1.98840987e33 / (7.43e-3 * 1.67353284e-24) / (4 * numpy.pi * 3.0856775814913673e24**2)


@pytest.fixture(scope="module")
def seen():
    return ismulate.load("themis", bands=BANDS)


@pytest.fixture(scope="module")
def janskys(seen):
    """Of 1e7 solar masses of dust at 3 Mpc: nu F_nu [erg s-1 cm-2] over nu, in Jy."""
    nu_f_nu = seen.predict(**TRUTH) * 1e7 / 9 * AT_ONE_SUN_AND_ONE_MPC
    return nu_f_nu * seen.axis.values / 2.99792458e14 * 1e23


def fit(seen, fluxes, **others):
    settings = {"unit": "Jy", "distance": "3 Mpc", "priors": {"age": 1e8}, **others}
    return ismulate.fit(seen, fluxes, settings.pop("errors", 0.05 * numpy.abs(fluxes)), **settings)


def test_the_truth_comes_back(seen, janskys):
    result = fit(seen, janskys, calibration={"PACS": 0.05, "spire": 0.055})
    assert result.parameters == ("U", "amin", "dust_mass") and result.amount == "dust_mass"
    assert result.converged and result.status == "converged" and result.reason == ""
    for name, truth in {"U": 10.0, "amin": 0.45, "dust_mass": 1e7}.items():
        assert result.low95[name] < result.low[name] < result.median[name] < result.high[name] < result.high95[name]
        assert result.low95[name] < truth < result.high95[name]
        assert result.best[name] == pytest.approx(truth, rel=0.02)
        assert result.diagnostics[name].r_hat < 1.01 and result.diagnostics[name].bulk_ess > 400
    assert result.draws.shape[0] == 4 and result.draws.shape[2] == 3 and result.log_density.shape == result.draws.shape[:2]
    assert numpy.median(result.draws[..., 0]) == pytest.approx(result.median["U"], rel=1e-12)
    low, high = result.interval(0.95)["U"]
    assert (low, high) == pytest.approx((result.low95["U"], result.high95["U"]), rel=1e-6)
    assert result.predicted["best"] == pytest.approx(janskys, rel=0.02) and result.predictive_p.shape == janskys.shape
    assert 0.05 < result.p_chi2 < 1
    assert "converged: U = " in repr(result) and "log-uniform" in result.priors["U"]


@pytest.mark.skipif("ISMULATE_PROGRAM" not in os.environ, reason="the program was not built")
def test_the_program_says_the_same(seen, janskys, tmp_path):
    header = ",".join(f"{band} [Jy],{band}_err [Jy]" for band in seen.bands)
    row = ",".join(f"{flux:.17g},{0.1 * flux:.17g}" for flux in janskys)
    (tmp_path / "galaxy.csv").write_text(f"{header}\n{row}\n")
    options = ["--distance", "3 Mpc", "-p", "age=1e8", "--calibration", "PACS=0.05", "--json", "--seed", "3"]
    command = [os.environ["ISMULATE_PROGRAM"], "fit", "themis", str(tmp_path / "galaxy.csv"), *options]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    columns = {column["name"]: column["values"][0] for column in json.loads(told.stdout)["columns"]}
    result = fit(seen, janskys, errors=0.1 * janskys, calibration={"PACS": 0.05}, seed=3)
    for name in result.parameters:
        for ours, theirs in ((result.median, name), (result.high95, f"{name}_hi95"), (result.best, f"{name}_best")):
            assert ours[name] == pytest.approx(columns[theirs], rel=1e-12)


def test_many_sources_are_each_as_if_alone(seen, janskys):
    fluxes = numpy.outer([1.0, 2.0, 1.0, 0.5], janskys)
    fluxes[2] = numpy.nan
    fluxes[3, 0] = numpy.nan
    many = fit(seen, fluxes)
    assert many.status == ["converged", "converged", "no data", "converged"]
    assert many.converged.tolist() == [True, True, False, True] and many.reason[2] == "no band was observed"
    assert many.median["dust_mass"].shape == (4,) and numpy.isnan(many.median["dust_mass"][2]) and many.draws is None
    assert many.predicted["best"].shape == (4, 8) and numpy.isfinite(many.predicted["best"][3]).all()
    alone = fit(seen, fluxes[3], seed=4)
    ismulate.set_threads(1)
    again = fit(seen, fluxes, keep_draws=True)
    ismulate.set_threads(0)
    assert many.best["U"][3] == alone.best["U"] and numpy.array_equal(again.median["U"], many.median["U"], equal_nan=True)
    assert again.draws[2] is None and again.draws[3].shape[2] == 3 and again.interval()["U"][0].shape == (4,)


def test_limits(seen, janskys):
    fluxes, errors = janskys.copy(), 0.05 * janskys
    fluxes[-1], errors[-1] = 2 * janskys[-1], numpy.nan  # a 3-sigma upper limit
    limits = [None] * 7 + ["upper"]
    result = fit(seen, fluxes, errors=errors, limits=limits)
    assert result.low95["U"] < 10 < result.high95["U"]
    wrong = fit(seen, fluxes, errors=numpy.where(numpy.isnan(errors), 0.05 * fluxes, errors))  # taken as detected
    assert result.low95["dust_mass"] < 1e7 < result.high95["dust_mass"] and wrong.low95["dust_mass"] > 1e7


@pytest.mark.parametrize(
    "prior",
    [{"shape": "normal", "mean": 10, "width": 0.01}, {"shape": "log-normal", "median": 10, "width": 0.001}, (9.99, 10.01), 10],
)
def test_priors(seen, janskys, prior):
    result = fit(seen, janskys, priors={"age": 1e8, "U": prior})
    if prior == 10:
        assert "U" not in result.parameters
    else:
        assert result.median["U"] == pytest.approx(10, rel=3e-3) and result.high["U"] - result.low["U"] < 0.03


def test_only_the_best_fit(seen, janskys):
    result = fit(seen, janskys, sampler="none")
    assert result.best["U"] == pytest.approx(10, rel=0.02) and result.draws is None and numpy.isnan(result.median["U"])


def test_a_result_travels(seen, janskys):
    result = fit(seen, janskys)
    again = pickle.loads(pickle.dumps(result))
    assert numpy.array_equal(again.draws, result.draws) and again.median == result.median


def test_chains_go_to_arviz(seen, janskys, tmp_path):
    result = fit(seen, janskys)
    result.to_netcdf(tmp_path / "fit.nc")
    assert (tmp_path / "fit.nc").stat().st_size > 10_000
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "fit.nc") as file:
        assert numpy.array_equal(file["posterior/U"][:], result.draws[..., 0])
        assert file["observed_data/flux"][:] == pytest.approx(janskys)
    with pytest.raises(ismulate.InputError, match="one source"):
        fit(seen, [janskys, janskys], sampler="none").to_netcdf(tmp_path / "many.nc")


def test_units(seen, janskys):
    units = pytest.importorskip("astropy.units")
    plain = fit(seen, janskys)
    fluxes = (janskys * 1e3) * units.mJy
    result = ismulate.fit(seen, fluxes, (0.05 * janskys) * units.Jy, distance=3000 * units.kpc, priors={"age": 100 * units.Myr})
    assert result.median["dust_mass"].unit == units.solMass
    assert result.median["dust_mass"].value == pytest.approx(plain.median["dust_mass"], rel=0.02)
    assert result.predicted["best"].unit == units.mJy
    assert result.predicted["best"].value == pytest.approx(1e3 * plain.predicted["best"], rel=0.02)
    for call, words in (
        (lambda: ismulate.fit(seen, fluxes, 0.1 * janskys), "no unit"),
        (lambda: ismulate.fit(seen, janskys, 0.1 * fluxes), "Quantities both"),
        (lambda: ismulate.fit(seen, fluxes, fluxes.value * units.kg), "errors: its unit is"),
        (lambda: ismulate.fit(seen, fluxes.value * units.kg, fluxes), "fluxes: its unit is"),
        (lambda: ismulate.fit(seen, fluxes, fluxes, unit="Jy"), "one of the two"),
        (lambda: ismulate.fit(seen, fluxes, fluxes, distance=3 * units.kg), "distance: its unit is"),
        (lambda: ismulate.fit(seen, fluxes, fluxes, distance="3 Mpc", priors={"age": 3 * units.kg}), "prior of age: its unit"),
    ):
        with pytest.raises(ismulate.InputError, match=words):
            call()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": None}, "no unit"),
        ({"unit": "kg"}, "not that of a flux|unit"),
        ({"unit": ["Jy", "Jy"]}, "2 units for 8 bands"),
        ({"distance": None}, "no distance"),
        ({"distance": "far"}, "3.2 Mpc"),
        ({"distance": 3}, "3.2 Mpc"),
        ({"distance": "-3 Mpc"}, "positive"),
        ({"distance": "3 Mpx"}, "Mpx"),
        ({"distance": "x Mpc"}, "positive"),
        ({"bands": "PACS"}, "each of the 3 bands"),
        ({"bands": "PACS_71"}, "PACS_70"),
        ({"errors": None}, "a flux without an error"),
        ({"errors": -1.0}, "IRAC_4 of source number 0: the error is -1"),
        ({"errors": 0.0}, "positive standard deviation"),
        ({"errors": numpy.inf}, "no band was observed"),
        ({"errors": [1, 2]}, r"errors: the shape is \(2,\)"),
        ({"errors": "small"}, "not a number"),
        ({"limits": "both"}, "'both'"),
        ({"limits": ["upper"]}, None),
        ({"limits": [["upper"], ["upper", "lower"]]}, "limits"),
        ({"priors": {"V": 3}}, "no such parameter"),
        ({"priors": {"U": (5, 1)}}, "."),
        ({"priors": {"U": (1, 2, 3)}}, r"\(low, high\)"),
        ({"priors": {"U": {"shape": "flat"}}}, "log-uniform"),
        ({"priors": {"U": {"shape": "normal", "mean": 3}}}, "no 'width'"),
        ({"priors": {"U": {"shape": "normal", "mean": 3, "width": 1, "tail": 2}}}, "'tail'"),
        ({"priors": {"U": "ten"}}, "not a number"),
        ({"priors": {"U": numpy.nan}}, "."),
        ({"priors": ["U"]}, "dict"),
        ({"calibration": {"PAX": 0.1}}, "PAX"),
        ({"calibration": {"PACS": -0.1}}, "not possible"),
        ({"calibration": "PACS=0.1"}, "dict"),
        ({"floor": 2}, "not possible"),
        ({"amount": "weight"}, "dust_mass"),
        ({"sampler": "magic"}, "nuts"),
        ({"chains": 1}, "whole number"),
        ({"draws": 2.5}, "whole number"),
        ({"seed": True}, "whole number"),
        ({"seed": -1}, "whole number"),
    ],
)
def test_what_cannot_be_used(seen, janskys, change, words):
    if words is None:
        assert fit(seen, janskys, sampler="none", **change).status == "converged"  # broadcast, with errors given
        return
    with pytest.raises(ismulate.InputError, match=words):
        fit(seen, janskys, **change)


def test_fluxes_that_cannot_be_used(seen, janskys):
    with pytest.raises(ismulate.InputError, match="no band was observed"):
        fit(seen, numpy.full(8, numpy.nan))
    with pytest.raises(ismulate.InputError, match="infinite"):
        fit(seen, numpy.full(8, numpy.inf), errors=1.0)
    with pytest.raises(ismulate.InputError, match=r"\(1, 1, 8\)"):
        fit(seen, janskys.reshape(1, 1, 8))
    with pytest.raises(ismulate.InputError, match="no source"):
        fit(seen, numpy.ones((0, 8)))
    with pytest.raises(ismulate.InputError, match=r"ismulate\.load"):
        fit("themis", janskys)


def test_lines_with_multiplicative_errors_and_a_factor():
    network = ismulate.load("meudon_co")
    lines = ["co_v0_j4__v0_j3", "co_v0_j8__v0_j7", "co_v0_j12__v0_j11", "13c_o_j7__j6"]
    true = {"P": 1e7, "G0": 1e3, "Av": 5}
    intensities = 0.5 * network.select(lines).predict(**true)
    options = {"bands": lines, "unit": "erg s-1 cm-2 sr-1", "amount": "factor", "priors": {"G0": 1e3, "Av": 5}, "seed": 2}
    narrow, wide = (ismulate.fit(network, intensities, 0.02 * intensities, multiplicative=s, **options) for s in (0.01, 0.3))
    one = ismulate.fit(network, intensities, 0.02 * intensities, multiplicative={line: 0.3 for line in lines}, **options)
    for result in (narrow, wide):
        assert result.parameters == ("P", "factor") and result.amount == "factor" and result.units["factor"] == ""
        assert result.low95["factor"] < 0.5 < result.high95["factor"]
    assert wide.high["P"] / wide.low["P"] > (narrow.high["P"] / narrow.low["P"]) ** 2
    assert one.median["P"] == wide.median["P"]
    with pytest.raises(ismulate.InputError, match="co_v0_j5__v0_j3"):
        ismulate.fit(network, intensities, 0.02 * intensities, multiplicative={"co_v0_j5__v0_j3": 0.1}, **options)
    with pytest.raises(ismulate.InputError, match="multiplicative error 3"):
        ismulate.fit(network, intensities, 0.02 * intensities, multiplicative=3, **options)
