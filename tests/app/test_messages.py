"""Messages that tell what to do next."""

import pathlib
import shutil
import unittest

from program import PROGRAM, ProgramTest

BODY = ("grid", "modified-blackbody", "-p", "temperature=10:20")
TRAINS = pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train").exists()


class Words(ProgramTest):
    def test_a_misspelt_field(self):
        self.refused("simulate", "dust", "--field", "matis", says=("did you mean 'mathis'?", "two columns"))

    def test_the_other_verb(self):
        self.refused("simulate", "themis", "-p", "U=10", says="themis is an emulator: ismulate predict themis")
        self.refused("predict", "dust", says=("dust is a simulator", "ismulate simulate dust"))

    def test_a_parameter_of_another_setting(self):
        self.refused("simulate", "dust", "-p", "age=1e7", says="--field bpass")
        self.refused("grid", "dust", "-p", "age=1e7:1e8", "--size", "2", "-o", "g.h5", says="--field bpass")

    def test_a_unit_that_is_typed(self):
        self.refused("predict", "themis", "-p", "age=10Myr", says=("'age' is in yr", "-p age=10000000"))
        self.refused("simulate", "modified-blackbody", "-p", "temperature=20 K", says="'temperature' is in K")

    def test_values_that_are_none(self):
        for value in ("nan", "inf"):
            self.refused("predict", "themis", "-p", f"U={value}", says=(value, "a finite number"))
        self.refused("simulate", "dust", "--levels", "0", says=("out of range", "30 to 4000"))

    def test_levels_of_a_fixed_parameter(self):
        call = (*BODY, "-p", "beta=2", "--design", "regular", "--points", "temperature=4,beta=3", "-o", "g.h5")
        self.refused(*call, says=("beta does not vary", "-p beta=LOW:HIGH"))

    def test_options_before_the_command(self):
        says = ("not expected here: --field bpass", "ismulate simulate dust --field bpass")
        self.refused("simulate", "--field", "bpass", "dust", says=says)


class Files(ProgramTest):
    def test_a_folder(self):
        self.write("run/a.ism", "x")
        self.refused("predict", "run", says=("it is a folder", "run/a.ism"))

    def test_an_empty_file(self):
        for name in ("e.csv", "e.h5", "e.fits", "e.ecsv"):
            self.write(name, "")
            self.refused("predict", "themis", "--table", name, says=(name, "empty", "make or fetch it again"))
        self.write("e.ism", "")
        self.refused("predict", "e.ism", says=("empty", "make or fetch it again"))

    def test_a_truncated_emulator(self):
        twin = pathlib.Path(__file__).resolve().parents[1] / "reference" / "emulator_twin.ism"
        self.write("half.ism", twin.read_bytes()[:3000])
        self.refused("predict", "half.ism", says=("truncated", "ismulate train GRID"))

    def test_a_grid_is_described(self):
        self.done(*BODY, "--size", "16", "-o", "g.h5")
        out = self.done("describe", "g.h5").out
        for part in ("temperature", "10 .. 20", "16, of which 0 failed", "ismulate grid modified-blackbody", "um"):
            self.assertIn(part, out)


@unittest.skipUnless(TRAINS, "this build has no LibTorch")
class Training(ProgramTest):
    def setUp(self):
        super().setUp()
        self.done(*BODY, "--size", "256", "-o", "g.h5")

    def test_other_endings_and_the_order_of_checks(self):
        self.refused("train", "g.h5", "-o", "x.h5", says=("x.h5", ".ism"))
        self.write("x.ism", "precious")
        self.refused("train", "g.h5", "-o", "x.ism", "--epochs", "0", says="--epochs")
        self.refused("train", "g.h5", "-o", "x.ism", says="--force")

    def test_the_bar_says_epoch_and_clock(self):
        err = self.done("train", "g.h5", "-o", "x.ism", "--epochs", "20", "--width", "8", "--budget", "15m").err
        self.assertRegex(err, r"training: finished, epoch 20, 0:\d\d of 15:00, error ")

    def test_a_network_that_learned_nothing(self):
        few = ("--epochs", "1", "--width", "1", "--depth", "1", "--learning-rate", "1e-9", "--plain", "--no-ladder")
        err = self.done("train", "g.h5", "-o", "x.ism", *few).err
        self.assertIn("not to be trusted", err)
        self.assertIn("not to be trusted", self.done("predict", "x.ism", "-p", "temperature=15").err)
        self.assertIn("for comparison, a constant", self.done("describe", "x.ism").out)


if __name__ == "__main__":
    unittest.main()
