"""`ismulate train --anomalies`: wrong values of a grid are listed, left out, and may be reviewed."""

import csv
import json
import math
import pathlib
import random
import unittest
import xml.dom.minidom

from program import ProgramTest, ecsv

LINES = ["CO", "CI", "CII", "OI"]
WRONG = {(57, "CI"): 5.0, (130, "OI"): 0.2, (211, "CO"): 2.0} | {(300, line): 3.0 for line in LINES}


def write_grid(path, wrong):
    """A table of 20 x 20 models of four smooth lines; some values times a factor."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["n [cm-3]", "G0", *LINES])
        for model in range(400):
            a, b = (model // 20) / 19, (model % 20) / 19
            values = [10 ** (-4 + k + math.sin(2 * a + k) + a * b - b) * wrong.get((model, line), 1) for k, line in enumerate(LINES)]
            table.writerow([10 ** (2 + 4 * a), 10 ** (4 * b), *values])


def listed(path):
    header, rows = ecsv(pathlib.Path(path).read_text(encoding="utf-8"))
    place = {name: k for k, name in enumerate(header)}
    return place, rows


class Anomalies(ProgramTest):
    TRAIN = ("--parameters", "n,G0", "--width", "48", "--depth", "3", "--batch", "64", "--threads", "1")

    def train(self, *more):
        return self.done("train", "grid.csv", *self.TRAIN, *more, timeout=200)

    def setUp(self):
        super().setUp()
        write_grid(self.folder / "grid.csv", WRONG)

    def test_found_listed_left_out_and_reviewed(self):
        result = self.train("-o", "co.ism", "--epochs", "250", "--anomalies")
        place, rows = listed(self.folder / "co.anomalies.ecsv")
        found = {(int(float(row[place["model"]])), row[place["output"]]): row for row in rows}
        self.assertEqual(set(found), set(WRONG))
        for (model, line), factor in WRONG.items():
            row = found[model, line]
            self.assertAlmostEqual(float(row[place["deviation"]]), math.log10(factor), delta=0.06)  # model 300 lies on an edge
            self.assertAlmostEqual(float(row[place["value"]]) / float(row[place["prediction"]]), factor, delta=0.15 * factor)
            self.assertEqual(row[place["kind"]], "model" if model == 300 else "value")
        self.assertIn("7 of 1600 values are anomalies, in 4 models; 1 model is wrong as a whole", result.err)
        self.assertIn("--without", result.err)
        picture = (self.folder / "co.anomalies.svg").read_text(encoding="utf-8")
        self.assertIn("model 57", xml.dom.minidom.parseString(picture).toxml())

        self.refused("train", "grid.csv", *self.TRAIN, "-o", "co.ism", "--anomalies", says="--force")
        # a review: one value is trusted again
        text = (self.folder / "co.anomalies.ecsv").read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in text if not line.startswith("57 ")]
        self.assertEqual(len(kept), len(text) - 1)
        (self.folder / "reviewed.ecsv").write_text("".join(kept), encoding="utf-8")
        again = self.train("-o", "again.ism", "--epochs", "50", "--without", "reviewed.ecsv")
        self.assertIn("6 values are left out as reviewed.ecsv says", again.err)
        self.assertFalse((self.folder / "again.anomalies.ecsv").exists())

        # a list of another grid
        write_grid(self.folder / "other.csv", {})
        lines = (self.folder / "other.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        random.Random(1).shuffle(rest := lines[1:])
        (self.folder / "other.csv").write_text("".join([lines[0], *rest]), encoding="utf-8")
        self.refused("train", "other.csv", *self.TRAIN, "-o", "x.ism", "--without", "reviewed.ecsv", says=["has another", "reviewed.ecsv:"])
        (self.folder / "bad.ecsv").write_text("".join(kept).replace(" OI ", " OIV "), encoding="utf-8")
        self.refused("train", "grid.csv", *self.TRAIN, "-o", "x.ism", "--without", "bad.ecsv", says=["'OIV' is no output", "bad.ecsv:"])

    def test_lines_have_defaults_of_their_own(self):
        def settings(*more):
            self.train("-o", "d.ism", "--force", "--epochs", "3", *more)
            return json.loads((self.folder / "d.ism.log.json").read_text(encoding="utf-8"))["settings"]

        told = settings()
        self.assertEqual([told["order"], told["loss"], told["weight-decay"]], ["3", "huber", "0.003"])
        told = settings("--order", "1", "--loss", "square", "--weight-decay", "0")
        self.assertEqual([told["order"], told["loss"], told["weight-decay"]], ["1", "square", "0"])
        self.refused("train", "grid.csv", *self.TRAIN, "-o", "z.ism", "--loss", "cube", says=["--loss", "cauchy"])
        self.refused("train", "grid.csv", *self.TRAIN, "-o", "z.ism", "--anomalies", "--anomaly-score", "nan", says="finite")
        self.refused("train", "grid.csv", *self.TRAIN, "-o", "z.ism", "--anomaly-score", "5", says="--anomalies")

    def test_rules_of_physics(self):
        rules = self.folder / "rules.toml"
        rules.write_text('[[rule]]\nname = "CI-falls"\noutputs = "CI"\nfalls_with = "G0"\n'
                         '[[rule]]\noutputs = "C*,!CII"\nat_most = 1e3\n', encoding="utf-8")
        write_grid(self.folder / "grid.csv", {(57, "CI"): 5.0})
        result = self.train("-o", "co.ism", "--epochs", "50", "--rules", "rules.toml")
        place, rows = listed(self.folder / "co.anomalies.ecsv")
        self.assertTrue(any(row[place["model"]] in ("57", "57.0") and row[place["rule"]] == "CI-falls" for row in rows), rows)
        self.assertIn("break a rule", result.err)
        for text, says in [
            ("", "no rules"),
            ("[[rule]]\noutputs = 'CI'\n", "it says nothing"),
            ("[[rule]]\nfalls_with = 'G1'\n", ["there is no parameter 'G1'", "G0"]),
            ("[[rule]]\noutputs = 'CX'\nat_most = 1\n", "CX"),
            ("[[rule]]\nat_most = 'one'\n", "at_most is no number"),
            ("[[rule]]\nat_most = 1\nat_least = 0\n", "more than one thing"),
            ("[[rule]]\nat_most = 1\ntypo = 0\n", "unknown key 'typo'"),
            ("[[rule]]\nat_most = nan\n", "at_most is no number"),
            ("[[rule]]\nat_most = 1\nfactor = 2\n", "factor without below"),
            ("[[rule\n", "TOML"),
        ]:
            rules.write_text(text, encoding="utf-8")
            self.refused("train", "grid.csv", *self.TRAIN, "-o", "y.ism", "--rules", "rules.toml", says=says)
            self.assertFalse((self.folder / "y.anomalies.ecsv").exists())


if __name__ == "__main__":
    unittest.main()
