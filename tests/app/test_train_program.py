"""`ismulate train` is a program of its own: how `ismulate` finds it, and that nothing else about it can be noticed."""

import json
import pathlib
import shutil
import subprocess
import unittest

from program import PROGRAM, ProgramTest

BESIDE = pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train")
MISSING = "this build has no LibTorch, or `ismulate` is not in its build folder"


class WithoutIt(ProgramTest):
    def test_nothing_but_training_loads_libtorch(self):
        self.assertNotIn(b"libtorch_cpu.so", pathlib.Path(shutil.which(PROGRAM) or PROGRAM).read_bytes())

    def test_ismulate_names_the_verb(self):
        self.assertRegex(self.done("--help").out, r"(?m)^\s+train\s")

    @unittest.skipUnless(BESIDE.exists(), MISSING)
    def test_a_lost_program_is_an_error_of_the_machine(self):
        (self.folder / "bin").mkdir()
        alone = shutil.copy(shutil.which(PROGRAM) or PROGRAM, self.folder / "bin")
        result = subprocess.run([alone, "train", "dust.h5", "-o", "dust.ism"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 4, result.stderr)
        for part in ("bin/ismulate-train", "libexec/ismulate/ismulate-train", "No such file", "nothing was learned"):
            self.assertIn(part, result.stderr)


@unittest.skipUnless(BESIDE.exists(), MISSING)
class WithIt(ProgramTest):
    def grid(self):
        ranges = ("-p", "temperature=10:50", "-p", "beta=1:2.5")
        self.done("grid", "modified-blackbody", *ranges, "--size", "256", "--chunk", "64", "-o", "grid.h5")

    def test_it_is_found_in_libexec_too(self):
        for folder in ("bin", "libexec/ismulate"):
            (self.folder / folder).mkdir(parents=True)
        installed = shutil.copy(shutil.which(PROGRAM) or PROGRAM, self.folder / "bin")
        (self.folder / "libexec/ismulate/ismulate-train").symlink_to(BESIDE)
        result = subprocess.run([installed, "train", "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("--budget", result.stdout)

    @unittest.skipUnless((BESIDE.parents[1] / "cmake_install.cmake").exists() and shutil.which("cmake"), "no build folder")
    def test_an_installed_tree_predicts_and_trains(self):
        self.grid()
        subprocess.run(["cmake", "--install", BESIDE.parents[1], "--prefix", self.folder / "usr"], check=True, capture_output=True)
        for call in (
            ["predict", "themis", "-p", "U=10", "-o", "sed.ecsv"],
            ["train", "grid.h5", "-o", "grid.ism", "--epochs", "2", "--width", "8"],
        ):
            result = subprocess.run(
                [self.folder / "usr/bin/ismulate", *call], cwd=self.folder, capture_output=True, text=True, check=False
            )
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("grid.ism", self.files())

    def test_help_and_refusals_speak_of_ismulate_train(self):
        out = self.done("train", "--help").out
        for part in ("ismulate train ", "Example", "--learning-rate"):
            self.assertIn(part, out)
        self.assertNotIn("ismulate-train", out)
        self.refused("train", "none.h5", "--widht", "3", "-o", "x.ism", says=("--width", "ismulate train --help"))
        self.refused("train", "none.h5", "-o", "x.ism", says="none.h5")
        self.refused("train", says="ismulate train --help")
        self.refused("train", "none.h5", says="-o NAME.ism")

    def test_arguments_arrive_as_typed(self):
        self.grid()
        self.write("run.toml", "epochs = 3\nwidth = 8\n")
        odd = "an odd; name.ism"
        self.done("--config", "run.toml", "train", "grid.h5", "-o", odd, "--depth", "2", "--quiet", "--json", "--seed", "7")
        log = json.loads((self.folder / (odd + ".log.json")).read_text())
        self.assertEqual(len(log["loss_curve"]["epoch"]), 3)
        origin = json.loads(self.done("describe", odd, "--json").out)["provenance"]
        self.assertEqual(
            origin["command"],
            f"ismulate --config run.toml train grid.h5 -o '{odd}' --depth 2 --quiet --json --seed 7",
        )


if __name__ == "__main__":
    unittest.main()
