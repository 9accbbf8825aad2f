#!/usr/bin/env python3
"""How long does a map of 10,000 pixels take, and how many of them converge?

    python3 studies/fit/map.py PROGRAM EMULATOR OUT [SEED] [OPTIONS of ismulate fit ...]

A galaxy of 100 x 100 pixels in 12 bands: the shipped THEMIS emulator, seen through the bands, with U falling outwards from two
knots, ages, smallest grains and column densities that vary smoothly, noise of 3 % and a sky of a thousandth of the brightest pixel.
EMULATOR is another network, which knows only the bands (`ismulate train --bands`); all four parameters are free in every pixel.
Printed: wall time, fraction of pixels with rank R-hat < 1.01 and bulk ESS >= 200 for each parameter, fraction flagged, and how often
the 68 % intervals hold the truth. Needs astropy with pyyaml.
"""

import csv
import pathlib
import subprocess
import sys
import time

import numpy as np
from astropy.io import ascii, fits
from calibrate import BANDS, CALIBRATION, LIGHT

SIDE = 100


def parameter_maps():
    """U, age [yr], amin [nm] and column density [cm-2] (SIDE x SIDE)."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1)
    knots = np.exp(-((x - 0.35) ** 2 + (y - 0.4) ** 2) / 0.02) + 0.5 * np.exp(-((x - 0.7) ** 2 + (y - 0.65) ** 2) / 0.01)
    disc = np.exp(-np.hypot(x - 0.5, y - 0.5) / 0.3)
    return {
        "U": 0.3 * 10 ** (2.5 * knots + 1.2 * disc),
        "age": 10 ** (9.3 - 1.8 * knots - 0.8 * x),
        "amin": 0.45 + 0.8 * np.clip(knots, 0, 1) + 0.2 * y,
        "column_density": 3e20 * (0.2 + 8 * disc + 3 * knots),
    }


def band_fluxes(program, out, maps):
    """4 pi nu j_nu per hydrogen in the bands (pixels x bands), and their wavelengths [um]."""
    names = ["U", "age", "amin"]
    with open(out / "parameters.csv", "w") as file:
        file.write(",".join(names) + "\n")
        for row in zip(*(maps[name].ravel() for name in names)):
            file.write(",".join(repr(float(value)) for value in row) + "\n")
    options = ["--bands", ",".join(BANDS), "--layout", "wide", "-o", out / "bands.csv", "--force", "--quiet"]
    subprocess.run([program, "predict", "themis", "--table", out / "parameters.csv", *options], check=True)
    lines = [line for line in (out / "bands.csv").read_text().splitlines() if not line.startswith("#")]
    names = [name.split(" [")[0] for name in next(csv.reader(lines[:1]))]
    rows = np.array([[float(value) for value in row] for row in csv.reader(lines[1:])])
    listed = subprocess.run([program, "photometry", "--list"], check=True, capture_output=True, text=True).stdout
    table = ascii.read(listed, format="ecsv")
    wavelength = dict(zip(table["band"], table["wavelength"]))
    return np.stack([rows[:, names.index(band)] for band in BANDS], axis=1), np.array([wavelength[band] for band in BANDS])


def main():
    program, emulator, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    out.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    maps = parameter_maps()
    per_hydrogen, wavelength = band_fluxes(program, out, maps)
    frequency = LIGHT / wavelength
    flux = per_hydrogen * maps["column_density"].reshape(-1, 1) / (4 * np.pi) / frequency * 1e17  # MJy/sr
    instruments = list(CALIBRATION)
    factors = 1 + rng.standard_normal(len(instruments)) * np.array(list(CALIBRATION.values()))
    seen = flux * np.array([factors[instruments.index(name)] for name in BANDS.values()])
    errors = np.hypot(0.03 * flux, 1e-3 * flux.max(axis=0))
    values = seen + errors * rng.standard_normal(flux.shape)
    images = fits.HDUList([fits.PrimaryHDU()])
    for b, band in enumerate(BANDS):
        for name, data in ((band, values), (band + "_err", errors)):
            image = fits.ImageHDU(data[:, b].reshape(SIDE, SIDE), name=name)
            image.header.update(BUNIT="MJy sr-1", CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=10.0, CRVAL2=41.0)
            image.header.update(CRPIX1=50.5, CRPIX2=50.5, CDELT1=-1e-3, CDELT2=1e-3, CUNIT1="deg", CUNIT2="deg")
            images.append(image)
    images.writeto(out / "maps.fits", overwrite=True)
    calibration = ",".join(f"{name}={fraction}" for name, fraction in CALIBRATION.items())
    start = time.monotonic()
    command = [program, "fit", emulator, out / "maps.fits", "--calibration", calibration, "-p", "column_density=1e18:1e24"]
    result = subprocess.run([*command, "-o", out / "fits.fits", "--force", "--seed", str(seed), *sys.argv[5:]], check=False)
    wall = time.monotonic() - start
    if result.returncode not in (0, 3):
        sys.exit(result.returncode)
    with fits.open(out / "fits.fits") as fitted:
        image = {hdu.name.lower(): np.asarray(hdu.data) for hdu in fitted if hdu.data is not None}
    good = (image["rhat"] < 1.01) & (image["ess"] >= 200)
    print(f"{wall:.1f} s; R-hat < 1.01 and ESS >= 200 in {good.mean():.2%} of {good.size} pixels, flagged {np.mean(image['fit'] != 0):.2%}")
    assert not np.any(~good & (image["fit"] == 0)), "a pixel below the bars is not flagged"
    for name, truth in maps.items():
        inside = (image[name.lower() + "_lo"] <= truth) & (truth <= image[name.lower() + "_hi"])
        print(f"{name:15s} 68 % interval holds {inside.mean():.1%} (pixels share their calibration errors)")


if __name__ == "__main__":
    main()
