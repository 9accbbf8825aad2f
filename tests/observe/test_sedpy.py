"""Bands of sedpy on the same spectra: photon-weighted means of F_nu, from its curves by NumPy, and by sedpy where it is installed.

The curves are those of the reference data, untouched; the program's have their wings cut and their points thinned.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    np = None
try:
    from sedpy.observate import getSED, load_filters
except ImportError:
    load_filters = None

PROGRAM = os.environ["ISMULATE_PROGRAM"]
CURVES = pathlib.Path(__file__).parents[3] / "shared/data/dust/filters/sedpy"
SEDPY = {"2MASS_J": "twomass_J", "2MASS_H": "twomass_H", "2MASS_KS": "twomass_Ks", "IRS_16": "spitzer_irs_16"}
SEDPY |= {f"IRAC_{i}": f"spitzer_irac_ch{i}" for i in range(1, 5)}
SEDPY |= {f"MIPS_{w}": f"spitzer_mips_{w}" for w in (24, 70, 160)}
SEDPY |= {f"WISE_{i}": f"wise_w{i}" for i in range(1, 5)}
SEDPY |= {f"PACS_{w}": f"herschel_pacs_{w}" for w in (70, 100, 160)}
SEDPY |= {f"SPIRE_{w}": f"herschel_spire_{w}" for w in (250, 350, 500)}
SEDPY |= {f"HAWC_{b}": f"sofia_hawc_band{b}" for b in "ABCDE"}
LIGHT = 2.99792458e18  # Angstrom Hz
BAR = 1e-3
WING = 1e-5  # of the peak: where sedpy lets a curve end


def curve(name):
    rows = [line.split() for line in (CURVES / f"{name}.par").read_text().splitlines()
            if line.strip() and line.lstrip()[0].isdigit()]
    table = np.array([[float(value) for value in row[-2:]] for row in rows])
    table = table[np.argsort(table[:, 0], kind="stable")]
    table = table[np.concatenate([[True], np.diff(table[:, 0]) > 0]) & (table[:, 1] >= 0)]
    seen = np.nonzero(table[:, 1] > WING * table[:, 1].max())[0]
    return table[max(seen[0] - 1, 0):seen[-1] + 2]


def spectra():
    """Wavelength [Angstrom] at R = 3000 and F_nu of a star, of warm dust, of the diffuse medium, and of a galaxy.

    Dust of 18 K alone is left out: at 1-2 um, e^-400 below its peak, leaks far from the bands are all that is seen, and the
    thinned curves are up to 0.5 % off.
    """
    wavelength = 10 ** np.arange(np.log10(0.5e4), np.log10(3000e4), np.log10(1 + 1 / 6000))
    um = wavelength * 1e-4

    def black_body(temperature):
        return um**-3 / np.expm1(np.minimum(14387.77 / um / temperature, 600))

    star, warm, cold = black_body(4000), um**-1.5 * black_body(150), um**-1.8 * black_body(18)
    bands = sum(np.exp(-0.5 * ((um - c) / w) ** 2) for c, w in ((3.3, 0.02), (6.2, 0.08), (7.7, 0.2), (8.6, 0.1), (11.3, 0.1)))
    diffuse = cold / cold.max() + 0.02 * warm / warm.max() + 0.01 * bands
    galaxy = star / star.max() + cold / cold.max() + 0.1 * bands
    return wavelength, {"star": star, "warm": warm, "diffuse": diffuse, "galaxy": galaxy}


@unittest.skipIf(np is None, "needs NumPy")
@unittest.skipUnless(CURVES.is_dir(), "the reference data are not here")
class Sedpy(unittest.TestCase):
    def setUp(self):
        self.names = dict(SEDPY)
        for path in CURVES.glob("jwst_f*.par"):
            band = path.stem[5:].upper()
            for instrument in ("NIRCAM", "MIRI"):
                if instrument == ("MIRI" if int(band[1:5] if band[1:5].isdigit() else band[1:4]) > 480 else "NIRCAM"):
                    self.names[f"{instrument}_{band}"] = path.stem
        self.wavelength, self.spectra = spectra()

    def ours(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "sed.csv"
            header = "wavelength [Angstrom]," + ",".join(f"{name} [Jy]" for name in self.spectra)
            table = np.column_stack([self.wavelength, *self.spectra.values()])
            np.savetxt(path, table, delimiter=",", header=header, comments="", fmt="%.15g")
            result = subprocess.run([PROGRAM, "photometry", str(path), "--bands", ",".join(self.names), "--convention", "ab", "-o",
                                     str(path.with_name("bands.csv"))], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = [line for line in path.with_name("bands.csv").read_text().splitlines() if not line.startswith("#")]
        columns = [name.split(" [")[0] for name in lines[0].split(",")]
        rows = [dict(zip(columns, line.split(","))) for line in lines[1:]]
        self.assertEqual(len(rows), len(self.names))
        return {row["band"]: {name: float(row[name]) for name in self.spectra} for row in rows}

    def test_photon_weighted_means_by_numpy(self):
        self.assertGreaterEqual(len(self.names), 57)
        ours, worst = self.ours(), 0.0
        for band, name in self.names.items():
            at, response = curve(name).T
            fine = np.unique(np.concatenate([at, self.wavelength[(self.wavelength > at[0]) & (self.wavelength < at[-1])]]))
            r = np.interp(fine, at, response)
            for kind, f_nu in self.spectra.items():
                f = np.interp(fine, self.wavelength, f_nu)
                expected = np.trapezoid(f * r / fine, fine) / np.trapezoid(r / fine, fine)
                off = abs(ours[band][kind] / expected - 1)
                self.assertLess(off, BAR, f"{band}, {kind}")
                worst = max(worst, off)
        print(f"largest difference from NumPy: {worst:.2e}")

    @unittest.skipIf(load_filters is None, "needs astro-sedpy: pip install -r requirements/photometry.txt")
    def test_maggies_by_sedpy(self):
        ours, worst = self.ours(), 0.0
        filters = load_filters(list(self.names.values()))
        for kind, f_nu in self.spectra.items():
            magnitudes = getSED(self.wavelength, f_nu / f_nu.max() * LIGHT / self.wavelength**2, filters)
            for band, magnitude in zip(self.names, magnitudes):
                off = abs(ours[band][kind] / (f_nu.max() * 3.631e-20 * 10 ** (-0.4 * magnitude)) - 1)
                with self.subTest(band=band, kind=kind, off=off):
                    self.assertLess(off, BAR)
                worst = max(worst, off)
        print(f"largest difference from sedpy: {worst:.2e}")


if __name__ == "__main__":
    unittest.main()
