#!/usr/bin/env python3
"""Writes data/filters/*.dat from the transmission curves of sedpy (MIT), and rectangles where no curve may be shipped.

    python3 tools/make_filters.py ../shared/data/dust/filters/sedpy

Curves: the wings end where the response falls below 1e-5 of the peak for good (sedpy cuts there too), negative points
are noise and left out, as are points where the line between their neighbours is within 0.04 % of the response or 3e-7
of the peak (leaks far from the band decide what steep spectra give). Rectangles: edges or centre and width as published.
"""
import pathlib
import sys

import numpy as np

WING = 1e-5  # of the peak
THIN_RELATIVE, THIN = 4e-4, 3e-7  # of the response, of the peak
LIGHT = 299792.458  # um GHz

# instrument: (counter, reference spectrum, source of the conventions, {band: (sedpy name, reference wavelength [um], 0 = pivot)})
CURVES = {
    "2MASS": ("photon", "Fnu", "Cohen et al. 2003, doi:10.1086/376474", {
        "2MASS_J": ("twomass_J", 1.235), "2MASS_H": ("twomass_H", 1.662), "2MASS_KS": ("twomass_Ks", 2.159)}),
    "IRAC": ("photon", "nuFnu", "Reach et al. 2005, doi:10.1086/432670", {
        "IRAC_1": ("spitzer_irac_ch1", 3.550), "IRAC_2": ("spitzer_irac_ch2", 4.493),
        "IRAC_3": ("spitzer_irac_ch3", 5.731), "IRAC_4": ("spitzer_irac_ch4", 7.872)}),
    "IRS": ("photon", "nuFnu", "Houck et al. 2004, doi:10.1086/423134", {"IRS_16": ("spitzer_irs_16", 15.8)}),
    "MIPS": ("photon", "blackbody:10000", "Engelbracht et al. 2007, doi:10.1086/521881; Gordon et al. 2007, doi:10.1086/522675; "
             "Stansberry et al. 2007, doi:10.1086/521859", {
                 "MIPS_24": ("spitzer_mips_24", 23.68), "MIPS_70": ("spitzer_mips_70", 71.42),
                 "MIPS_160": ("spitzer_mips_160", 155.9)}),
    "WISE": ("photon", "nu^-2", "Jarrett et al. 2011, doi:10.1088/0004-637X/735/2/112", {
        "WISE_1": ("wise_w1", 3.3526), "WISE_2": ("wise_w2", 4.6028), "WISE_3": ("wise_w3", 11.5608),
        "WISE_4": ("wise_w4", 22.0883)}),
    # sedpy holds the responses of these bolometers per photon: so taken, they give the colour corrections of the instruments
    "PACS": ("photon", "nuFnu", "Poglitsch et al. 2010, doi:10.1051/0004-6361/201014535", {
        "PACS_70": ("herschel_pacs_70", 70.0), "PACS_100": ("herschel_pacs_100", 100.0),
        "PACS_160": ("herschel_pacs_160", 160.0)}),
    "SPIRE": ("photon", "nuFnu", "Griffin et al. 2010, doi:10.1051/0004-6361/201014519", {
        "SPIRE_250": ("herschel_spire_250", 250.0), "SPIRE_350": ("herschel_spire_350", 350.0),
        "SPIRE_500": ("herschel_spire_500", 500.0)}),
    "HAWC": ("photon", "nuFnu", "Harper et al. 2018, doi:10.1142/S2251171718400081", {
        "HAWC_A": ("sofia_hawc_bandA", 53.0), "HAWC_B": ("sofia_hawc_bandB", 63.0), "HAWC_C": ("sofia_hawc_bandC", 89.0),
        "HAWC_D": ("sofia_hawc_bandD", 154.0), "HAWC_E": ("sofia_hawc_bandE", 214.0)}),
    "NIRCAM": ("photon", "Fnu", "Rieke et al. 2023, doi:10.1088/1538-3873/acac53", {
        f"NIRCAM_{f}": (f"jwst_{f.lower()}", 0) for f in (
            "F070W F090W F115W F140M F150W F150W2 F162M F182M F200W F210M F250M F277W F300M F322W2 F335M F356W F360M F410M "
            "F430M F444W F460M F480M").split()}),
    "MIRI": ("photon", "Fnu", "Wright et al. 2023, doi:10.1088/1538-3873/acbe66", {
        f"MIRI_{f}": (f"jwst_{f.lower()}", 0) for f in
        "F560W F770W F1000W F1130W F1280W F1500W F1800W F2100W F2550W".split()}),
}

# instrument: (counter, reference spectrum, paper, {band: (reference wavelength [um], low [um], high [um])})
RECTANGLES = {
    "IRAS": ("photon", "nuFnu", "Neugebauer et al. 1984, doi:10.1086/184209", {
        "IRAS_12": (12, 8.5, 15), "IRAS_25": (25, 19, 30), "IRAS_60": (60, 40, 80), "IRAS_100": (100, 83, 120)}),
    "AKARI": ("photon", "nuFnu", "Onaka et al. 2007, doi:10.1093/pasj/59.sp2.S401; Kawada et al. 2007, "
              "doi:10.1093/pasj/59.sp2.S389", {
                  "AKARI_N2": (2.4, 1.9, 2.8), "AKARI_N3": (3.2, 2.7, 3.8), "AKARI_N4": (4.1, 3.6, 5.3),
                  "AKARI_S7": (7.0, 5.9, 8.4), "AKARI_S9W": (9.0, 6.7, 11.6), "AKARI_S11": (11.0, 8.5, 13.1),
                  "AKARI_L15": (15.0, 12.6, 19.4), "AKARI_L18W": (18.0, 13.9, 25.6), "AKARI_L24": (24.0, 20.3, 26.5),
                  "AKARI_N60": (65, 50, 80), "AKARI_WIDE_S": (90, 60, 110), "AKARI_WIDE_L": (140, 110, 180),
                  "AKARI_N160": (160, 140, 180)}),
    "ISOCAM": ("photon", "nuFnu", "Cesarsky et al. 1996, 1996A&A...315L..32C", {
        "ISOCAM_LW2": (6.7, 5.0, 8.5), "ISOCAM_LW3": (14.3, 12.0, 18.0)}),
    "MSX": ("photon", "nuFnu", "Price et al. 2001, doi:10.1086/320404", {
        "MSX_A": (8.28, 6.8, 10.8), "MSX_C": (12.13, 11.1, 13.2), "MSX_D": (14.65, 13.5, 15.9), "MSX_E": (21.34, 18.2, 25.1)}),
    # centre and width of the measured bands [GHz]; fluxes are quoted at the nominal frequency
    "PLANCK": ("energy", "nuFnu", "Planck Collaboration IX 2014, doi:10.1051/0004-6361/201321531", {
        f"PLANCK_{ghz}": (LIGHT / ghz, LIGHT / (centre + width / 2), LIGHT / (centre - width / 2)) for ghz, centre, width in
        ((857, 862.7, 246), (545, 557.5, 174.5), (353, 361.3, 101.4), (217, 221.9, 64.5))}),
    # 30 GHz about the centre of the atmospheric window
    "SCUBA": ("energy", "nuFnu", "Holland et al. 1999, doi:10.1046/j.1365-8711.1999.02111.x", {
        "SCUBA_450": (450, LIGHT / 692, LIGHT / 662), "SCUBA_850": (850, LIGHT / 362, LIGHT / 332)}),
    # half-power widths of 32 and 85 um
    "SCUBA2": ("energy", "nuFnu", "Holland et al. 2013, doi:10.1093/mnras/sts612", {
        "SCUBA2_450": (450, 434, 466), "SCUBA2_850": (850, 807.5, 892.5)}),
    # 60 GHz about 345 GHz
    "LABOCA": ("energy", "nuFnu", "Siringo et al. 2009, doi:10.1051/0004-6361/200811454", {
        "LABOCA_870": (870, LIGHT / 375, LIGHT / 315)}),
    "NIKA2": ("energy", "nuFnu", "Adam et al. 2018, doi:10.1051/0004-6361/201731503", {
        "NIKA2_1150": (LIGHT / 260, LIGHT / 280, LIGHT / 240), "NIKA2_2000": (LIGHT / 150, LIGHT / 170, LIGHT / 125)}),
}


def read_curve(path):
    rows = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith(("#", "K", "t"))]
    table = np.array([[float(value) for value in row[-2:]] for row in rows])
    order = np.argsort(table[:, 0], kind="stable")
    wavelength, response = table[order, 0] * 1e-4, table[order, 1]  # Angstrom -> um
    keep = np.concatenate([[True], np.diff(wavelength) > 0])
    return wavelength[keep], response[keep]


def without_wings(wavelength, response):
    wavelength, response = wavelength[response >= 0], response[response >= 0] / response.max()
    seen = np.nonzero(response > WING)[0]
    first, last = max(seen[0] - 1, 0), min(seen[-1] + 1, len(response) - 1)
    return wavelength[first:last + 1], response[first:last + 1]


def thinned(wavelength, response):
    """The fewest points, taken greedily, between which all others are within THIN of the straight line."""
    kept, start = [0], 0
    while start < len(wavelength) - 1:
        end = start + 1
        while end + 1 < len(wavelength):
            line = np.interp(wavelength[start:end + 2], [wavelength[start], wavelength[end + 1]], [response[start], response[end + 1]])
            if (np.abs(line - response[start:end + 2]) > np.maximum(THIN, THIN_RELATIVE * response[start:end + 2])).any():
                break
            end += 1
        kept.append(end)
        start = end
    return wavelength[kept], response[kept]


def pivot(wavelength, response):
    return float(np.sqrt(np.trapezoid(response * wavelength, wavelength) / np.trapezoid(response / wavelength, wavelength)))


def write(instrument, counter, reference, paper, origin, bands):
    out = pathlib.Path("data/filters") / f"{instrument.lower()}.dat"
    lines = [f"# Transmission of the bands of {instrument}, peak 1, against wavelength [um].",
             f"# Conventions: {paper}", f"# Origin: {origin}", f"# Made by tools/make_filters.py: wings below {WING} of the peak cut off",
             "# band NAME COUNTER REFERENCE_SPECTRUM REFERENCE_WAVELENGTH[um] curve|rectangle POINTS"]
    for name, kind, at, wavelength, response in bands:
        lines.append(f"band {name} {counter} {reference} {at:.6g} {kind} {len(wavelength)}")
        lines += [f"{w:.7g} {r:.5g}" for w, r in zip(wavelength, response)]
    out.write_text("\n".join(lines) + "\n")


def main():
    source = pathlib.Path(sys.argv[1])
    pathlib.Path("data/filters").mkdir(exist_ok=True)
    for instrument, (counter, reference, paper, bands) in CURVES.items():
        rows = []
        for name, (file, at) in bands.items():
            wavelength, response = without_wings(*read_curve(source / f"{file}.par"))
            at = at or pivot(wavelength, response)
            rows.append((name, "curve", at, *thinned(wavelength, response)))
        write(instrument, counter, reference, paper, "sedpy 0.4.1 (MIT, Benjamin D. Johnson and contributors)", rows)
    for instrument, (counter, reference, paper, bands) in RECTANGLES.items():
        rows = [(name, "rectangle", at, [low, high], [1.0, 1.0]) for name, (at, low, high) in bands.items()]
        write(instrument, counter, reference, paper, "edges or centre and width of that paper", rows)


if __name__ == "__main__":
    main()
