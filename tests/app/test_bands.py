"""Fluxes in bands: an emulator seen through them, and networks that know only bands."""

import json
import pathlib
import shutil
import unittest

from program import PROGRAM, ProgramTest, ecsv

BESIDE = pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train")
BANDS = "PACS,SPIRE,MIPS_24"
NAMES = ["PACS_70", "PACS_100", "PACS_160", "SPIRE_250", "SPIRE_350", "SPIRE_500", "MIPS_24"]
TAUGHT = "PACS,SPIRE,MIPS_70"  # on the wavelengths of `modified-blackbody`
TAUGHT_NAMES = [*NAMES[:-1], "MIPS_70"]


class BandsTest(ProgramTest):
    def table(self, *arguments):
        """Rows of what a call prints, by name of the column."""
        names, rows = ecsv(self.done(*arguments).out)
        return [dict(zip(names, row)) for row in rows]

    def assert_same_numbers(self, one, other, tolerance=1e-9):
        self.assertEqual(len(one), len(other))
        for a, b in zip(map(float, one), map(float, other)):
            self.assertTrue(abs(a - b) <= tolerance * abs(b) and b != 0, f"{a} is not {b}")


class Seen(BandsTest):
    def test_fluxes_are_those_of_the_predicted_spectrum(self):
        self.done("predict", "themis", "-p", "U=10", "-o", "sed.ecsv")
        fluxes = {}
        for convention in ("instrument", "ab"):
            how = ("--bands", BANDS, "--convention", convention)
            rows = self.table("predict", "themis", "-p", "U=10", *how)
            measured = self.table("photometry", "sed.ecsv", *how)
            self.assertEqual([row["band"] for row in rows], NAMES)
            self.assertEqual([row["wavelength"] for row in rows], [row["wavelength"] for row in measured])
            fluxes[convention] = [row["total"] for row in rows]
            self.assert_same_numbers(fluxes[convention], [row["total"] for row in measured])
        self.assertNotEqual(fluxes["instrument"], fluxes["ab"])

    def test_derivatives_are_those_of_the_spectrum(self):
        call = ("predict", "themis", "-p", "U=10", "--jacobian")
        self.done(*call, "-o", "slopes.ecsv")
        rows = self.table(*call, "--bands", BANDS)
        for name in ("total", "d_total_d_U"):
            measured = self.table("photometry", "slopes.ecsv", "--bands", BANDS, "--column", name)
            self.assert_same_numbers([row[name] for row in rows], [row[name] for row in measured])

    def test_tables_long_wide_and_datasets(self):
        self.write("points.csv", "name,U,age [yr],amin [nm]\nM31,10,1e8,0.5\nM33,2e7,1e8,0.5\nM51,100,1e9,0.6\n")
        call = ("predict", "themis", "--table", "points.csv", "--outside", "nearest", "--bands", BANDS)
        alone = self.table("predict", "themis", "-p", "U=10", "-p", "age=1e8", "-p", "amin=0.5", "--bands", BANDS)
        rows = self.table(*call)
        self.assertEqual([(row["name"], row["band"]) for row in rows], [(n, b) for n in ("M31", "M33", "M51") for b in NAMES])
        self.assertEqual([row["wavelength"] for row in rows[:7]], [row["wavelength"] for row in alone])
        self.assert_same_numbers([row["total"] for row in rows[:7]], [row["total"] for row in alone])
        wide = self.table(*call, "--layout", "wide")
        for i, row in enumerate(wide):
            self.assertEqual([row[band] for band in NAMES], [one["total"] for one in rows[7 * i : 7 * i + 7]])
        self.assertIn("at 250 um", self.done(*call, "--layout", "wide").out)
        self.done(*call, "-o", "fluxes.h5")
        axis = json.loads(self.done("describe", "fluxes.h5", "--json").out)["axis"]
        self.assertEqual((axis["kind"], axis["labels"]), ("band", NAMES))
        self.assert_same_numbers(axis["values"], [row["wavelength"] for row in alone])

    def test_a_curve_of_ones_own_and_what_is_written_of_it(self):
        self.write("mine.dat", "# counter: energy\n90 0\n100 1\n110 0\n")
        self.done("predict", "themis", "--bands", "mine.dat,PACS_70", "-o", "mine.json")
        table = json.loads((self.folder / "mine.json").read_text())
        self.assertEqual(table["columns"][0]["values"], ["mine", "PACS_70"])
        told = json.loads(table["meta"]["provenance"])
        self.assertEqual(told["settings"]["bands"], "mine.dat,PACS_70")
        self.assertIn("mine.dat", told["inputs"])

    def test_what_cannot_be_seen_is_refused(self):
        self.refused("predict", "themis", "--bands", "PACS_71", says=("PACS_71", "PACS_70", "photometry --list"))
        self.refused("predict", "themis", "--bands", "PACS,PACS_70", says="twice")
        self.refused("predict", "themis", "--bands", ",", says="no band")
        self.refused("predict", "themis", "--convention", "ab", says="--bands")
        self.write("far.dat", "# unit: um\n2500 1\n3500 1\n")
        self.refused("predict", "themis", "--bands", "far.dat", says=("bands far", "99.9 %", "3000 um"))


@unittest.skipUnless(BESIDE.exists(), "this build has no LibTorch, or `ismulate` is not in its build folder")
class Learned(BandsTest):
    def setUp(self):
        super().setUp()
        ranges = ("-p", "temperature=15:40", "-p", "beta=1:2.5")
        self.done("grid", "modified-blackbody", *ranges, "--size", "600", "--quiet", "-o", "grid.h5")

    def learn(self, name, *more, epochs=100):
        network = ("--width", "16", "--pca", "0", "--batch", "64", "--epochs", epochs)
        self.done("train", "grid.h5", "--bands", TAUGHT, *network, "-o", name, *more)

    def test_a_network_of_bands_from_training_to_comparison(self):
        self.learn("bands.ism")
        told = json.loads(self.done("describe", "bands.ism", "--json").out)
        self.assertEqual((told["axis"]["kind"], told["axis"]["labels"]), ("band", TAUGHT_NAMES))
        self.assertEqual(told["provenance"]["settings"]["bands"], ",".join(TAUGHT_NAMES))
        self.assertEqual(told["provenance"]["settings"]["convention"], "instrument")
        self.assertIn("grid.h5", told["provenance"]["inputs"])
        self.assertIn("at 7 bands", self.done("describe", "bands.ism").out)
        self.done("compare", "grid.h5", "--emulator", "bands.ism", "--repetitions", "1", "--spectra", "60", "-o", "c.ecsv")
        names, rows = ecsv((self.folder / "c.ecsv").read_text())
        errors = {row[0]: dict(zip(names, row)) for row in rows}
        self.assertGreater(float(errors["full"]["cpu_time"]), 0)  # the physics, through the same bands
        self.assertLess(float(errors["network"]["median"]), 0.05)

    def test_it_knows_the_physics_in_these_bands(self):
        self.learn("bands.ism")
        point = ("-p", "temperature=25", "-p", "beta=1.8")
        self.done("simulate", "modified-blackbody", *point, "-o", "sed.ecsv")
        truth = self.table("photometry", "sed.ecsv", "--bands", TAUGHT, "--column", "emission")
        rows = self.table("predict", "bands.ism", *point)
        self.assertEqual([row["wavelength"] for row in rows], [row["wavelength"] for row in truth])
        self.assert_same_numbers([row["emission"] for row in rows], [row["emission"] for row in truth], 0.3)

    def test_bands_are_chosen_among_those_it_learned(self):
        self.learn("bands.ism")
        every = {row["band"]: row for row in self.table("predict", "bands.ism")}
        some = self.table("predict", "bands.ism", "--bands", "mips_70,SPIRE")
        self.assertEqual([row["band"] for row in some], ["MIPS_70", "SPIRE_250", "SPIRE_350", "SPIRE_500"])
        self.assertEqual(some, [every[row["band"]] for row in some])
        self.refused("predict", "bands.ism", "--bands", "PACS_71", says=("PACS_71", "did you mean", "PACS_70"))
        self.refused("predict", "bands.ism", "--bands", "WISE_4", says=("WISE_4", "MIPS_70"))
        self.refused("predict", "bands.ism", "--bands", "PACS,pacs_70", says="twice")
        self.refused("predict", "bands.ism", "--bands", ",", says="no band")
        self.refused("predict", "bands.ism", "--convention", "ab", says=("'instrument'", "train GRID --bands"))

    def test_the_convention_is_learned(self):
        self.learn("ab.ism", "--convention", "ab", epochs=2)
        settings = json.loads(self.done("describe", "ab.ism", "--json").out)["provenance"]["settings"]
        self.assertEqual(settings["convention"], "ab")
        self.done("predict", "ab.ism", "--convention", "ab")
        self.refused("predict", "ab.ism", "--convention", "instrument", says="'ab'")

    def test_what_cannot_be_learned_is_refused(self):
        call = ("train", "grid.h5", "-o", "x.ism", "--bands")
        self.refused(*call, "PACS_71", says=("PACS_71", "PACS_70"))
        self.refused(*call, "2MASS_J", says=("2MASS_J", "99.9 %"))
        self.done("predict", "themis", "--table", self.write("p.csv", "U,age,amin\n1,1e8,0.5\n"), "--bands", BANDS, "-o", "b.h5")
        self.refused("train", "b.h5", "-o", "x.ism", "--bands", "PACS_70", says=("kind 'band'", "an axis of wavelengths"))


if __name__ == "__main__":
    unittest.main()
