"""`ismulate compare` on grids: regressors, structured splits, shares, its outputs, and grids that must be refused or said."""

import json
import math
import unittest
import xml.etree.ElementTree

from program import ProgramTest, ecsv

AXIS = [i / 6 for i in range(7)]


def line(x, y, shift):
    return math.exp(math.sin(3 * x + shift) + x * y - 8 * shift)


def grid_rows():
    """Two parameters on 7 x 7 nodes, two lines."""
    return [[x, y, line(x, y, 0), line(x, y, 1)] for x in AXIS for y in AXIS]


class CompareGrid(ProgramTest):
    def table(self, rows, head=("x", "y", "a", "b"), name="grid.csv"):
        path = self.folder / name
        path.write_text("\n".join([",".join(head), *(",".join(repr(v) if v is not None else "nan" for v in row) for row in rows)]) + "\n")
        return path

    def call(self, grid, *more, methods="nearest,rbf-cubic", split="0.8"):
        chosen = ["--split", split] if split else []
        return ["compare", grid, "--parameters", "x,y", *chosen, "--methods", methods, "--repetitions", "1", "--spectra", "100", *more]

    def compared(self, grid, *more, **options):
        result = self.done(*self.call(grid, "--json", *more, **options))
        return json.loads(result.out), result.err

    def trees(self):
        """The methods that need XGBoost, where this build has it; where it has not, it says so."""
        result = self.ismulate(*self.call(self.table(grid_rows(), name="trees.csv"), methods="forest"))
        if result.status == 0:
            return ["forest", "boosting"]
        self.assertEqual(result.status, 4, result.err)
        self.assertIn("libxgboost-dev", result.err)
        return []

    def test_regressors(self):
        methods = ["polynomial", "gaussian-process", *self.trees()]
        told, _ = self.compared(self.table(grid_rows()), methods=",".join(["nearest", *methods]))
        of = told["methods"]
        self.assertLess(of["gaussian-process"]["error_factor"]["mean"], 0.5)
        self.assertLess(of["polynomial"]["error_factor"]["mean"], 1)
        for name in methods:
            self.assertLess(of[name]["error_factor"]["mean"], of["nearest"]["error_factor"]["mean"] * 1.5, name)
            self.assertTrue(of[name]["memory_bytes"] > 0 and of[name]["train_seconds"] > 0, name)
            self.assertEqual(of[name]["differentiable"], name in ("polynomial", "gaussian-process"))
        self.assertEqual(set(of["polynomial"]["lines"]), {"a", "b"})
        worst = of["polynomial"]["worst_models"][0]
        self.assertAlmostEqual(worst["error_factor"], of["polynomial"]["error_factor"]["max"], places=6)
        self.assertAlmostEqual(worst["truth"], line(worst["parameters"]["x"], worst["parameters"]["y"], "ab".index(worst["line"])))
        self.assertNotIn("fractions", told)

    def test_whole_lines_are_held_out(self):
        grid = self.table(grid_rows())
        told, said = self.compared(grid, split="lines=0.2:x", methods="linear,nearest")
        self.assertIn("held out: 14 of 49 models", said)
        points = told["held_out"]["parameters"]
        self.assertEqual(len(points), 28)
        values = set(points[::2])
        self.assertEqual(len(values), 2)
        self.assertTrue(all(0 < value < 1 for value in values))
        self.assertIn("regular grid of 5 x 7", told["methods"]["linear"]["description"])
        told, _ = self.compared(grid, split="lines=y:0.5")
        self.assertEqual(set(told["held_out"]["parameters"][1::2]), {0.5})
        told, _ = self.compared(grid, split="lines=0.3")
        self.assertGreaterEqual(told["held_out"]["given"], 0.3 * 49)

    def test_edges_are_held_out(self):
        told, _ = self.compared(self.table(grid_rows()), split="edges=0.2:x", methods="linear,nearest,gaussian-process")
        self.assertEqual(set(told["held_out"]["parameters"][::2]), {0, 1})
        self.assertIn("nearest place inside", told["methods"]["linear"]["note"])
        self.assertEqual(told["methods"]["nearest"]["note"], "")
        errors = {name: of["error_factor"]["mean"] for name, of in told["methods"].items()}
        self.assertLess(errors["gaussian-process"], errors["nearest"])
        self.assertAlmostEqual(errors["linear"] / errors["nearest"], 1, places=5)  # both know the outermost node, no more

    def test_shares_of_the_same_grid(self):
        grid = self.table(grid_rows())
        told, _ = self.compared(grid, "--fractions", "0.2,0.8,0.4", split=None)
        plain, _ = self.compared(grid)
        self.assertEqual([share["fraction"] for share in told["fractions"]], [0.8, 0.4, 0.2])
        self.assertEqual([share["models"] for share in told["fractions"]], [39, 20, 10])
        self.assertEqual(told["held_out"], plain["held_out"])
        for name, of in plain["methods"].items():
            self.assertEqual(told["methods"][name]["error_factor"], of["error_factor"])
            means = [share["methods"][name]["error_factor"]["mean"] for share in told["fractions"]]
            self.assertEqual(means[0], of["error_factor"]["mean"])
            self.assertLess(means[0], means[2])
        text = self.done(*self.call(grid, "--fractions", "0.8,0.4")).out
        self.assertIn("40.0 %, 20 models", text)
        for bad, says in (("0.9", "more than --split 0.8"), ("1.2", "between 0 and 1"), ("0.4,0.4", "twice"), ("0.01", "two or more")):
            self.refused(*self.call(grid, "--fractions", bad), says=["--fractions", says])
        self.refused(*self.call(grid, "--fractions", "0.4", split="edges=0.2"), says="not at random")

    def test_outputs(self):
        grid = self.table(grid_rows())
        self.done(*self.call(grid, "--fractions", "0.8,0.4", "-o", "t.md", "--figures", "pictures", "--report", "r.html"))
        table = (self.folder / "t.md").read_text()
        for part in ("| method | mean |", "| 80.0 % | 40.0 % |", "Worst lines", "Worst models", "| cubic radial basis |"):
            self.assertIn(part, table)
        for row in table.split("\n\n")[0].splitlines():
            self.assertEqual(row.count("|"), 11, row)
        pictures = sorted(path.name for path in (self.folder / "pictures").iterdir())
        self.assertEqual(len(pictures), 4)
        for name in pictures:
            xml.etree.ElementTree.parse(self.folder / "pictures" / name)
        page = (self.folder / "r.html").read_text()
        self.assertIn("Error against training fraction", page)
        xml.etree.ElementTree.fromstring(page[page.index("<html") :])
        self.done(*self.call(grid, "-o", "t.json"))
        self.done("report", "--comparison", "t.json", "-o", "again.html")
        self.done(*self.call(grid, "-o", "t.ecsv"))
        columns, rows = ecsv((self.folder / "t.ecsv").read_text())
        told = json.loads((self.folder / "t.json").read_text())
        row = dict(zip(columns, rows[1]))
        self.assertAlmostEqual(float(row["factor_mean"]), told["methods"]["rbf-cubic"]["error_factor"]["mean"], places=9)
        for name in ("factor_maximum", "ms_per_1000", "us_per_point", "train_seconds", "differentiable"):
            self.assertIn(name, columns)
        self.refused(*self.call(grid, "-o", "t.md"), says="--force")
        self.refused(*self.call(grid, "-o", "t.txt"), says=[".md"])
        self.refused(*self.call(grid, "--report", "r.txt"), says=".html")

    def test_splits_that_mean_nothing(self):
        grid = self.table(grid_rows())
        for split, says in (("lines=2", "between 0 and 1"), ("lines=0.2:z", "z"), ("lines=x:0.51", "a value of the grid"),
                            ("edges=x:0.5", "no such way"), ("rows=0.2", "lines=SHARE"), ("lines=x", "no share"),
                            ("lines=x:one", "no number")):
            self.refused(*self.call(grid, split=split), says=says)
        scattered = self.table([[x, y, 1 + x, 2 + y] for x, y in ((i * 0.7549 % 1, i * 0.5698 % 1) for i in range(60))])
        self.refused(*self.call(scattered, split="lines=0.2"), says="a grid with lines")

    def test_double_models(self):
        rows = grid_rows()
        _, said = self.compared(self.table([*rows, rows[3], rows[5]]))
        self.assertIn("2 models are identical copies of another and were left out", said)
        wrong = [*rows[3][:2], rows[3][2] * 1.5, rows[3][3]]
        self.refused(*self.call(self.table([*rows, wrong])), says=["models 3 and 49", "'a' is", "a mean would hide"])

    def test_lines_with_few_values(self):
        rows = grid_rows()
        nothing = [[*row, None] for row in rows]
        told, said = self.compared(self.table(nothing, ("x", "y", "a", "b", "c")))
        self.assertIn("no model has a value of them: 'c'", said)
        self.assertEqual(told["model"]["axis"]["labels"], ["a", "b"])
        five = [[*row, 1.0 + row[0] if i < 5 else None] for i, row in enumerate(rows)]
        grid = self.table(five, ("x", "y", "a", "b", "c"))
        self.refused(*self.call(grid), says=["'c' has values in 5 of 49 models", "--outputs '!NAME'"])
        self.done(*self.call(grid, "--outputs", "!c"))
        self.refused(*self.call(self.table([[*row[:2], None] for row in rows], ("x", "y", "a"))), says="no output has a value")

    def test_constant_lines(self):
        grid = self.table([[*row[:3], 2.5] for row in grid_rows()])
        told, said = self.compared(grid, methods=",".join(["nearest", "rbf-cubic", "polynomial", "gaussian-process", *self.trees()]))
        self.assertIn("the same in every model, so every method knows it: 'b'", said)
        for name, of in told["methods"].items():
            self.assertLess(of["lines"]["b"]["max"], 1e-3, name)

    def test_names_that_occur_twice(self):
        self.refused(*self.call(self.table(grid_rows(), ("x", "y", "a", "a"))), says="'a'")

    def test_few_models(self):
        rows = grid_rows()
        self.refused(*self.call(self.table(rows[:1])), says="two or more")
        self.refused(*self.call(self.table([rows[0], rows[0]])), says="1 of its 1 models can be used")

    def test_values_that_are_not_positive(self):
        rows = grid_rows()
        rows[4][2], rows[9][2] = 0.0, -1e-3
        grid = self.table(rows)
        told, said = self.compared(grid)
        self.assertIn("2 of 98 values are zero or negative, so outputs are learned as they are", said)
        self.assertEqual(told["model"]["output"]["scale"], "linear")
        told, said = self.compared(grid, "--floor", "1e-9")
        self.assertNotIn("zero or negative", said)
        self.assertEqual(told["model"]["output"]["scale"], "log")


if __name__ == "__main__":
    unittest.main()
