"""Tables of many models: rows outside the range are marked and counted, names go along, wide and long layouts."""

import unittest

from program import ProgramTest, ecsv

POINTS = "name,U,age [yr],amin [nm],id\nM31,10,1e8,0.5,7\nM33,2e7,1e8,0.5,8\nM51,100,1e9,0.6,9\n"


class Tables(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("points.csv", POINTS)

    def predicted(self, *more):
        result = self.done("predict", "themis", "--table", "points.csv", *more)
        names, rows = ecsv(result.out)
        return result, [dict(zip(names, row)) for row in rows]

    def test_rows_outside_are_marked_and_counted(self):
        for outside, words in (("nan", "their outputs are nan"), ("nearest", "the edge of the range")):
            result, rows = self.predicted("--outside", outside)
            self.assertIn("1 of 3 rows is outside the range of 'themis'", result.err)
            self.assertIn(words, result.err)
            self.assertEqual([row["outside"] for row in rows[::481]], ["0", "1", "0"])
            self.assertEqual({row["total"].strip('"') in ("nan", "") for row in rows[481:962]}, {outside == "nan"})

    def test_names_go_along(self):
        self.write("points.csv", POINTS.replace("2e7", "20"))
        _, rows = self.predicted()
        self.assertEqual([(row["name"], row["id"]) for row in rows[::481]], [("M31", "7"), ("M33", "8"), ("M51", "9")])

    def test_wide_and_long_hold_the_same_numbers(self):
        _, rows = self.predicted("--outside", "nearest")
        _, wide = self.predicted("--outside", "nearest", "--layout", "wide")
        self.assertEqual(len(wide), 3)
        for i, row in enumerate(wide):
            outputs = [value for name, value in row.items() if name.startswith("total_")]
            self.assertEqual(outputs, [one["total"] for one in rows[481 * i : 481 * (i + 1)]])
        self.assertIn("total_0.5um", wide[0])
        self.assertIn("total_3000um", wide[0])

    def test_a_column_that_the_prediction_needs_is_left_out_and_named(self):
        self.write("points.csv", "model,total,U,age,amin\na,1,10,1e8,0.5\n")
        result, rows = self.predicted()
        self.assertIn("column 'total'", result.err)
        self.assertEqual((rows[0]["model"], rows[0]["row"]), ("a", "1"))

    def test_a_dataset_masks_what_has_no_answer_and_describe_says_why(self):
        result = self.done("predict", "themis", "--table", "points.csv", "--outside", "nan", "-o", "out.h5")
        self.assertIn("name, id", result.err)
        out = self.done("describe", "out.h5").out
        for part in ("dataset 'themis'", "3, of which 1 failed", "1 failed: outside the range: U = 2e+07", "0.1 .. 1e6"):
            self.assertIn(part, out)

    def test_a_dataset_has_no_missing_parameters(self):
        self.write("points.csv", "U,age,amin\n10,1e8,0.5\nnan,1e8,0.5\n")
        call = ("predict", "themis", "--table", "points.csv", "--outside", "nan")
        self.refused(*call, "-o", "out.h5", says=("row 2", "U is nan", "finite"))

    def test_calls_that_would_give_something_else(self):
        self.refused("predict", "themis", "--layout", "wide", says="--table")
        self.refused("predict", "themis", "--table", "points.csv", "--layout", "wide", "-o", "x.h5", says="dataset")
        self.refused("predict", "themis", "--table", "points.csv", "--jacobian", says="--jacobian")


if __name__ == "__main__":
    unittest.main()
