"""What libismulate.so shows is what ism.h declares, and it needs nothing but the C++ runtime and Highway: no HDF5, no LibTorch."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBRARY = os.environ["ISMULATE_LIBRARY"]
RUNTIME = r"lib(stdc\+\+|m|gcc_s|c|pthread|hwy|asan|ubsan)\.so|ld-linux"


@unittest.skipUnless(shutil.which("nm") and shutil.which("readelf"), "needs binutils")
class Symbols(unittest.TestCase):
    def test_shown_are_the_functions_of_the_header(self):
        header = (ROOT / "bindings/c/include/ism.h").read_text(encoding="utf-8")
        declared = set(re.findall(r"^(?:int|const char\*) (ism_\w+)\(", header, re.MULTILINE))
        self.assertGreater(len(declared), 10)
        lines = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout.splitlines()
        shown = {line.split()[-1].split("@")[0] for line in lines if "asan" not in line.lower()}
        self.assertEqual(shown, declared)

    def test_it_needs_the_runtime_only(self):
        told = subprocess.run(["readelf", "-d", LIBRARY], capture_output=True, text=True, check=True).stdout
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", told)
        self.assertTrue(needed)
        self.assertEqual([name for name in needed if not re.match(RUNTIME, name)], [])


if __name__ == "__main__":
    unittest.main()
