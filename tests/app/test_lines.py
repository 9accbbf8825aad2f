"""Line emulators from the command line: a choice of outputs, weights of half size, and the table of methods on any grid."""

import json
import pathlib
import unittest

from program import ProgramTest, ecsv

GRID = pathlib.Path(__file__).parents[3] / "shared" / "data" / "lines" / "wk2006_z1.h5"
POINT = ["-p", "P=1e6", "-p", "G0=100", "-p", "Av=5"]


class Lines(ProgramTest):
    def test_outputs_are_chosen_by_name(self):
        _, everything = ecsv(self.done("predict", "meudon_co", *POINT).out)
        _, some = ecsv(self.done("predict", "meudon_co", *POINT, "--outputs", "13c*,!*j1__j0").out)
        self.assertEqual(len(everything), 50)
        self.assertEqual(len(some), 15)
        by_name = dict(everything)
        for name, value in some:
            self.assertAlmostEqual(float(value) / float(by_name[name]), 1, places=6)
        self.refused("predict", "meudon_co", *POINT, "--outputs", "14co*", says=["14co*", "none of the 50 outputs"])
        self.refused("predict", "meudon_co", *POINT, "--outputs", "13c_o_j1__j1", says=["13c_o_j1__j0"])
        self.refused("predict", "themis", "-p", "U=1", "--outputs", "a", says="no names")

    def test_weights_of_half_size(self):
        result = self.done("convert", "meudon_co", "--weights", "bf16", "-o", "half.ism")
        self.assertRegex(result.err, r"bfloat16 changes, relative: median [0-9.]+ %")
        told = json.loads(self.done("describe", "half.ism", "--json").out)
        row = told["errors"][-1]
        self.assertTrue(0 < row["median"] < 0.05, row)
        whole, half = (
            dict(ecsv(self.done("predict", name, *POINT).out)[1]) for name in ("meudon_co", "half.ism")
        )
        worst = max(abs(float(half[line]) / float(whole[line]) - 1) for line in whole)
        self.assertTrue(0 < worst < 0.3, worst)
        self.refused("convert", "meudon_co", "-o", "half.ism", says="--force")
        self.refused("convert", "meudon_co", "-o", "half.h5", says=".ism")

    @unittest.skipIf(not GRID.exists(), "needs the reference data")
    def test_methods_made_from_a_share_of_a_grid(self):
        call = ["compare", GRID, "--outputs", "!*_*", "--split", "0.8", "--seed", "1", "--json"]
        methods = ["nearest", "linear", "rbf-linear", "rbf-cubic", "rbf-quintic", "neighbours"]
        told = json.loads(self.done(*call, "--methods", ",".join(methods)).out)
        self.assertEqual(list(told["methods"]), methods)
        for name, of in told["methods"].items():
            factor = of["error_factor"]
            self.assertTrue(0 <= factor["median"] <= factor["mean"] < factor["p99"] <= factor["max"], name)
            self.assertTrue(of["memory_bytes"] > 0 and of["ms_per_1000"] > 0 and of["us_per_point"] > 0, name)
        means = [told["methods"][name]["error_factor"]["mean"] for name in ("rbf-cubic", "linear", "nearest")]
        self.assertEqual(means, sorted(means))
        again = json.loads(self.done(*call, "--methods", "rbf-cubic").out)
        self.assertEqual(again["methods"]["rbf-cubic"]["error_factor"], told["methods"]["rbf-cubic"]["error_factor"])
        table = self.done(*call[:-1], "--methods", "nearest").out
        self.assertIn("Error factor", table)

    @unittest.skipIf(not GRID.exists(), "needs the reference data")
    def test_a_network_is_learned_in_the_same_call(self):
        call = ["compare", GRID, "--outputs", "CO*,!*_*", "--split", "0.8", "--methods", "nearest,network", "--budget", "5s", "--json"]
        told = json.loads(self.done(*call, "--threads", "1", timeout=120).out)
        network, nearest = (told["methods"][name] for name in ("network", "nearest"))
        self.assertLess(network["error_factor"]["mean"], nearest["error_factor"]["mean"])
        self.assertTrue(0 < network["train_seconds"] < 60)
        self.assertTrue(network["differentiable"])

    @unittest.skipIf(not GRID.exists(), "needs the reference data")
    def test_bad_input(self):
        call = ["compare", GRID, "--outputs", "!*_*"]
        self.refused(*call, "--split", "1.5", "--methods", "nearest", says=["--split", "between 0 and 1"])
        self.refused(*call, "--split", "0", "--methods", "nearest", says="between 0 and 1")
        self.refused(*call, "--methods", "nearest", says=["--split", "0.8"])
        self.refused(*call, "--split", "0.8", "--methods", "nearst", says=["nearst", "nearest"])
        self.refused(*call, "--split", "0.8", "--methods", "nearest,nearest", says="twice")
        self.refused(*call, "--split", "0.8", "--emulator", "themis", says="leave --emulator out")
        self.refused("compare", GRID, "--outputs", "XX*", "--split", "0.8", "--methods", "nearest", says="XX*")


if __name__ == "__main__":
    unittest.main()
