"""Emulators from files: damaged and foreign files are refused; outside the training range nothing is invented."""

import json
import pathlib
import struct
import unittest

from program import ProgramTest, ecsv

TWIN = pathlib.Path(__file__).resolve().parents[1] / "reference" / "emulator_twin.ism"
INSIDE = ("-p", "U=10", "-p", "age=1e8", "-p", "amin=0.5")


class EmulatorTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.whole = TWIN.read_bytes()
        self.write("twin.ism", self.whole)

    def header(self):
        size = struct.unpack("<Q", self.whole[:8])[0]
        return json.loads(self.whole[8 : 8 + size]), self.whole[8 + size :]

    def packed(self, header, data):
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    def refuses(self, bytes_, *says):
        self.write("bad.ism", bytes_)
        return self.refused("predict", "bad.ism", *INSIDE, "-o", "sed.ecsv", says=("bad.ism", *says))


class Whole(EmulatorTest):
    def test_predicts(self):
        names, rows = ecsv(self.done("predict", "twin.ism", *INSIDE).out)
        self.assertEqual(names, ["wavelength", "total"])
        self.assertEqual(len(rows), 37)

    def test_jacobian_has_a_column_per_parameter(self):
        names, _ = ecsv(self.done("predict", "twin.ism", *INSIDE, "--jacobian").out)
        self.assertEqual(len(names), 5)

    def test_describe(self):
        self.assertIn("adaptive_silu", self.done("describe", "twin.ism").out)

    def test_a_table_of_points(self):
        self.write("points.csv", "U,age [yr],amin [nm]\n10,1e8,0.5\n20,1e9,0.6\n")
        _, rows = ecsv(self.done("predict", "twin.ism", "--table", "points.csv").out)
        self.assertEqual(len(rows), 2 * 37)
        single = ecsv(self.done("predict", "twin.ism", *INSIDE).out)[1]
        for row, alone in zip(rows, single):
            self.assertAlmostEqual(float(row[-1]) / float(alone[-1]), 1.0, delta=1e-5)

    def test_units_are_converted(self):
        self.write("points.csv", "U,age [Myr],amin [um]\n10,100,0.5e-3\n")
        single = ecsv(self.done("predict", "twin.ism", *INSIDE).out)[1]
        rows = ecsv(self.done("predict", "twin.ism", "--table", "points.csv").out)[1]
        self.assertAlmostEqual(float(rows[9][-1]) / float(single[9][-1]), 1.0, delta=1e-5)


class Damaged(EmulatorTest):
    def test_truncated_anywhere(self):
        for size in (0, 4, 8, 100, 3000, len(self.whole) // 2, len(self.whole) - 1):
            with self.subTest(size=size):
                self.refuses(self.whole[:size])

    def test_one_bit_of_the_weights(self):
        damaged = bytearray(self.whole)
        damaged[-40] ^= 1
        self.refuses(bytes(damaged), "checksum")

    def test_more_than_announced(self):
        self.refuses(self.whole + b"more")

    def test_foreign_files(self):
        self.refuses(b"\x89HDF\r\n\x1a\n" + bytes(2000))
        self.refuses(b"SIMPLE  =                    T" + b" " * 3000)
        self.refuses(b"# %ECSV 1.0\nwavelength total\n1 2\n")
        self.refuses(bytes(range(256)) * 20)
        self.refuses(b"PK\x03\x04" + bytes(500))

    def test_safetensors_of_somebody_else(self):
        header = {"weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
        self.refuses(self.packed(header, bytes(8)), "ismulate-emulator")

    def test_newer_version(self):
        header, data = self.header()
        meta = header["__metadata__"]
        name = next(key for key in meta if "version" in key)
        meta[name] = "999"
        self.refuses(self.packed(header, data), "999")

    def test_metadata_that_is_not_understood(self):
        for name in self.header()[0]["__metadata__"]:
            for value in ("", "{", "[]", "null", '{"a":1}'):
                with self.subTest(name=name, value=value):
                    header, data = self.header()
                    if header["__metadata__"][name] in (value, "{}"):
                        continue
                    header["__metadata__"][name] = value
                    self.write("bad.ism", self.packed(header, data))
                    result = self.ismulate("predict", "bad.ism", *INSIDE)
                    self.assertIn(result.status, (0, 2), f"{name}={value}: {result.err}")

    def test_missing(self):
        self.refused("predict", "none.ism", *INSIDE, says="none.ism")


class Outside(EmulatorTest):
    def test_refused_by_default(self):
        self.refused("predict", "twin.ism", "-p", "U=1e7", "-o", "sed.ecsv", says=("U", "1e+06"))

    def test_nan_on_request(self):
        _, rows = ecsv(self.done("predict", "twin.ism", "-p", "U=1e7", "--outside", "nan").out)
        self.assertEqual({row[1].strip('"') for row in rows} - {"nan", ""}, set())

    def test_nearest_on_request(self):
        edge = ecsv(self.done("predict", "twin.ism", "-p", "U=1e6").out)
        self.assertEqual(ecsv(self.done("predict", "twin.ism", "-p", "U=1e7", "--outside", "nearest").out), edge)

    def test_nan_is_never_a_parameter(self):
        for outside in ("refuse", "nan", "nearest"):
            self.refused("predict", "twin.ism", "-p", "U=nan", "--outside", outside, says="U")

    def test_word(self):
        self.refused("predict", "twin.ism", "--outside", "extrapolate", says="extrapolate")


class Points(EmulatorTest):
    def table(self, text, *says, name="points.csv"):
        self.write(name, text)
        return self.refused("predict", "twin.ism", "--table", name, "-o", "out.h5", says=says)

    def test_out_of_range_counts_the_rows(self):
        self.table("U,age,amin\n10,1e8,0.5\n2e7,1e8,0.5\n3e7,1e8,0.5\n", "2e+07", "2 of 3", "--outside")

    def test_wrong_kind_of_unit(self):
        self.table("U,age [km],amin [nm]\n10,1e8,0.5\n", "km", "yr")

    def test_unit_that_does_not_exist(self):
        self.table("U,age [fortnights],amin [nm]\n10,1e8,0.5\n", "fortnights")

    def test_missing_column(self):
        self.table("U,age\n10,1e8\n", "amin")

    def test_text_in_a_column(self):
        self.table("U,age,amin\n10,old,0.5\n", "old")

    def test_wrong_column_count(self):
        self.table("U,age,amin\n10,1e8,0.5\n10,1e8\n", "points.csv:3")

    def test_missing_file(self):
        self.refused("predict", "twin.ism", "--table", "none.csv", says="none.csv")

    def test_empty_file(self):
        self.table("", "points.csv")

    def test_damaged_fits_and_hdf5(self):
        self.table(b"SIMPLE  =                    T" + b" " * 100, "points.fits", name="points.fits")
        self.table(b"\x89HDF\r\n\x1a\n" + bytes(100), "points.h5", name="points.h5")

    def test_full_disk(self):
        rows = "".join(f"{10 + i},1e8,0.5\n" for i in range(300))
        self.write("points.csv", "U,age,amin\n" + rows)
        for name in ("out.h5", "out.ecsv", "out.fits"):
            with self.subTest(name=name):
                self.refused("predict", "twin.ism", "--table", "points.csv", "-o", name, status=4, largest_file=8192, says=name)


if __name__ == "__main__":
    unittest.main()
