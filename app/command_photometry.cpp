#include <cmath>
#include <iostream>

#include <ism/base/atomic_file.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/io/table.hpp>
#include <ism/observe/flux_density.hpp>
#include <ism/observe/photometry.hpp>

#include "bands_option.hpp"
#include "output.hpp"

namespace ism::app {
namespace {

struct PhotometryOptions {
    std::string spectrum;
    std::string bands;
    std::string column;
    std::string convention = "instrument";
    bool list = false;
};

using observe::Density, observe::density_of, observe::to_nu_f_nu;

/// The columns that hold spectra: the one that was named, or all whose unit is one of a flux.
std::vector<const io::Column*> spectra_of(const io::Table& table, const PhotometryOptions& options) {
    std::vector<const io::Column*> columns;
    for (const io::Column& column : table.columns) {
        if (column.name == "wavelength" || column.is_text()) continue;
        const bool wanted =
            options.column.empty() ? density_of(column.unit) != Density::none : column.name == options.column;
        if (wanted) columns.push_back(&column);
    }
    if (!options.column.empty()) (void)table.numbers(options.column);  // says which columns there are
    if (columns.empty())
        throw InputError({.where = options.spectrum,
                          .found = "no column has the unit of a flux",
                          .allowed = "Jy, W m-2 um-1, erg s-1 cm-2, erg s-1 H-1 and the like",
                          .next = "give the columns units; in CSV: 'flux [Jy]'"});
    if (density_of(columns[0]->unit) == Density::none)
        throw InputError({.where = options.spectrum + ": column " + columns[0]->name,
                          .found = "unit '" + columns[0]->unit + "'",
                          .allowed = "that of a flux: Jy, W m-2 um-1, erg s-1 cm-2, erg s-1 H-1 and the like"});
    return columns;
}

void add_fluxes(io::Table& table, const io::Column& column, const observe::Photometer& photometer,
                const std::vector<double>& wavelengths, const io::Table& source) {
    const Density density = density_of(column.unit);
    std::vector<double> spectrum = source.numbers(column.name);
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
        if (!std::isfinite(spectrum[i]))
            throw InputError({.where = source.place(i),
                              .found = column.name + " is missing or not finite" + source.shown(i, column.name),
                              .allowed = "a number at every wavelength"});
        spectrum[i] *= to_nu_f_nu(density, wavelengths[i]);
    }
    io::Column fluxes{column.name, column.unit, "quoted at the band's wavelength", {}, {}};
    io::Column corrections{
        "colour_correction_" + column.name, "", "quoted / monochromatic flux at the band's wavelength", {}, {}};
    fluxes.values.resize(photometer.bands().size());
    photometer.apply(spectrum, fluxes.values);
    corrections.values = observe::colour_corrections(photometer, wavelengths, spectrum);
    for (std::size_t b = 0; b < fluxes.values.size(); ++b)
        fluxes.values[b] /= to_nu_f_nu(density, photometer.bands()[b].reference_wavelength);
    table.columns.push_back(std::move(fluxes));
    table.columns.push_back(std::move(corrections));
}

io::Table table_of(const std::vector<observe::Band>& bands) {
    io::Table table;
    table.columns = {{"band", "", "", {}, {}},
                     {"instrument", "", "", {}, {}},
                     {"wavelength", "um", "where the flux is quoted", {}, {}}};
    for (const observe::Band& band : bands) {
        table.columns[0].texts.push_back(band.name);
        table.columns[1].texts.push_back(band.instrument);
        table.columns[2].values.push_back(band.reference_wavelength);
    }
    return table;
}

io::Table list_of_bands(const std::vector<observe::Band>& bands) {
    io::Table table = table_of(bands);
    io::Column pivot{"pivot", "um", "pivot wavelength of the photon response", {}, {}};
    io::Column counter{"counter", "", "what the detector counts", {}, {}};
    io::Column reference{"reference", "", "spectrum for which the flux is quoted", {}, {}};
    io::Column curve{"curve", "", "a measured curve, or a rectangle in its place", {}, {}};
    io::Column origin{"origin", "", "", {}, {}};
    for (const observe::Band& band : bands) {
        pivot.values.push_back(band.pivot_wavelength());
        counter.texts.emplace_back(band.counter == observe::Counter::photon ? "photon" : "energy");
        reference.texts.push_back(band.reference.str());
        curve.texts.emplace_back(band.rectangle ? "rectangle" : "curve");
        origin.texts.push_back(band.origin);
    }
    for (io::Column* column : {&pivot, &counter, &reference, &curve, &origin})
        table.columns.push_back(std::move(*column));
    return table;
}

void photometry(Context& context, const PhotometryOptions& options) {
    check_table_output(context);
    Provenance provenance = context.provenance();
    provenance.seed.clear();  // nothing here is random
    const bool all = options.bands.empty();
    std::vector<observe::Band> bands;
    if (!all) bands = bands_from(options.bands);
    if (options.list) {
        if (all) bands.assign(observe::shipped_bands().begin(), observe::shipped_bands().end());
        return put_table(context, list_of_bands(bands), provenance);
    }
    if (options.spectrum.empty())
        throw InputError({.where = "photometry",
                          .found = "no spectrum",
                          .allowed = "a table with a column 'wavelength'",
                          .next = "ismulate photometry sed.ecsv --bands PACS,SPIRE; --list shows the bands"});
    const io::Table source = io::read_table(options.spectrum);
    const std::vector<double> wavelengths = io::wavelengths_of(source);
    if (all) bands = observe::bands_within(wavelengths);
    const observe::Photometer photometer(bands, wavelengths, convention_of(options.convention));
    io::Table table = table_of(photometer.bands());
    for (const io::Column* column : spectra_of(source, options))
        add_fluxes(table, *column, photometer, wavelengths, source);
    provenance.settings.emplace_back("convention", options.convention);
    provenance.inputs.emplace_back(options.spectrum, sha256(read_whole(options.spectrum)));
    put_table(context, std::move(table), provenance);
}

}  // namespace

void add_photometry(CLI::App& program, Context& context) {
    const auto options = std::make_shared<PhotometryOptions>();
    CLI::App& command = add_command(program, context, "photometry", "fluxes of a spectrum in the bands of instruments",
                                    "ismulate photometry sed.ecsv --bands PACS,SPIRE,MIPS_24 -o bands.ecsv\n"
                                    "  ismulate photometry --list\n\n"
                                    "Without --bands: all that come with the program and lie on the spectrum.",
                                    [&context, options] { photometry(context, *options); });
    command.add_option("spectrum", options->spectrum, "a table with a column 'wavelength' and columns of fluxes")
        ->type_name("FILE");
    add_bands_options(command, options->bands, options->convention);
    command.add_option("--column", options->column, "the column of the spectrum (default: every flux)")
        ->type_name("NAME");
    command.add_flag("--list", options->list, "show the bands instead");
}

}  // namespace ism::app
