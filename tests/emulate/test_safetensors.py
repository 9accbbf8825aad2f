"""Any reader of safetensors opens an .ism file: the file of our writer and the shipped emulators, read with that library."""

import hashlib
import json
import pathlib
import unittest

try:
    import numpy
    from safetensors import safe_open
except ImportError:
    safe_open = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = [ROOT / "tests/reference/emulator_written.ism", *sorted((ROOT / "models").glob("*.ism"))]


@unittest.skipUnless(safe_open, "needs numpy and safetensors")
class Safetensors(unittest.TestCase):
    def test_opens_and_describes_itself(self):
        for path in FILES:
            with self.subTest(path.name), safe_open(path, "np") as file:
                metadata = file.metadata()
                self.assertEqual(metadata["format"], "ismulate-emulator")
                steps = json.loads(metadata["architecture"])
                self.assertEqual((steps[0]["kind"], steps[-1]["kind"]), ("standardise", "destandardise"))
                for step in steps:
                    if step["kind"] == "dense":
                        weights = file.get_tensor(step["name"] + ".weight")
                        self.assertEqual(weights.shape, (step["outputs"], step["inputs"]))
                        self.assertTrue(numpy.isfinite(weights).all())

    def test_checksum_is_that_of_the_tensors(self):
        for path in FILES:
            with self.subTest(path.name):
                raw = path.read_bytes()
                length = int.from_bytes(raw[:8], "little")
                stated = json.loads(raw[8:8 + length])["__metadata__"]["sha256"]
                self.assertEqual(stated, hashlib.sha256(raw[8 + length:]).hexdigest())


if __name__ == "__main__":
    unittest.main()
