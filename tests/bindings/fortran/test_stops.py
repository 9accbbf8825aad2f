"""A Fortran program that gives no stat is stopped by an error: sentence, status, nothing after it."""

import os
import subprocess
import unittest


class Stops(unittest.TestCase):
    def test_an_error_without_stat_stops_the_program(self):
        result = subprocess.run([os.environ["ISMULATE_STOPS"]], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("ismulate: thermis: there is no emulator", result.stderr)
        self.assertIn("did you mean 'themis'", result.stderr)
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
