#include "fit_sources.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/infer/sed_setup.hpp>

namespace ism::app {
namespace {

using infer::Measurement;

std::string without(const std::string& name, std::string_view ending) {
    return name.ends_with(ending) && name.size() > ending.size() ? name.substr(0, name.size() - ending.size()) : "";
}

bool is_band(const std::string& name, const std::vector<std::string>& bands) {
    return std::find(bands.begin(), bands.end(), name) != bands.end();
}

/// NAME_err and NAME_flag must belong to a band.
void check_companions(const std::vector<std::string>& names, const std::vector<std::string>& bands,
                      const std::string& where) {
    for (const std::string& name : names) {
        const std::string band = without(name, "_err");
        if (band.empty() || is_band(band, bands)) continue;
        throw InputError({.where = where + ": " + name,
                          .found = "'" + band + "' is no band of the model; " + did_you_mean(band, bands),
                          .next = "ismulate photometry --list shows the bands; rename what is no flux"});
    }
}

/// Factor from the unit of the errors to that of the values.
double error_factor(const std::string& from, const std::string& to, const std::string& where) {
    if (from.empty() || from == to) return 1.0;
    if (!Unit(from).same_dimension(Unit(to)))
        throw InputError({.where = where,
                          .found = "its unit is " + from + ", that of the flux " + to,
                          .allowed = "units of one kind"});
    return conversion_factor(from, to);
}

/// EXTNAME as a name of ours: FITS writers turn letters into capitals.
std::string map_name(const std::string& name, const std::vector<std::string>& bands) {
    constexpr std::string_view ending = "_ERR";
    const auto capitals = [](std::string text) {
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    };
    std::string wanted = capitals(name);
    const bool error = wanted.ends_with(ending);
    if (error) wanted.resize(wanted.size() - ending.size());
    for (const std::string& band : bands) {
        if (capitals(band) == wanted) return band + (error ? "_err" : "");
    }
    return error ? wanted + "_err" : name;
}

/// One column of fluxes with its errors and flags.
struct BandColumns {
    const io::Column* values;
    const io::Column* errors = nullptr;
    const io::Column* flags = nullptr;
    double error_factor = 1.0;
};

Measurement::Kind kind_of(const std::string& flag, const std::string& place) {
    if (flag.empty() || flag == "detection") return Measurement::Kind::detection;
    if (flag == "upper") return Measurement::Kind::upper_limit;
    if (flag == "lower") return Measurement::Kind::lower_limit;
    throw InputError(
        {.where = place, .found = "flag '" + flag + "'", .allowed = "upper, lower, or nothing for a detection"});
}

Measurement measurement(const io::Table& table, const BandColumns& band, std::size_t row) {
    const auto refuse = [&](const std::string& found, const std::string& allowed, const std::string& column) {
        throw InputError({.where = table.place(row), .found = found + table.shown(row, column), .allowed = allowed});
    };
    const std::string& name = band.values->name;
    const double value = band.values->values[row];
    const double error = band.errors == nullptr ? std::nan("") : band.error_factor * band.errors->values[row];
    const std::string flag = band.flags == nullptr ? "" : std::string(trimmed(band.flags->texts[row]));
    const Measurement::Kind kind = kind_of(flag, table.place(row) + ": " + name + "_flag");
    if (std::isnan(value)) {
        if (kind != Measurement::Kind::detection) refuse(name + " is a limit without a value", "the limit", name);
        return {};
    }
    if (std::isinf(value)) refuse(name + " is infinite", "a number, or empty where it was not observed", name);
    if (kind != Measurement::Kind::detection && std::isnan(error)) {
        if (!(value > 0.0))
            refuse(name + " is a limit of " + to_text(value) + " without an error", "a positive limit", name);
        return {.kind = kind, .value = value, .error = value / infer::sigmas_of_a_limit};
    }
    if (std::isnan(error))
        refuse(name + " has no error", "a column " + name + "_err with its standard deviation", name);
    if (!(error > 0.0)) refuse(name + "_err = " + to_text(error), "a positive standard deviation", name + "_err");
    return {.kind = kind, .value = value, .error = error};
}

void check_unit(const std::string& name, const std::string& unit, const std::string& where) {
    if (!unit.empty()) return;
    throw InputError({.where = where + ": " + name,
                      .found = "it has no unit",
                      .allowed = "Jy, mJy, MJy sr-1, W m-2 ...",
                      .next = "in CSV: '" + name + " [Jy]'"});
}

}  // namespace

FitSources sources_of_table(const io::Table& table, const std::vector<std::string>& bands) {
    std::vector<std::string> names;
    for (const io::Column& column : table.columns) names.push_back(column.name);
    check_companions(names, bands, table.source.name);
    FitSources sources;
    std::vector<BandColumns> columns;
    for (const io::Column& column : table.columns) {
        const std::string base = without(column.name, "_err") + without(column.name, "_flag");
        if (is_band(column.name, bands)) {
            (void)table.numbers(column.name);  // refuses text
            check_unit(column.name, column.unit, table.source.name);
            BandColumns found{&column};
            if (table.has(column.name + "_err")) {
                (void)table.numbers(column.name + "_err");
                found.errors = &table.column(column.name + "_err");
                found.error_factor =
                    error_factor(found.errors->unit, column.unit, table.source.name + ": " + column.name + "_err");
            }
            if (table.has(column.name + "_flag") && table.column(column.name + "_flag").is_text())
                found.flags = &table.column(column.name + "_flag");
            columns.push_back(found);
            sources.bands.push_back(column.name);
            sources.units.push_back(column.unit);
        } else if (base.empty() || !is_band(base, bands)) {
            sources.carried.push_back(column);
        }
    }
    if (columns.empty())
        throw InputError({.where = table.source.name,
                          .found = "no column is called like a band of the model",
                          .allowed = "names as of ismulate photometry --list, each with a column NAME_err",
                          .next = "rename the columns of fluxes"});
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        std::vector<Measurement> one;
        for (const BandColumns& band : columns) one.push_back(measurement(table, band, row));
        sources.data.push_back(std::move(one));
        sources.places.push_back(table.place(row));
    }
    return sources;
}

void set_truths(FitSources& sources, const std::vector<infer::Coordinate>& coordinates) {
    std::vector<const io::Column*> columns;
    for (const infer::Coordinate& one : coordinates) {
        const auto found = std::find_if(sources.carried.begin(), sources.carried.end(), [&](const io::Column& column) {
            return column.name == "true_" + one.name && !column.is_text();
        });
        if (found == sources.carried.end()) return;
        columns.push_back(&*found);
    }
    for (std::size_t i = 0; i < sources.data.size(); ++i) {
        for (const io::Column* column : columns) sources.truths.push_back(column->values[i]);
    }
}

FitSources sources_of_maps(std::vector<io::Image> images, const std::vector<std::string>& bands) {
    std::vector<std::string> names;
    for (io::Image& image : images) {
        image.name = map_name(image.name, bands);
        names.push_back(image.name);
    }
    check_companions(names, bands, images.front().source);
    FitSources sources;
    std::vector<std::pair<const io::Image*, const io::Image*>> pairs;
    for (const io::Image& image : images) {
        if (!is_band(image.name, bands)) continue;
        const auto error = std::find_if(images.begin(), images.end(),
                                        [&](const io::Image& other) { return other.name == image.name + "_err"; });
        if (error == images.end())
            throw InputError({.where = image.source,
                              .found = image.name + " has no map of errors",
                              .allowed = "an image " + image.name + "_err"});
        check_unit(image.name, image.unit, image.source);
        if (!pairs.empty()) io::check_same_grid(*pairs.front().first, image);
        io::check_same_grid(image, *error);
        pairs.emplace_back(&image, &*error);
        sources.bands.push_back(image.name);
        sources.units.push_back(image.unit);
    }
    if (pairs.empty())
        throw InputError({.where = images.front().source,
                          .found = "no image is called like a band of the model",
                          .allowed = "EXTNAME as of ismulate photometry --list, and NAME_err for its errors"});
    sources.grid = *pairs.front().first;
    sources.grid.values.clear();
    for (std::size_t i = 0; i < sources.grid.size(); ++i) {
        std::vector<Measurement> pixel;
        for (const auto& [value, error] : pairs) {
            const double sigma = error->values[i] * error_factor(error->unit, value->unit, error->source);
            const bool seen = std::isfinite(value->values[i]) && std::isfinite(sigma) && sigma > 0.0;
            pixel.push_back(
                seen ? Measurement{.kind = Measurement::Kind::detection, .value = value->values[i], .error = sigma}
                     : Measurement{});
        }
        sources.data.push_back(std::move(pixel));
        sources.places.push_back("pixel " + std::to_string(i % sources.grid.width + 1) + ", " +
                                 std::to_string(i / sources.grid.width + 1));
    }
    return sources;
}

}  // namespace ism::app
