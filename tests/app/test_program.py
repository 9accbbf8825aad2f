"""The program as a user meets it: help, versions, tables, units, and each way of typing it wrong."""

import json
import pathlib
import shutil
import unittest

from program import PROGRAM, ProgramTest, ecsv

BODY = ("simulate", "modified-blackbody")


class Help(ProgramTest):
    def test_version(self):
        self.assertRegex(self.done("--version").out, r"^(ismulate )?\d+\.\d+\.\d+")

    def test_help_names_the_verbs(self):
        out = self.done("--help").out
        for verb in ("models", "describe", "simulate"):
            self.assertIn(verb, out)

    def test_help_of_a_command_has_a_worked_example(self):
        self.assertIn("Example", self.done(*BODY, "--help").out)

    def test_the_help_of_a_grid_shows_a_grid(self):
        for model in ("dust", "modified-blackbody"):
            out = self.done("grid", model, "--help").out
            self.assertRegex(out.split("Example")[1], rf"ismulate grid {model} .*-p \w+=[\d.e]+:[\d.e]+ .*-o \w+\.h5")

    def test_describe_follows_the_settings(self):
        plain, starlight = (self.done("describe", "dust", *more).out for more in ((), ("--field", "bpass")))
        self.assertNotRegex(plain, r"(?m)^  age ")
        self.assertRegex(starlight, r"(?m)^  age +1e6 \.\. ")
        self.assertRegex(plain, r"(?m)^  alpha_silicate +-6 \.\. 0 .* -3\.21 ")
        self.refused("describe", "themis", "--field", "bpass", says=("--field", "no simulator"))

    def test_models_and_describe(self):
        self.assertIn("modified-blackbody", self.done("models").out)
        out = self.done("describe", "modified-blackbody").out
        for part in ("temperature", "K", "beta"):
            self.assertIn(part, out)


class Tables(ProgramTest):
    def test_a_spectrum_on_standard_output(self):
        result = self.done(*BODY, "-p", "temperature=25")
        names, rows = ecsv(result.out)
        self.assertEqual(names[0], "wavelength")
        self.assertGreater(len(rows), 100)
        self.assertTrue(all(float(row[1]) > 0 for row in rows))
        self.assertIn("%ECSV", result.out)
        self.assertIn("unit: um", result.out)

    def test_each_format_appears_whole(self):
        for ending in ("ecsv", "csv", "fits", "h5", "json"):
            with self.subTest(ending=ending):
                self.done(*BODY, "-o", f"sed.{ending}")
                self.assertGreater((self.folder / f"sed.{ending}").stat().st_size, 1000)
        self.assertEqual(sorted(self.files()), ["sed.csv", "sed.ecsv", "sed.fits", "sed.h5", "sed.json"])

    def test_the_same_call_gives_the_same_numbers(self):
        first, second = (ecsv(self.done(*BODY, "-p", "beta=1.5", "--threads", n).out) for n in (1, 2))
        self.assertEqual(first, second)

    def test_json_is_json(self):
        table = json.loads(self.done(*BODY, "--json").out)
        self.assertEqual(table["columns"][0]["unit"], "um")

    def test_provenance_says_what_was_typed(self):
        out = self.done(*BODY, "-p", "temperature=31").out
        self.assertIn("temperature=31", out)

    def test_quiet_is_quiet(self):
        self.assertEqual(self.done(*BODY, "-o", "sed.ecsv", "--quiet").err, "")

    def test_force_replaces(self):
        self.write("sed.ecsv", "precious")
        self.done(*BODY, "-o", "sed.ecsv", "--force")
        self.assertIn("%ECSV", (self.folder / "sed.ecsv").read_text())


class Machines(ProgramTest):
    """--json: one JSON value on standard output, from every verb; --quiet: nothing on standard error."""

    def test_every_verb(self):
        self.write("points.csv", "temperature,beta\n20,1.5\n30,2\n")
        grid = ("modified-blackbody", "-p", "temperature=10:50", "-p", "beta=1:2.5", "--size", "256", "--chunk", "64")
        calls = [
            ("models",),
            ("describe", "themis"),
            ("describe", "modified-blackbody"),
            ("simulate", "modified-blackbody"),
            ("simulate", "modified-blackbody", "-o", "sed.ecsv"),
            ("predict", "themis", "-p", "U=10"),
            ("grid", *grid, "-o", "g.h5"),
        ]
        if pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train").exists():
            calls += [
                ("train", "g.h5", "-o", "n.ism", "--epochs", "5", "--width", "8"),
                ("predict", "n.ism", "--table", "points.csv", "--outside", "nearest"),
                ("predict", "n.ism", "--table", "points.csv", "--outside", "nearest", "-o", "p.h5"),
                ("compare", "g.h5", "--emulator", "n.ism", "--methods", "nearest,network", "--spectra", "100"),
            ]
        for call in calls:
            with self.subTest(call=call):
                result = self.done(*call, "--json", "--quiet")
                self.assertIsInstance(json.loads(result.out), dict if call[0] != "models" else list)
                self.assertEqual(result.err, "")


class Configuration(ProgramTest):
    def test_a_file_does_what_flags_do(self):
        self.write("run.toml", "[parameters]\ntemperature = 25.0\nbeta = 1.5\n")
        typed = ecsv(self.done(*BODY, "-p", "temperature=25", "-p", "beta=1.5").out)
        self.assertEqual(ecsv(self.done(*BODY, "--config", "run.toml").out), typed)

    def test_what_is_typed_wins(self):
        self.write("run.toml", "[parameters]\ntemperature = 40.0\n")
        typed = ecsv(self.done(*BODY, "-p", "temperature=25").out)
        self.assertEqual(ecsv(self.done(*BODY, "--config", "run.toml", "-p", "temperature=25").out), typed)

    def test_broken_toml_is_shown_with_its_line(self):
        self.write("run.toml", "[parameters]\ntemperature = = 3\n")
        self.refused(*BODY, "--config", "run.toml", says="run.toml:2")

    def test_unknown_option_in_the_file(self):
        self.write("run.toml", "colour = 3\n")
        self.refused(*BODY, "--config", "run.toml", says="colour")

    def test_missing_file(self):
        self.refused(*BODY, "--config", "none.toml", says="none.toml")

    def test_number_where_a_table_is_needed(self):
        self.write("run.toml", "parameters = 3\n")
        self.refused(*BODY, "--config", "run.toml", says="parameters")


class Typing(ProgramTest):
    def test_no_command(self):
        self.refused(says="ismulate")

    def test_unknown_command(self):
        self.refused("simulat", says="simulat")

    def test_unknown_model(self):
        self.refused("simulate", "modified-blackbod", says="modified-blackbod")
        self.refused("describe", "modified-blackbod", says=("modified-blackbod", "modified-blackbody"))

    def test_unknown_option(self):
        self.refused(*BODY, "--temprature", "3", "-o", "sed.ecsv", says="--temprature")

    def test_unknown_parameter_names_the_nearest(self):
        self.refused(*BODY, "-p", "temprature=20", "-o", "sed.ecsv", says=("temprature", "temperature"))

    def test_parameter_out_of_range_shows_the_range(self):
        for value in ("2", "301", "-20", "0"):
            self.refused(*BODY, "-p", f"temperature={value}", "-o", "sed.ecsv", says=("temperature", "3", "300", "K"))

    def test_parameter_that_is_no_number(self):
        for value in ("nan", "inf", "warm", "", "20K", "1e999", "0x10"):
            self.refused(*BODY, "-p", f"temperature={value}", "-o", "sed.ecsv", says="temperature")

    def test_parameter_without_a_value(self):
        self.refused(*BODY, "-p", "temperature", says="NAME=VALUE")

    def test_parameter_given_twice(self):
        self.refused(*BODY, "-p", "beta=1", "-p", "beta=2", says=("beta", "twice"))

    def test_range_where_a_value_is_needed(self):
        self.refused(*BODY, "-p", "beta=1:2", says=("beta", "range"))

    def test_seed_and_threads_that_are_no_numbers(self):
        self.refused(*BODY, "--seed", "lucky", says="--seed")
        self.refused(*BODY, "--threads", "-1", says="--threads")
        self.refused(*BODY, "--threads", "many", says="--threads")


class Output(ProgramTest):
    def test_existing_file_is_kept(self):
        self.write("sed.ecsv", "precious")
        self.refused(*BODY, "-o", "sed.ecsv", says=("sed.ecsv", "--force"))

    def test_unknown_ending(self):
        self.refused(*BODY, "-o", "sed.xls", says=("sed.xls", ".ecsv"))

    def test_missing_folder(self):
        self.refused(*BODY, "-o", "nowhere/sed.ecsv", says="nowhere")

    def test_folder_instead_of_a_file(self):
        (self.folder / "sed.ecsv").mkdir()
        self.refused(*BODY, "-o", "sed.ecsv", says="folder")
        self.refused(*BODY, "-o", "sed.ecsv", "--force", says="folder")

    def test_full_disk(self):
        for ending in ("ecsv", "csv", "fits", "h5", "json"):
            with self.subTest(ending=ending):
                self.refused(*BODY, "-o", f"sed.{ending}", status=4, largest_file=1024, says=f"sed.{ending}")

    def test_full_disk_keeps_the_old_file(self):
        for ending in ("ecsv", "fits", "h5"):
            with self.subTest(ending=ending):
                self.write(f"sed.{ending}", "precious")
                self.refused(*BODY, "-o", f"sed.{ending}", "--force", status=4, largest_file=1024)

    def test_standard_output_that_is_full(self):
        import subprocess

        from program import PROGRAM

        with open("/dev/full", "w") as full:
            result = subprocess.run([PROGRAM, *BODY], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn("standard output", result.stderr)


if __name__ == "__main__":
    unittest.main()
