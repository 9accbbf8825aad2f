# %% [markdown]
# # Dust in a galaxy: from fluxes to parameters
# Load an emulator, predict, look through bands, fit, look at the posterior. Run it as it stands, or cell by cell in an editor
# that knows `# %%`. It needs NumPy and ismulate, nothing else.

# %%
import numpy

import ismulate

# %% [markdown]
# ## Load
# What an emulator says of itself: its parameters with their ranges, and how wrong it is on models that training never saw.

# %%
dust = ismulate.load("themis")
print(dust)
for parameter in dust.parameters:
    print(f"  {parameter.name} = {parameter.low:g} .. {parameter.high:g} {parameter.unit}: {parameter.help}")
print(f"  99 of 100 values are better than {100 * dust.errors[0].percentile_99:.2f} %")

# %% [markdown]
# ## Predict
# A parameter that is not named takes its default; arrays are broadcast. Derivatives are exact.

# %%
spectra = dust.predict(U=[1.0, 10.0, 100.0], age=1e8)  # (3, M) [erg s-1 H-1] at dust.axis.values [um]
far = dust.axis.values > 20  # [um]; large grains, not the bands of small ones
peaks = dust.axis.values[far][spectra[:, far].argmax(axis=1)]
print("stronger light is warmer dust: far-infrared peaks at", ", ".join(f"{peak:.0f}" for peak in peaks), "um")
assert peaks[0] > peaks[1] > peaks[2]

spectrum, slopes = dust.jacobian(U=10.0, age=1e8)  # (M), (M, P) per unit of each parameter
at_100 = numpy.searchsorted(dust.axis.values, 100.0)
print(f"d ln(emission at 100 um) / d ln(U) = {10.0 * slopes[at_100, 0] / spectrum[at_100]:.2f}")

# %% [markdown]
# ## Photometry
# The same emulator seen through the bands of a telescope. Any other spectrum goes through `ismulate.photometry`.

# %%
print(len(ismulate.bands()), "bands;", ", ".join(f"{band.name} at {band.wavelength:g} um" for band in ismulate.bands("PACS")))
seen = dust.through("IRAC_4,MIPS_24,PACS,SPIRE")
fluxes = seen.predict(U=10.0, age=1e8)  # (8) nu F_nu at seen.axis.values [um]
weighed = ismulate.photometry(dust.axis.values, spectrum, seen.bands, unit=dust.output.unit)
assert numpy.allclose(fluxes, weighed, rtol=1e-10, atol=0)

# %% [markdown]
# ## Something to fit
# A galaxy with ten million suns of dust, 3.2 Mpc away, in Jy, with 7 % of noise; nobody has seen it at 500 um: an upper limit.

# %%
PARSEC, SUN, HYDROGEN = 3.0856775814913673e18, 1.988409870698051e33, 1.6735575e-24  # [cm], [g], [g]
hydrogen_atoms = 1e7 * SUN / (7.43e-3 * HYDROGEN)  # of THEMIS: 7.43e-3 gram of dust per gram of hydrogen
flux = hydrogen_atoms * seen.predict(U=10.0, age=1e8, amin=0.45) / (4 * numpy.pi * (3.2e6 * PARSEC) ** 2)  # [erg s-1 cm-2]
janskys = flux * seen.axis.values / 2.99792458e14 * 1e23  # nu F_nu over nu

noise = numpy.random.default_rng(5)
errors = 0.07 * janskys
observed = janskys + errors * noise.standard_normal(len(janskys))
limits = [None] * 7 + ["upper"]
observed[-1], errors[-1] = 2 * janskys[-1], numpy.nan  # a 3-sigma limit

# %% [markdown]
# ## Fit
# Parameters that nothing is said of are flat over the range of training, on their own scales. Here the age is known to a
# factor of two, and the bands of each instrument share an error of calibration.

# %%
result = ismulate.fit(
    seen,
    observed,
    errors,
    unit="Jy",
    limits=limits,
    distance="3.2 Mpc",
    priors={"age": {"shape": "log-normal", "median": 1e8, "width": numpy.log(2)}},
    calibration={"PACS": 0.05, "SPIRE": 0.055},
)
print(result)
assert result.converged, result.reason
for name in result.parameters:
    told = result.diagnostics[name]
    print(
        f"  {name} = {result.median[name]:.3g}, 68 % in {result.low[name]:.3g} .. {result.high[name]:.3g} {result.units[name]};"
        f" R-hat {told.r_hat:.3f}, {told.bulk_ess:.0f} effective draws"
    )

# %% [markdown]
# ## Look at the posterior
# Draws are an array (chains, draws, parameters). Does the model explain the data? `predictive_p` near 0 or 1 says no.

# %%
draws = result.draws.reshape(-1, len(result.parameters))
correlation = numpy.corrcoef(numpy.log(draws), rowvar=False)
u, mass = result.parameters.index("U"), result.parameters.index("dust_mass")
print(f"ln U and ln(dust mass) are correlated: {correlation[u, mass]:.2f}")
for band, seen_there, model, p in zip(result.bands, observed, result.predicted["median"], result.predictive_p):
    print(f"  {band:>10} {seen_there:8.1f} Jy, model {model:8.1f} Jy, p = {p:.2f}")
low, high = result.interval(0.95)["dust_mass"]
print(f"95 % of the dust mass: {low:.3g} .. {high:.3g} solMass; it was 1e+07")
assert low < 1e7 < high
# result.to_netcdf("fit.nc"), or result.to_arviz() where arviz is installed

# %% [markdown]
# ## Many sources
# Fluxes (N, M) are fitted on all cores; what comes back are arrays (N). NaN is not observed.

# %%
galaxies = numpy.outer([0.5, 1.0, 2.0, 4.0], janskys)
galaxies[0, 1] = numpy.nan
many = ismulate.fit(seen, galaxies, 0.1 * galaxies, unit="Jy", distance="3.2 Mpc", priors={"age": 1e8})
print(many)
print("masses:", ", ".join(f"{mass:.2e}" for mass in many.median["dust_mass"]), "solMass")
assert many.converged.all() and (numpy.diff(many.median["dust_mass"]) > 0).all()
