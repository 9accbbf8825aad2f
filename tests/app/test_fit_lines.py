"""Lines fitted from the command line: additive and multiplicative noise, censored lines, errors in a second file, pixels."""

import csv
import math
import pathlib
import random
import unittest

from program import ProgramTest, ecsv

OBSERVATIONS = pathlib.Path(__file__).parents[3] / "shared" / "data" / "lines" / "observations"
LINES = ["co_v0_j4__v0_j3", "co_v0_j6__v0_j5", "co_v0_j8__v0_j7", "co_v0_j10__v0_j9", "13c_o_j5__j4", "13c_o_j7__j6", "c_el3p_j1__el3p_j0"]
TRUTH = {"P": 1e7, "G0": 1e3, "Av": 5, "factor": 0.5}
CALL = ["--amount", "factor", "--multiplicative", "factor 1.1"]


class FitLines(ProgramTest):
    def observation(self, sources=1, unit="", extra="", seed=1, name="int.csv"):
        """Sources of TRUTH with exactly the noise that CALL tells; writes values and errors."""
        point = [word for key in ("P", "G0", "Av") for word in ("-p", f"{key}={TRUTH[key]}")]
        model = {line: float(value) for line, value in ecsv(self.done("predict", "meudon_co", *point).out)[1]}
        rng, s = random.Random(seed), math.log(1.1)
        rows, errors = [], []
        for i in range(sources):
            intensities = [TRUTH["factor"] * model[line] for line in LINES]
            sigma = [0.05 * f + 1e-8 for f in intensities]
            rows.append([i % 2, i // 2] + [
                f * math.exp(s * rng.gauss(0, 1) - s * s / 2) + error * rng.gauss(0, 1) for f, error in zip(intensities, sigma)
            ])
            errors.append([i % 2, i // 2, *sigma])
        for path, table in ((name, rows), ("err.csv", errors)):
            with open(self.folder / path, "w") as file:
                csv.writer(file).writerows([["X", "Y"] + [line + unit for line in LINES] + ([extra] if extra else [])]
                                           + [row + ([2 * row[2]] if extra else []) for row in table])
        return ["fit", "meudon_co", name, "--errors", "err.csv"]

    def table(self, path):
        names, rows = ecsv((self.folder / path).read_text())
        return [dict(zip(names, row)) for row in rows]

    def test_one_source(self):
        call = self.observation(extra="h2o_j1__j0")
        result = self.done(*call, *CALL, "-o", "fit.ecsv", "--report", "fit.html", "--posterior", "fit.nc")
        self.assertIn("7 columns without a unit are taken as erg s-1 cm-2 sr-1", result.err)
        self.assertIn("1 line takes no part in the fit, 'meudon_co' does not know it: h2o_j1__j0", result.err)
        (row,) = self.table("fit.ecsv")
        self.assertEqual(row["fit"], "converged")
        for name, truth in TRUTH.items():
            low, high = float(row[name + "_lo95"]), float(row[name + "_hi95"])
            self.assertTrue(low / 1.5 < truth < high * 1.5, (name, low, truth, high))
        self.assertTrue(0.001 < float(row["p_chi2"]) <= 1)
        page = (self.folder / "fit.html").read_text()
        for word in ("7", "lines observed, limits included", "line, numbered as in the table", "intensity", "factor 1.1"):
            self.assertIn(word, page)

    def test_a_unit_changes_nothing(self):
        best = [*CALL, "-p", "Av=5", "--sampler", "none"]
        self.done(*self.observation(), *best, "-o", "a.ecsv")
        text = [path.read_text() for path in (self.folder / "int.csv", self.folder / "err.csv")]
        for name, table in (("v.csv", text[0]), ("e.csv", text[1])):
            head, row = table.splitlines()
            x, y, *numbers = row.split(",")
            watts = [f"{float(number) * 1e-3:.15g}" for number in numbers]
            head = ",".join(head.split(",")[:2] + [line + " [W m-2 sr-1]" for line in LINES])
            (self.folder / name).write_text(head + "\n" + ",".join([x, y, *watts]) + "\n")
        self.done("fit", "meudon_co", "v.csv", "--errors", "e.csv", *best, "-o", "b.ecsv")
        (a,), (b,) = self.table("a.ecsv"), self.table("b.ecsv")
        for name in ("P", "G0", "factor"):
            self.assertAlmostEqual(float(a[name + "_best"]) / float(b[name + "_best"]), 1, places=2)
        self.assertAlmostEqual(float(a["lnlike"]) - float(b["lnlike"]), -7 * math.log(1e3), delta=1e-3)
        self.assertAlmostEqual(float(a["model_" + LINES[0]]) / float(b["model_" + LINES[0]]), 1e3, delta=5)

    def test_multiplicative_errors_and_censored_lines_count(self):
        call = self.observation()
        self.done(*call, "--amount", "factor", "-o", "a.ecsv")
        self.done(*call, *CALL, "-o", "b.ecsv")
        self.done(*call, "--amount", "factor", "--multiplicative", "0.01,co*=factor 1.5,13c_o_j5__j4=0.6", "-o", "c.ecsv")
        (a,), (b,), (c,) = (self.table(name) for name in ("a.ecsv", "b.ecsv", "c.ecsv"))
        widths = [math.log(float(row["P_hi"]) / float(row["P_lo"])) for row in (a, b, c)]
        self.assertLess(widths[0], widths[1])
        self.assertLess(widths[1], widths[2])
        result = self.done(*call, *CALL, "--censored", "1000", "-o", "d.ecsv")
        self.assertIn("7 values below 1000 sigma are taken as upper limits there", result.err)
        (d,) = self.table("d.ecsv")
        self.assertIn(d["p_chi2"], ("nan", '""'))  # no detection is left

    def test_pixels_become_maps(self):
        call = self.observation(sources=3)
        self.done(*call, *CALL, "--maps", "-o", "maps.fits", "--sampler", "none")
        data = (self.folder / "maps.fits").read_bytes()
        for card in (b"NAXIS1  =                    2", b"NAXIS2  =                    2", b"EXTNAME = 'factor_best'"):
            self.assertIn(card, data)
        self.refused(*call, *CALL, "--maps", "-o", "maps.ecsv", says="maps go to FITS")
        for name in ("int.csv", "err.csv"):
            text = (self.folder / name).read_text().splitlines()
            text[2] = "0,0" + text[2][3:]
            (self.folder / name).write_text("\n".join(text) + "\n")
        self.refused(*call, *CALL, "--maps", "-o", "again.fits", says=["int.csv:3", "int.csv:2", "each pixel once"])

    @unittest.skipIf(not OBSERVATIONS.exists(), "needs the reference data")
    def test_ngc_7023(self):
        files = [OBSERVATIONS / "ngc7023_int.csv", "--errors", OBSERVATIONS / "ngc7023_err.csv"]
        result = self.done("fit", "meudon_co", *files, "--amount", "factor", "--multiplicative", "factor 1.3", "-o", "ngc.ecsv")
        self.assertIn("19 lines take no part", result.err)
        self.assertIn("hcop_j1__j0", result.err)
        (row,) = self.table("ngc.ecsv")
        self.assertEqual(sum(name.startswith("model_") for name in row), 23)
        # emcee on the same likelihood (studies/lines/emcee_twin.py): mean and deviation
        for name, mean, deviation in (("P", 8.1242, 0.0450), ("G0", 4.9590, 0.0382), ("Av", 1.5716, 0.0282), ("factor", 0.1160, 0.0459)):
            self.assertLess(abs(math.log10(float(row[name + "_mean"])) - mean), 0.15 * deviation, name)
        self.assertTrue(0 < float(row["p_chi2"]) < 0.01)

    def test_bad_input(self):
        call = self.observation()
        out = ["-o", "out.ecsv"]
        self.refused(*call, "--multiplicative", "factor 0.5", *out, says=["factor 0.5", "standard deviation of ln"])
        self.refused(*call, "--multiplicative", "5", *out, says="'5'")
        self.refused(*call, "--multiplicative", "co_v0_j4_v0_j3=0.1", *out, says=["no line that was observed", LINES[0]])
        self.refused(*call, "--amount", "dust_mass", *out, says="distance")
        self.refused(*call, "--amount", "fctor", *out, says="scale or factor")
        self.refused("fit", "meudon_co", "int.csv", *out, says=["int.csv:2", "a flux without an error"])
        self.refused("fit", "meudon_co", "int.csv", "--errors", "int.csv", *out, "--censored", "0", says="--censored")
        text = (self.folder / "err.csv").read_text()
        (self.folder / "err.csv").write_text(text.replace("0,0,", "1,0,"))
        self.refused(*call, *out, says=["err.csv:2: X", "int.csv:2", "the same rows in the same order"])
        (self.folder / "err.csv").write_text(text + text.splitlines()[1] + "\n")
        self.refused(*call, *out, says=["2 rows", "1, as int.csv has"])
        (self.folder / "err.csv").write_text(text.replace("X,Y", "A,Y"))
        self.refused(*call, *out, says=["a column A", "called alike"])
        (self.folder / "err.csv").write_text(text)
        values = (self.folder / "int.csv").read_text()
        (self.folder / "kelvin.csv").write_text(values.replace(LINES[0], LINES[0] + " [K km s-1]"))
        kelvin = ["fit", "meudon_co", "kelvin.csv", "--errors", "err.csv"]
        self.refused(*kelvin, *out, says=[LINES[0], "K km s-1", "erg s-1 cm-2 sr-1", "nu^3"])
        squeezed = values.replace(LINES[0], "co_v0_j4_v0_j3")
        (self.folder / "typo.csv").write_text(squeezed)
        (self.folder / "typo_err.csv").write_text(text.replace(LINES[0], "co_v0_j4_v0_j3"))
        result = self.done("fit", "meudon_co", "typo.csv", "--errors", "typo_err.csv", *CALL, "--sampler", "none", *out)
        self.assertIn("co_v0_j4_v0_j3 (did you mean 'co_v0_j4__v0_j3'?)", result.err)
        self.refused("backward", "meudon_co", "--amount", "factor", "-o", "b.ism", says=["without wavelengths", "ismulate fit"])


if __name__ == "__main__":
    unittest.main()
