"""Dust from files: every way in which grain tables and fields can be wrong is refused with the place of the mistake."""

import unittest

import grains
from program import ProgramTest, ecsv


class DustTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.directory = grains.make(self.folder / "dustem")

    def call(self, *more):
        return ("simulate", "dust", "--dustem", "dustem", "--grains", "GRAIN_TEST.DAT", "--sizes", "table", *more)

    def damage(self, name, change):
        """Rewrites one file of the directory."""
        path = self.directory / name
        path.write_text(change(path.read_text()))

    def refuses(self, *says, more=()):
        return self.refused(*self.call("-o", "sed.ecsv", *more), says=says)


class Whole(DustTest):
    def test_a_spectrum_of_two_populations(self):
        names, rows = ecsv(self.done(*self.call("--field", "dustem/data/ISRF.DAT", "-p", "G0=1")).out)
        self.assertEqual(names, ["wavelength", "total", "big_1", "small_1"])
        self.assertEqual(len(rows), 481)
        for row in rows[::40]:
            _, total, big, small = map(float, row)
            self.assertAlmostEqual(total, big + small, delta=1e-6 * abs(total) + 1e-60)

    def test_wavelengths_of_the_tables(self):
        _, rows = ecsv(self.done(*self.call("--wavelengths", "table")).out)
        self.assertEqual(len(rows), len(grains.WAVELENGTHS))

    def test_stronger_field_more_emission(self):
        def energy(u):
            _, rows = ecsv(self.done(*self.call("-p", f"U={u}")).out)
            return sum(float(row[1]) for row in rows)

        self.assertAlmostEqual(energy(100) / energy(1), 100, delta=2)

    def test_threads_change_no_digit(self):
        one, two = (ecsv(self.done(*self.call("--threads", n)).out) for n in (1, 2))
        self.assertEqual(one, two)


class Missing(DustTest):
    def test_folder(self):
        self.refused("simulate", "dust", "--dustem", "nowhere", says="nowhere")

    def test_each_file(self):
        for name in ("data/GRAIN_TEST.DAT", "oprop/LAMBDA.DAT", "oprop/Q_big.DAT", "hcap/C_small.DAT"):
            with self.subTest(name=name):
                path = self.directory / name
                text = path.read_text()
                path.unlink()
                self.refuses(name.split("/")[1], "no such file")
                path.write_text(text)

    def test_field(self):
        self.refuses("nothing.dat", more=("--field", "nothing.dat"))

    def test_population_without_tables(self):
        self.damage("data/GRAIN_TEST.DAT", lambda text: text.replace("small ", "smaal "))
        self.refuses("smaal")

    def test_grains_without_a_folder(self):
        self.refused("simulate", "dust", "--grains", "GRAIN_J13.DAT", says=("--grains", "--dustem"))

    def test_folder_instead_of_a_file(self):
        self.refuses("folder", more=("--field", "dustem"))


class Damaged(DustTest):
    def test_truncated_anywhere(self):
        for name in ("oprop/LAMBDA.DAT", "oprop/Q_big.DAT", "oprop/G_big.DAT", "hcap/C_big.DAT"):
            whole = (self.directory / name).read_text()
            for part in (0.0, 0.1, 0.5, 0.9):
                with self.subTest(name=name, part=part):
                    (self.directory / name).write_text(whole[: int(len(whole) * part)])
                    self.refuses(name.split("/")[1])
            (self.directory / name).write_text(whole)

    def test_wrong_column_count(self):
        self.damage("oprop/Q_big.DAT", lambda text: text.replace("QABS ####\n", "QABS ####\n 1.0 ", 1))
        self.refuses("Q_big.DAT:5", "6 columns", "5 columns")

    def test_wrong_column_count_of_a_population(self):
        self.damage("data/GRAIN_TEST.DAT", lambda text: text.replace("3.00E-06  4.00E-01", "3.00E-06"))
        self.refuses("GRAIN_TEST.DAT:4", "8 columns", "9 columns")

    def test_not_a_number(self):
        for word in ("NaN", "nan", "Infinity", "1e999", "abc", "1.0.0", "0x1p3"):
            with self.subTest(word=word):
                whole = (self.directory / "oprop/Q_big.DAT").read_text()
                lines = whole.splitlines(keepends=True)
                lines[9] = word + lines[9][lines[9].index(" ") :]
                (self.directory / "oprop/Q_big.DAT").write_text("".join(lines))
                self.refuses("Q_big.DAT:10", word)
                (self.directory / "oprop/Q_big.DAT").write_text(whole)

    def test_negative_efficiency(self):
        self.damage("oprop/Q_big.DAT", lambda text: text.replace("QABS ####\n", "QABS ####\n-", 1))
        self.refuses("Q_big.DAT:5", ">= 0")

    def test_wavelengths_that_do_not_increase(self):
        def swap(text):
            lines = text.splitlines(keepends=True)
            lines[5], lines[6] = lines[6], lines[5]
            return "".join(lines)

        self.damage("oprop/LAMBDA.DAT", swap)
        self.refuses("LAMBDA.DAT:7", "increas")

    def test_more_than_announced(self):
        self.damage("oprop/Q_big.DAT", lambda text: text + "1 2 3 4 5\n")
        self.refuses("Q_big.DAT")

    def test_absurd_counts(self):
        for count in ("0", "-3", "1e300", "999999999999999999999", "2.5", "nan"):
            with self.subTest(count=count):
                self.damage("oprop/LAMBDA.DAT", lambda text, count=count: f"{count}\n" + text.split("\n", 2)[2])
                self.refuses("LAMBDA.DAT")

    def test_unknown_size_law(self):
        self.damage("data/GRAIN_TEST.DAT", lambda text: text.replace("plaw-ed", "plow-ed"))
        self.refuses("GRAIN_TEST.DAT:5", "plow", "plaw")

    def test_sizes_upside_down(self):
        self.damage("data/GRAIN_TEST.DAT", lambda text: text.replace("1.00E-07  1.00E-05  3.00E-06", "1.00E-05  1.00E-07  3.00E-06"))
        self.refuses("GRAIN_TEST.DAT:4", "amin")

    def test_no_population(self):
        self.damage("data/GRAIN_TEST.DAT", lambda text: text.split("big")[0])
        self.refuses("GRAIN_TEST.DAT", "population")

    def test_binary_rubbish(self):
        for name in ("data/GRAIN_TEST.DAT", "oprop/LAMBDA.DAT", "oprop/Q_big.DAT", "hcap/C_big.DAT"):
            with self.subTest(name=name):
                whole = (self.directory / name).read_bytes()
                (self.directory / name).write_bytes(bytes(range(256)) * 40)
                self.refuses(name.split("/")[1])
                (self.directory / name).write_bytes(whole)


class Fields(DustTest):
    def field(self, text, *says):
        self.write("field.dat", text)
        self.refuses("field.dat", *says, more=("--field", "field.dat"))

    def test_nan(self):
        self.field("0.1 1e-17\n1.0 nan\n10 1e-17\n", "field.dat:2", "nan")

    def test_negative(self):
        self.field("0.1 1e-17\n1.0 -1e-17\n10 1e-17\n", "field.dat:2", ">= 0")

    def test_one_column(self):
        self.field("0.1 1e-17\n1.0\n", "field.dat:2", "column")

    def test_not_increasing(self):
        self.field("1.0 1e-17\n0.1 1e-17\n", "field.dat:2")

    def test_shorter_than_announced(self):
        self.field("5\n0.1 1e-17\n1.0 1e-17\n", "5")

    def test_empty(self):
        self.field("")
        self.field("# nothing\n")

    def test_dark(self):
        self.field("0.1 0\n1.0 0\n10 0\n")

    def test_only_below_the_lyman_limit(self):
        self.field("0.01 1e-17\n0.05 1e-17\n")

    def test_blackbody_temperature(self):
        for word in ("nan", "-3", "0", "hot", ""):
            self.refuses("blackbody", more=("--field", f"blackbody:{word}"))


class Extremes(DustTest):
    def test_strength_of_a_field_without_starlight(self):
        self.refuses("0.0912 and 8 um", "-p G0", more=("--field", "blackbody:10", "-p", "U=1"))

    def test_field_that_no_grain_survives(self):
        self.refused(*self.call("--field", "blackbody:20000", "-p", "G0=1e6"), says=("more than it can emit", "weaker field"), status=3)


class Choices(DustTest):
    def test_both_strengths(self):
        self.refuses("U", "G0", more=("-p", "U=1", "-p", "G0=1"))

    def test_strength_out_of_range(self):
        for value in ("-1", "0", "1e99", "nan"):
            self.refuses("U", more=("-p", f"U={value}"))

    def test_age_without_stars(self):
        self.refuses("age", more=("-p", "age=1e7"))

    def test_words(self):
        for option in ("wavelengths", "per", "cmb", "levels", "show"):
            with self.subTest(option=option):
                self.refuses("nonsense", more=(f"--{option}", "nonsense"))
        self.refused("simulate", "dust", "--sizes", "nonsense", says="nonsense")

    def test_numbers_out_of_range(self):
        self.refuses("levels", more=("--levels", "3"))
        self.refuses("wavelengths", more=("--wavelengths", "10:1:100"))
        self.refuses("wavelengths", more=("--wavelengths", "1:10:1"))


if __name__ == "__main__":
    unittest.main()
