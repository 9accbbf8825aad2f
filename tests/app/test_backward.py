"""A network run backward: learned in seconds from the shipped emulator, used by `ismulate fit`, on tables and maps; bad input."""

import json
import unittest

from program import ProgramTest, ecsv

try:
    import numpy as np
    from astropy.io import fits
except ImportError:
    fits = None

BANDS = ["IRAC_4", "MIPS_24", "PACS_70", "PACS_160", "SPIRE_250"]
LEARN = ["backward", "themis", "--bands", ",".join(BANDS), "--amount", "dust_mass", "-p", "dust_mass=1e3:1e7", "-p", "age=1e9"]
QUICK = ["--width", "32", "--depth", "2", "--batch", "256", "--steps", "300", "--threads", "1"]
SOURCES = (
    "name,"
    + ",".join(f"{band} [Jy],{band}_err [Jy]" for band in BANDS)
    + """
bright,1.0,0.05,2.0,0.1,30.0,1.5,50,2,20,1
faint,nan,,0.002,0.0005,0.03,0.003,0.05,0.005,0.02,0.003
gone,,,,,,,,,,
"""
)


class Backward(ProgramTest):
    def learned(self, *more):
        self.done(*LEARN, *QUICK, "-o", "back.ism", *more, timeout=300)

    def test_learned_and_used(self):
        self.learned()
        log = json.loads((self.folder / "back.ism.log.json").read_text())
        self.assertEqual([one["name"] for one in log["errors"]], ["U", "amin", "dust_mass"])
        for one in log["errors"]:
            self.assertLess(one["rms"], one["prior_rms"], one["name"])
        self.write("sources.csv", SOURCES)
        names, rows = ecsv(self.done("fit", "back.ism", "sources.csv", "--distance", "1 Mpc").out)
        bright, faint, gone = (dict(zip(names, row)) for row in rows)
        for name in ("U", "amin", "dust_mass"):
            bounds = [float(bright[name + end]) for end in ("_lo95", "_lo", "", "_hi", "_hi95")]
            self.assertEqual(bounds, sorted(bounds), name)
            self.assertEqual(gone[name], "nan")
        self.assertGreater(float(bright["dust_mass"]), 10 * float(faint["dust_mass"]))
        self.assertEqual((bright["outside"], faint["outside"], gone["outside"]), ("0", "0", "nan"))
        # three times farther away is nine times the mass, up to what the level tells of the prior
        masses = []
        for distance in ("0.1 Mpc", "0.3 Mpc"):
            _, rows = ecsv(self.done("fit", "back.ism", "sources.csv", "--distance", distance).out)
            masses.append(float(dict(zip(names, rows[0]))["dust_mass_mean"]))
        self.assertLess(abs(masses[1] / masses[0] / 9 - 1), 0.5)

    def test_sources_unlike_those_of_the_training_are_said_to_be(self):
        self.learned()
        lines = SOURCES.splitlines()
        far_too_bright = lines[1].replace("30.0,1.5", "30.0e9,1.5e7")
        self.write("odd.csv", f"{lines[0]},PACS_160_flag\n{lines[1]},\n{lines[1]},lower\n{far_too_bright},\n")
        result = self.done("fit", "back.ism", "odd.csv", "--distance", "1 Mpc")
        names, rows = ecsv(result.out)
        like, lower, bright = (float(dict(zip(names, row))["outside"]) for row in rows)
        self.assertEqual((like, lower), (0, 1))
        self.assertGreater(bright, 0)
        self.assertIn("2 of 3 sources are unlike those of the training", result.err)

    def test_described_and_not_taken_for_an_emulator(self):
        self.learned()
        told = json.loads(self.done("describe", "back.ism", "--json").out)
        self.assertEqual(told["bands"], BANDS)
        self.assertEqual([one["name"] for one in told["finds"]], ["U", "amin", "dust_mass"])
        self.assertEqual(told["provenance"]["settings"]["bands"], ",".join(BANDS))
        self.assertIn("solMass", self.done("describe", "back.ism").out)
        for call in (["predict", "back.ism"], ["backward", "back.ism", "--amount", "none", "-o", "other.ism"]):
            self.refused(*call, says=["parameters from fluxes", "ismulate fit"])

    def test_same_seed_same_file(self):
        self.learned()
        first = (self.folder / "back.ism").read_bytes()
        (self.folder / "back.ism").unlink()
        (self.folder / "back.ism.log.json").unlink()
        self.learned()
        self.assertEqual(first, (self.folder / "back.ism").read_bytes())

    @unittest.skipIf(fits is None, "needs astropy")
    def test_maps(self):
        self.done(*LEARN[:5], "column_density", *LEARN[8:], *QUICK, "-o", "maps.ism", timeout=300)
        images = fits.HDUList([fits.PrimaryHDU()])
        for band in BANDS:
            for name, value in ((band, 10.0), (band + "_err", 1.0)):
                image = fits.ImageHDU(np.full((3, 4), value), name=name)
                image.header["BUNIT"] = "MJy sr-1"
                images.append(image)
        images[1].data[1, 2] = np.nan
        images.writeto(self.folder / "in.fits")
        self.done("fit", "maps.ism", "in.fits", "-o", "out.fits")
        with fits.open(self.folder / "out.fits") as found:
            column = found["COLUMN_DENSITY"]
            self.assertEqual(column.data.shape, (3, 4))
            self.assertEqual(column.header["BUNIT"], "cm-2")
            self.assertTrue(np.all(np.isfinite(column.data)))
            self.assertNotEqual(column.data[1, 2], column.data[0, 0])

    def test_refused(self):
        self.refused(*LEARN, *["-o", "back.h5"], says="ends in .ism")
        self.refused(*LEARN, *["--steps", "0", "-o", "back.ism"], says="--steps")
        self.refused(*["backward", "themis", "--amount", "scale", "--bands", "PACS_71", "-o", "back.ism"], says="PACS_70")
        self.refused(*LEARN, *["-p", "amin=0.1:2", "-o", "back.ism"], says="amin")
        self.learned()
        self.write("sources.csv", SOURCES)
        fit = ["fit", "back.ism", "sources.csv", "--distance", "1 Mpc"]
        self.refused(*fit, *["-p", "U=10"], says="learned its priors")
        self.refused(*fit, *["--posterior", "x.nc"], says="source")
        self.refused(*["fit", "back.ism", "sources.csv"], says="no distance")
        self.write("sky.csv", SOURCES.replace("[Jy]", "[MJy sr-1]"))
        self.refused(*["fit", "back.ism", "sky.csv", "--distance", "1 Mpc"], says=["MJy sr-1", "column_density"])
        self.refused(*LEARN[:4], *["-o", "new.ism"], says=["scales", "dust_mass"])
        self.refused(*LEARN, *["-o", "back.ism"], says="--force")


if __name__ == "__main__":
    unittest.main()
