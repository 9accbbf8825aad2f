"""`ismulate grid` as a user runs it: killed, resumed, sharded, under mpirun, on a full disk; the datasets read by h5py."""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

try:
    import h5py
    import numpy as np
except ImportError:  # the tests that need them say so and are skipped
    h5py = None

PROGRAM = os.environ.get("ISMULATE_PROGRAM", "ismulate")
MPI = os.environ.get("ISMULATE_MPI", "") == "ON"
MODEL = ["modified-blackbody", "-p", "temperature=10:50", "-p", "beta=1:2.5", "--size", "240", "--chunk", "4", "--seed", "5", "--quiet"]


class Grid(unittest.TestCase):
    """What the tests share: a folder, the command, and the bytes of a quiet run on one thread."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def command(self, name, *more):
        return [PROGRAM, "grid", *MODEL, "-o", str(self.folder / name), *more]

    def run_grid(self, name, *more, **options):
        return subprocess.run(self.command(name, *more), capture_output=True, text=True, **options)

    def expected(self):
        self.assertEqual(self.run_grid("expected.h5", "--threads", "1").returncode, 0)
        return (self.folder / "expected.h5").read_bytes()


class Alone(Grid):
    def test_killed_and_resumed(self):
        expected = self.expected()
        chance = random.Random(1)
        kills = 0
        for _ in range(20):
            process = subprocess.Popen(self.command("k.h5", "--resume"), stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.01, 0.06))
            process.send_signal(signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
            if (self.folder / "k.h5").exists():
                break
        print("killed", kills, "times")
        self.assertGreaterEqual(kills, 1)
        self.assertEqual(self.run_grid("k.h5", "--resume").returncode, 0)
        self.assertEqual((self.folder / "k.h5").read_bytes(), expected)
        self.assertFalse((self.folder / "k.h5.parts").exists())

    def test_interrupted(self):
        expected = self.expected()
        process = subprocess.Popen(self.command("i.h5"), stderr=subprocess.PIPE, text=True)
        while not list(self.folder.glob("i.h5.parts/chunk-*.part")):
            self.assertIsNone(process.poll())
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate()
        if process.returncode != 0:  # it may have been done already
            self.assertEqual(process.returncode, 130, message)
            self.assertIn("--resume", message)
            self.assertEqual(self.run_grid("i.h5", "--resume").returncode, 0)
        self.assertEqual((self.folder / "i.h5").read_bytes(), expected)

    def test_shards(self):
        expected = self.expected()
        for shard in ("3/3", "1/3", "2/3"):
            self.assertEqual(self.run_grid("s.h5", "--shard", shard).returncode, 0)
        merge = [PROGRAM, "grid", "--merge", "-o", str(self.folder / "s.h5"), "--json"]
        result = json.loads(subprocess.run(merge, check=True, capture_output=True, text=True).stdout)
        self.assertEqual((result["size"], result["failed"], result["written"]), (240, 0, True))
        self.assertEqual((self.folder / "s.h5").read_bytes(), expected)

    def test_full_disk(self):
        result = self.run_grid("f.h5", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)))
        self.assertEqual(result.returncode, 4, result.stderr)  # the parts fit, the dataset does not
        self.assertIn("all parts are kept", result.stderr)
        self.assertFalse((self.folder / "f.h5").exists())
        self.assertEqual(self.run_grid("f.h5", "--resume").returncode, 0)
        self.assertEqual((self.folder / "f.h5").read_bytes(), self.expected())

    def test_refusals(self):
        self.assertEqual(self.run_grid("r.h5", "--shard", "1/2").returncode, 0)
        for more, words in (
            (["--shard", "1/2"], "parts of an earlier run are there"),
            (["--shard", "1/2", "--resume", "--design", "lhs"], 'design/kind: "sobol" there, "lhs" here'),
            (["--shard", "3/2"], "names no shard"),
            (["--design", "latin"], "regular, lhs, sobol, random"),
        ):
            result = self.run_grid("r.h5", *more)
            self.assertEqual(result.returncode, 2, more)
            self.assertIn(words, result.stderr)
        result = self.run_grid("r.txt")
        self.assertEqual(result.returncode, 2)
        self.assertIn("HDF5", result.stderr)

    @unittest.skipIf(h5py is None, "h5py or numpy is missing: pip install -r requirements/test.txt")
    def test_read_by_h5py(self):
        self.expected()
        with h5py.File(self.folder / "expected.h5") as file:
            self.assertEqual(file.attrs["format"], "ismulate-dataset")
            parameters, outputs = file["parameters"], file["outputs"]
            self.assertEqual(list(parameters.attrs["names"]), ["temperature", "beta"])
            self.assertEqual(list(parameters.attrs["units"]), ["K", ""])
            self.assertEqual(outputs.attrs["unit"], "erg s-1 g-1")
            self.assertEqual(file["axis"].attrs["unit"], "um")
            self.assertTrue(np.all(file["mask"][:] == 1) and np.all(file["status"][:] == 0))
            twin = self.twin(parameters[:, 0:1], parameters[:, 1:2], file["axis"][:])
            self.assertLess(np.max(np.abs(outputs[:] / twin - 1)), 1e-12)

    @staticmethod
    def twin(temperature, beta, wavelength):
        """4 pi nu kappa_nu B_nu(T) in cgs, kappa = 12.5 cm2/g at 160 um."""
        h, k, c = 6.62607015e-27, 1.380649e-16, 2.99792458e10
        nu = c / (wavelength * 1e-4)
        planck = 2 * h * nu**3 / c**2 / np.expm1(h * nu / (k * temperature))
        return 4 * np.pi * nu * 12.5 * (160.0 / wavelength) ** beta * planck



@unittest.skipUnless(shutil.which("mpirun"), "mpirun is not installed: apt-get install libopenmpi-dev openmpi-bin")
class Team(Grid):
    """Two processes under mpirun share the work."""

    def mpirun(self, name, *more):
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        command = ["mpirun", "--oversubscribe", "-np", "2", *self.command(name, "--threads", "1", *more)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def finished(self, process):
        process.out, process.err = process.communicate(timeout=120)
        return process

    @unittest.skipIf(MPI, "this build has MPI")
    def test_a_build_without_mpi_refuses(self):
        self.assertIn("built without MPI", self.finished(self.mpirun("m.h5")).err)
        self.assertFalse((self.folder / "m.h5").exists())

    @unittest.skipUnless(MPI, "this build has no MPI")
    def test_two_processes_write_the_bytes_of_one(self):
        process = self.finished(self.mpirun("m.h5"))
        self.assertEqual(process.returncode, 0, process.err)
        self.assertEqual((self.folder / "m.h5").read_bytes(), self.expected())
        shards = {run["shard"] for run in json.loads((self.folder / "m.h5.log.json").read_text())["runs"]}
        self.assertEqual(shards, {"1/2", "2/2"})

    @unittest.skipUnless(MPI, "this build has no MPI")
    def test_one_process_killed_and_all_resumed(self):
        for killed in (0, 1):
            with self.subTest(rank=killed):
                name = f"k{killed}.h5"
                process = self.mpirun(name)
                while not list(self.folder.glob(f"{name}.parts/chunk-*.part")):
                    self.assertIsNone(process.poll())
                    time.sleep(0.002)
                ranks = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                os.kill(int(ranks[killed]), signal.SIGKILL)
                self.assertNotEqual(self.finished(process).returncode, 0)
                self.assertFalse((self.folder / name).exists())
                resumed = self.finished(self.mpirun(name, "--resume", "--json"))
                self.assertEqual(resumed.returncode, 0, resumed.err)
                self.assertEqual((self.folder / name).read_bytes(), self.expected())
                (self.folder / "expected.h5").unlink()

    @unittest.skipUnless(MPI, "this build has no MPI")
    def test_an_error_of_the_call_ends_both(self):
        process = self.finished(self.mpirun("m.h5", "--shard", "1/2"))
        self.assertEqual(process.returncode, 2, process.err)
        self.assertIn("each process is a shard already", process.err)


if __name__ == "__main__":
    unittest.main()
