"""Tables that the program writes, read by astropy, and tables that astropy writes, read by the program's own words."""

import os
import subprocess
import tempfile
import unittest
import warnings

try:
    import h5py
    import numpy as np
    from astropy.table import Table
except ImportError:  # the test says so and is skipped
    Table = None

PROGRAM = os.environ.get("ISMULATE_PROGRAM", "ismulate")


@unittest.skipIf(Table is None, "astropy, h5py or numpy is missing: pip install -r requirements/test.txt")
class Tables(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("ignore")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name):
        return os.path.join(self.folder.name, name)

    def simulate(self, name):
        command = [PROGRAM, "simulate", "modified-blackbody", "-p", "temperature=25", "--quiet", "-o", self.file(name)]
        subprocess.run(command, check=True, capture_output=True)
        return self.file(name)

    def check(self, table, units=True):
        self.assertEqual(table.colnames[:2], ["wavelength", "emission"])
        self.assertEqual(len(table), 201)
        self.assertAlmostEqual(table["wavelength"][0], 20.0)
        self.assertTrue(np.all(np.isfinite(np.asarray(table["emission"], float))))
        if units:
            self.assertEqual(str(table["wavelength"].unit), "um")
            self.assertEqual(table["emission"].unit.to_string("fits"), "erg g-1 s-1")

    def test_ecsv(self):
        table = Table.read(self.simulate("t.ecsv"))
        self.check(table)
        self.assertIn('"program": "ismulate"', table.meta["provenance"])

    def test_fits(self):
        table = Table.read(self.simulate("t.fits"))
        self.check(table)
        self.assertIn("provenance", str(table.meta))

    def test_hdf5(self):
        path = self.simulate("t.h5")
        self.check(Table.read(path, path="table"))
        with h5py.File(path) as file:
            self.assertEqual(file["table"].dtype.names, ("wavelength", "emission"))

    def test_csv(self):
        path = self.simulate("t.csv")
        table = Table.read(path, format="ascii.csv", comment="#")
        self.assertEqual(table.colnames, ["wavelength [um]", "emission [erg s-1 g-1]"])
        self.assertEqual(len(table), 201)

    def test_all_formats_hold_the_same_numbers(self):
        ecsv = Table.read(self.simulate("a.ecsv"))
        fits = Table.read(self.simulate("a.fits"))
        hdf5 = Table.read(self.simulate("a.h5"), path="table")
        for other in (fits, hdf5):
            self.assertTrue(np.array_equal(np.asarray(ecsv["emission"]), np.asarray(other["emission"])))


if __name__ == "__main__":
    unittest.main()
