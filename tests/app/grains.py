"""A small DustEM directory of made-up grains, in DustEM's own layout: the tests damage copies of it."""

import math

SIZES = [1e-3 * 10 ** (0.5 * i) for i in range(5)]  # um
WAVELENGTHS = [0.04 * 10 ** (0.06 * i) for i in range(84)]  # um, to 3.8 mm
LOG_TEMPERATURES = [-1.0 + 0.16 * i for i in range(30)]


def line(values):
    return " ".join(f"{value:.4E}" for value in values) + "\n"


def efficiency(size, wavelength):
    return min(1.0, 4.0 * size / wavelength * min(1.0, 1.0 / wavelength))


def heat_capacity(log_temperature):
    """log C [erg K-1 cm-3]: Debye's T^3, level above 300 K."""
    temperature = 10**log_temperature
    return math.log10(3e7 / (1.0 + (300.0 / temperature) ** 3))


def mathis(wavelength):
    """4 pi I_nu [erg s-1 cm-2 Hz-1], roughly the solar neighbourhood's; zero below the Lyman limit."""
    return 0.0 if wavelength < 0.0912 else 1e-17 * wavelength**0.5 * math.exp(-1.0 / wavelength)


GRAINS = """# made-up grains
sdist
1.000000
big    5  logn     0.500E-02  2.00E+00  1.00E-07  1.00E-05  3.00E-06  4.00E-01
small  5  plaw-ed  0.100E-02  1.60E+00  1.00E-07  1.00E-05 -3.50E+00  1.00E-06  5.00E-06  1.00E+00
"""


def make(folder):
    """Writes the directory; returns its path."""
    for name in ("data", "oprop", "hcap"):
        (folder / name).mkdir(parents=True)
    (folder / "data" / "GRAIN_TEST.DAT").write_text(GRAINS)
    field = "".join(line([w, mathis(w)]) for w in WAVELENGTHS)
    (folder / "data" / "ISRF.DAT").write_text(f"# field\n{len(WAVELENGTHS)}\n{field}")
    (folder / "oprop" / "LAMBDA.DAT").write_text(f"# um\n{len(WAVELENGTHS)}\n" + "".join(line([w]) for w in WAVELENGTHS))
    head = f"# sizes\n{len(SIZES)}\n{line(SIZES)}"
    for kind in ("big", "small"):
        rows = "".join(line([efficiency(a, w) for a in SIZES]) for w in WAVELENGTHS)
        thin = "".join(line([efficiency(a, w) * min(1.0, a / w) ** 3 for a in SIZES]) for w in WAVELENGTHS)
        cosines = "".join(line([0.1 * min(1.0, a / w) for a in SIZES]) for w in WAVELENGTHS)
        heat = "".join(line([t] + [heat_capacity(t)] * len(SIZES)) for t in LOG_TEMPERATURES)
        (folder / "oprop" / f"Q_{kind}.DAT").write_text(f"{head}#### QABS ####\n{rows}#### QSCA ####\n{thin}")
        (folder / "oprop" / f"G_{kind}.DAT").write_text(f"{head}{cosines}")
        (folder / "hcap" / f"C_{kind}.DAT").write_text(f"{head}{len(LOG_TEMPERATURES)}\n{heat}")
    return folder
