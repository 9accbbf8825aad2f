"""The simulator of molecular lines as a user meets it, on two molecules made up by hand: tables, grids with gaps, what is refused."""

import json
import math
import pathlib
import unittest

from program import ProgramTest, ecsv

try:
    import h5py
except ImportError:  # the test that needs it says so and is skipped
    h5py = None

SMALL = str(pathlib.Path(__file__).resolve().parents[2] / "fuzz" / "corpus" / "lamda" / "three")
# Collisions lift the first level to the third alone, from where a strong line leads to the second and a weak one on: 2-1 is pumped.
PUMPED = """!MOLECULE
pumped
!MASS
20.0
!LEVELS
3
!LEVEL
1 0.0 1.0 0
2 4.0 1.0 1
3 100.0 1.0 2
!LINES
2
!LINE
1 2 1 1.0E-7 119.916983
2 3 2 1.0E-2 2878.00760
!PARTNERS
1
!PARTNER
1 H2
!TRANSITIONS
1
!TEMPERATURES
2
!TEMPERATURE
10.0 100.0
!RATES
1 3 1 1.0E-10 1.0E-10
"""


def tabled(result):
    """name -> column of the table that was printed, numbers as such."""
    names, rows = ecsv(result.out)
    columns = dict(zip(names, zip(*rows)))
    return {name: column if name in ("line", "flag") else [float(x) for x in column] for name, column in columns.items()}


class Molecules(ProgramTest):
    def simulate(self, *more, molecule=SMALL):
        return self.done("simulate", "lines", "--molecule", molecule, *more)

    def test_a_table_of_lines(self):
        table = tabled(self.simulate("-p", "T=40", "-p", "n_H2=1e4", "-p", "N=1e14", "-p", "dv=2"))
        self.assertEqual(table["line"], ("1-0", "2-1"))
        self.assertEqual(table["flag"], ("ok", "ok"))
        for k in range(2):
            frequency, excitation, tau = table["frequency"][k] * 1e9, table["T_ex"][k], table["tau"][k]
            energy = 6.62607015e-27 * frequency / 1.380649e-16
            emission = energy * (1 / math.expm1(energy / excitation) - 1 / math.expm1(energy / 2.73)) * -math.expm1(-tau)
            self.assertAlmostEqual(table["T_R"][k] / emission, 1, delta=1e-5)
            self.assertAlmostEqual(table["W"][k] / (2 * 1.0644670 * table["T_R"][k]), 1, delta=1e-6)
            planck = 2 * 1.380649e-16 * (frequency / 2.99792458e10) ** 3 * 1e5 * table["W"][k]
            self.assertAlmostEqual(table["intensity"][k] / planck, 1, delta=1e-5)

    def test_the_split_of_h2_is_the_thermal_one(self):
        ratio = min(3.0, 9 * math.exp(-170.6 / 40))
        whole = tabled(self.simulate("-p", "T=40", "-p", "n_H2=1e4"))
        forms = tabled(self.simulate("-p", "T=40", "-p", f"n_p-H2={1e4 / (1 + ratio)!r}", "-p", f"n_o-H2={1e4 * ratio / (1 + ratio)!r}"))
        for one, other in zip(whole["intensity"], forms["intensity"]):
            self.assertAlmostEqual(one / other, 1, delta=1e-9)

    def test_units_and_a_choice_of_lines(self):
        self.done("grid", "lines", "--molecule", SMALL, "--lines", "2-*", "--unit", "K", "-p", "N=1e12:1e14", "--size", "8", "-o", "k.h5")
        told = json.loads(self.done("describe", "k.h5", "--json").out)
        self.assertEqual(told["axis"]["labels"], ["2-1"])
        self.assertEqual(told["output"]["unit"], "K km s-1")

    def test_what_is_refused(self):
        call = ("simulate", "lines", "--molecule", SMALL)
        self.refused("simulate", "lines", says="--molecule")
        self.refused("describe", "lines", says="--molecule")
        self.refused("simulate", "lines", "--molecule", "absent.dat", says="absent.dat")
        self.refused(*call, "-p", "n_He=1", says=("no collisions with this partner", "n_p-H2"))
        self.refused(*call, "-p", "n_H2=1", "-p", "n_p-H2=1", says="as a whole and by its forms")
        self.refused(*call, "-p", "T=300", says="T = 300")
        self.refused(*call, "-p", "N=nan", says="N=nan")
        self.refused(*call, "--geometry", "cube", says="lvg, sphere or slab")
        self.refused(*call, "--lines", "9-8", says="9-8")
        self.done(*call, "-p", "T=300", "--temperatures", "clamp")

    def test_describe_tells_the_range_of_the_tables(self):
        self.assertRegex(self.done("describe", "lines", "--molecule", SMALL).out, r"(?m)^  T +10 \.\. 100 ")

    @unittest.skipIf(h5py is None, "needs h5py")
    def test_a_grid_masks_masers_and_keeps_the_other_lines(self):
        (self.folder / "pumped.dat").write_text(PUMPED, encoding="utf-8")
        cloud = ("lines", "--molecule", "pumped.dat", "-p", "T=90", "-p", "n_H2=1e6")
        self.assertIn("maser", tabled(self.done("simulate", *cloud, "-p", "N=1e16"))["flag"])
        self.done("grid", *cloud, "-p", "N=1e10:1e16", "--size", "64", "-o", "m.h5")
        with h5py.File(self.folder / "m.h5") as file:
            mask, outputs, status = file["mask"][:], file["outputs"][:], file["status"][:]
        self.assertEqual(int(status.sum()), 0)
        self.assertTrue(0 < (mask[:, 0] == 0).sum() < 64)
        self.assertTrue((mask[:, 1] == 1).all())
        self.assertTrue((outputs[mask == 1] > 0).all())
        self.assertIn("values of others are masked", self.done("describe", "m.h5").out)
        self.done("grid", *cloud, "--lines", "1-0", "-p", "N=1e10:1e16", "--size", "64", "-o", "one.h5")
        self.assertRegex(self.done("describe", "one.h5").out, r"failed: the model has no value for any output here")


if __name__ == "__main__":
    unittest.main()
