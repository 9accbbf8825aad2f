#include "fit_sources.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/infer/sed_setup.hpp>
#include <ism/observe/flux_density.hpp>

namespace ism::app {
namespace {

using infer::Measurement;

std::string without(const std::string& name, std::string_view ending) {
    return name.ends_with(ending) && name.size() > ending.size() ? name.substr(0, name.size() - ending.size()) : "";
}

std::string capitals(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

bool is_band(const std::string& name, const std::vector<std::string>& bands) {
    return std::find(bands.begin(), bands.end(), name) != bands.end();
}

/// The errors of a flux whose band is not known are refused: a flux would be left out. What is far from the name of any
/// band, z_err, is somebody else's.
void check_companions(const std::vector<std::string>& names, const std::vector<std::string>& bands,
                      const std::string& where) {
    for (const std::string& name : names) {
        const std::string band = without(name, "_err");
        if (band.empty() || is_band(band, bands)) continue;
        const std::string offer = did_you_mean(capitals(band), bands);
        if (offer.empty()) continue;
        throw InputError({.where = where + ": " + name,
                          .found = "'" + band + "' is no band of the model; " + offer,
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

/// Whether two columns say the same, row by row; where not, the first row that differs.
std::optional<std::size_t> first_difference(const io::Column& one, const io::Column& other) {
    for (std::size_t row = 0; row < one.size(); ++row) {
        const bool same = one.is_text() ? one.texts[row] == other.texts[row]
                                        : one.values[row] == other.values[row] ||
                                              (std::isnan(one.values[row]) && std::isnan(other.values[row]));
        if (!same) return row;
    }
    return std::nullopt;
}

/// A column or EXTNAME as a name of ours, whatever its capitals are: FITS writers turn letters into them.
std::string our_name(const std::string& name, const std::vector<std::string>& bands) {
    const std::string wanted = capitals(name);
    for (const std::string& band : bands) {
        for (const char* ending : {"", "_err", "_flag"}) {
            if (capitals(band + ending) == wanted) return band + ending;
        }
    }
    return wanted.ends_with("_ERR") ? name.substr(0, name.size() - 4) + "_err" : name;
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
    const std::string& name = band.values->name;
    const std::string flag = band.flags == nullptr ? "" : std::string(trimmed(band.flags->texts[row]));
    const Measurement::Kind kind = kind_of(flag, table.place(row) + ": " + name + "_flag");
    const double error = band.errors == nullptr ? std::nan("") : band.error_factor * band.errors->values[row];
    const double value = band.values->values[row];
    if (auto fault = infer::fault_of(value, error, kind)) {
        const std::string column = band.errors != nullptr && error <= 0.0 ? name + "_err" : name;
        fault->where = table.place(row) + ": " + column;
        fault->found += table.shown(row, column);
        throw InputError(*fault);
    }
    return infer::measurement_of(value, error, kind);
}

/// Words; or numbers none of which is given, as an empty column of a CSV file is read.
const io::Column* flags_of(const io::Table& table, const std::string& name) {
    if (!table.has(name)) return nullptr;
    const io::Column& column = table.column(name);
    if (column.is_text()) return &column;
    for (std::size_t row = 0; row < column.values.size(); ++row) {
        if (std::isnan(column.values[row])) continue;
        throw InputError({.where = table.place(row) + ": " + name,
                          .found = "a flag of " + to_text(column.values[row]),
                          .allowed = "upper, lower, or nothing for a detection",
                          .effect = "nothing was fitted"});
    }
    return nullptr;
}

/// Whether a column of words tells detections from limits.
bool tells_limits(const io::Column& column) {
    return std::any_of(column.texts.begin(), column.texts.end(), [](const std::string& text) {
        const std::string_view word = trimmed(text);
        return word == "upper" || word == "lower";
    });
}

/// What looks like an observation and is none by its name: it takes no part, and that must not pass in silence.
void note_unread(FitSources& sources, const io::Column& column, const std::vector<std::string>& bands) {
    const std::string &name = column.name, &unit = column.unit;
    if (name.starts_with("model_") || name.starts_with("true_")) return;  // of an earlier run, or of a simulation
    for (const std::string& band : bands) {
        if (name == band + "_err" || name == band + "_flag") {
            sources.notes.push_back(name + " takes no part in the fit: there is no " + band);
            return;
        }
        if (name.starts_with(band + "_")) {
            sources.notes.push_back(name + " takes no part in the fit: what belongs to " + band + " is called " + band +
                                    "_err or " + band + "_flag");
            return;
        }
    }
    const std::string offer = did_you_mean(capitals(name), bands);
    if (observe::is_observed_flux(unit))
        sources.notes.push_back(name + " [" + unit + "] takes no part in the fit: '" + name +
                                "' is no band of the model" + (offer.empty() ? "" : "; " + offer));
    else if (tells_limits(column))
        sources.notes.push_back(name + " takes no part in the fit: the limits of a band are in a column NAME_flag");
}

void check_unit(const std::string& name, const std::string& unit, const std::string& where) {
    if (!unit.empty()) return;
    throw InputError({.where = where + ": " + name,
                      .found = "it has no unit",
                      .allowed = "Jy, mJy, MJy sr-1, W m-2 ...",
                      .next = "in CSV: '" + name + " [Jy]'"});
}

/// What may be a name, for messages.
std::string allowed_names(const Observables& observables) {
    if (!observables.are_lines) return "names as of ismulate photometry --list";
    return "the names of ismulate describe " + observables.model + ", " + observables.names.front() + " and the like";
}

/// Whether a column belongs to a line that has errors: NAME or NAME_err or NAME_flag, where NAME and NAME_err are
/// there.
bool is_line_of_other_models(const std::string& name, const std::vector<std::string>& names) {
    const std::string base = without(name, "_err") + without(name, "_flag"), line = base.empty() ? name : base;
    return is_band(line, names) && is_band(line + "_err", names);
}

/// Letters and digits alone: "CO v0 j4-v0 j3" is spelled as co_v0_j4__v0_j3 is.
std::string squeezed(const std::string& name) {
    std::string text;
    for (const char c : capitals(name)) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) text += c;
    }
    return text;
}

/// Lines with errors that the model does not have: no model has all, but one may be spelled in another way.
void note_unknown_lines(FitSources& sources, const std::vector<std::string>& names, const Observables& observables) {
    std::string list;
    std::size_t count = 0;
    for (const std::string& name : names) {
        if (is_band(name, observables.names) || !is_band(name + "_err", names)) continue;
        const auto same = std::find_if(observables.names.begin(), observables.names.end(), [&](const auto& known) {
            return !is_band(known, names) && edit_distance(squeezed(name), squeezed(known)) <= 1;
        });
        const std::string nearest = same == observables.names.end() ? "" : *same;
        list += (count++ == 0 ? "" : ", ") + name + (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)");
    }
    if (count == 0) return;
    sources.notes.push_back(std::to_string(count) + (count == 1 ? " line takes" : " lines take") +
                            " no part in the fit, '" + observables.model + "' does not know " +
                            (count == 1 ? "it: " : "them: ") + list);
}

/// Columns of lines without a unit get the model's.
void take_unit(FitSources& sources, io::Table& table, const Observables& observables) {
    std::size_t count = 0;
    for (io::Column& column : table.columns) {
        if (!is_band(column.name, observables.names) || !column.unit.empty() || observables.unit.empty()) continue;
        column.unit = observables.unit;
        ++count;
    }
    if (count > 0)
        sources.notes.push_back(std::to_string(count) + " columns without a unit are taken as " + observables.unit +
                                ", the model's");
}

}  // namespace

FitSources sources_of_table(io::Table table, const Observables& observables) {
    const std::vector<std::string>& bands = observables.names;
    std::vector<std::string> names;
    for (io::Column& column : table.columns) {
        column.name = our_name(column.name, bands);
        if (std::find(names.begin(), names.end(), column.name) != names.end())
            throw InputError({.where = table.source.name,
                              .found = "two columns are called " + column.name + ", but for capitals",
                              .allowed = "each once"});
        names.push_back(column.name);
    }
    FitSources sources;
    if (observables.are_lines) {
        note_unknown_lines(sources, names, observables);
        take_unit(sources, table, observables);
    } else {
        check_companions(names, bands, table.source.name);
    }
    std::vector<BandColumns> columns;
    for (const io::Column& column : table.columns) {
        const std::string base = without(column.name, "_err") + without(column.name, "_flag");
        if (is_band(column.name, bands)) {
            (void)table.numbers(column.name);  // refuses text
            if (!observables.are_lines) check_unit(column.name, column.unit, table.source.name);
            BandColumns found{&column};
            if (table.has(column.name + "_err")) {
                (void)table.numbers(column.name + "_err");
                found.errors = &table.column(column.name + "_err");
                found.error_factor =
                    error_factor(found.errors->unit, column.unit, table.source.name + ": " + column.name + "_err");
            }
            found.flags = flags_of(table, column.name + "_flag");
            columns.push_back(found);
            sources.bands.push_back(column.name);
            sources.units.push_back(column.unit);
        } else if (base.empty() || !is_band(base, bands) || !table.has(base)) {
            if (!observables.are_lines || !is_line_of_other_models(column.name, names)) {
                note_unread(sources, column, bands);
                sources.carried.push_back(column);
            }
        }
    }
    if (columns.empty())
        throw InputError({.where = table.source.name,
                          .found = "no column is called like a band of the model",
                          .allowed = allowed_names(observables) + ", each with a column NAME_err",
                          .next = "rename the columns of fluxes"});
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        std::vector<Measurement> one;
        for (const BandColumns& band : columns) one.push_back(measurement(table, band, row));
        sources.data.push_back(std::move(one));
        sources.places.push_back(table.place(row));
    }
    return sources;
}

io::Table with_errors(io::Table values, const io::Table& errors, const Observables& observables) {
    const auto refuse = [&](const std::string& where, const std::string& found, const std::string& allowed) {
        throw InputError({.where = where, .found = found, .allowed = allowed, .effect = "nothing was fitted"});
    };
    if (errors.row_count() != values.row_count())
        refuse("--errors " + errors.source.name, std::to_string(errors.row_count()) + " rows",
               std::to_string(values.row_count()) + ", as " + values.source.name + " has");
    for (const io::Column& column : errors.columns) {
        const std::string ours = our_name(column.name, observables.names), base = without(ours, "_err");
        const std::string name = base.empty() ? ours : base;
        const auto value = std::find_if(values.columns.begin(), values.columns.end(), [&](const io::Column& one) {
            return one.name == column.name || our_name(one.name, observables.names) == name;
        });
        if (value == values.columns.end())
            refuse("--errors " + errors.source.name,
                   "a column " + column.name + ", of which " + values.source.name + " has no value",
                   "columns called alike in both files");
        const bool place = capitals(name) == "X" || capitals(name) == "Y" || column.is_text() || value->is_text();
        if (!is_band(name, observables.names) && base.empty()) {
            if (column.is_text() != value->is_text())
                refuse("--errors " + errors.source.name, "column " + name + " has words in one file only", "");
            const auto differing = first_difference(*value, column);
            if (!differing) continue;  // names and places of the sources
            if (place)
                refuse(errors.place(*differing) + ": " + column.name,
                       "another " + column.name + " than in " + values.place(*differing),
                       "the same rows in the same order");
        }
        if (values.has(value->name + "_err"))
            refuse("--errors " + errors.source.name, values.source.name + " has a column " + value->name + "_err too",
                   "one of them");
        io::Column error = column;
        error.name = value->name + "_err";
        values.columns.push_back(std::move(error));
    }
    return values;
}

void censor(FitSources& sources, double sigmas) {
    std::size_t count = 0;
    for (std::vector<Measurement>& source : sources.data) {
        for (Measurement& one : source) {
            if (one.kind != Measurement::Kind::detection || !(one.value < sigmas * one.error)) continue;
            one = {.kind = Measurement::Kind::upper_limit, .value = sigmas * one.error, .error = one.error};
            ++count;
        }
    }
    sources.notes.push_back(std::to_string(count) + " values below " + to_text(sigmas) +
                            " sigma are taken as upper limits there");
}

namespace {

/// Pixels of a column of whole numbers, from the smallest on.
struct PixelAxis {
    explicit PixelAxis(const FitSources& sources, const char* name) {
        const auto column = std::find_if(sources.carried.begin(), sources.carried.end(),
                                         [&](const io::Column& one) { return capitals(one.name) == name; });
        if (column == sources.carried.end() || column->is_text())
            throw InputError({.where = "--maps",
                              .found = std::string("no column of numbers ") + name,
                              .allowed = "columns X and Y: the pixels of the sources"});
        values = column->values;
        low = *std::min_element(values.begin(), values.end());
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i] == std::floor(values[i]) && values[i] - low < most) continue;
            throw InputError({.where = sources.places[i] + ": " + column->name,
                              .found = to_text(values[i]),
                              .allowed = "whole numbers, at most " + to_text(most) + " apart"});
        }
        count = static_cast<std::size_t>(*std::max_element(values.begin(), values.end()) - low) + 1;
    }
    [[nodiscard]] std::size_t at(std::size_t i) const { return static_cast<std::size_t>(values[i] - low); }
    static constexpr double most = 20000;
    std::vector<double> values;
    double low = 0;
    std::size_t count = 0;
};

/// A FITS card of a number.
std::string number_card(const std::string& key, const std::string& value) {
    return key + std::string(8 - key.size(), ' ') + "= " + std::string(20 - value.size(), ' ') + value;
}

}  // namespace

void set_pixels(FitSources& sources) {
    const PixelAxis x(sources, "X"), y(sources, "Y");
    sources.grid.width = x.count;
    sources.grid.height = y.count;
    sources.grid.source = sources.places.front();
    // pixel 1 is the lowest X and Y of the table
    sources.grid.wcs = {number_card("CRPIX1", "1.0"),          number_card("CRVAL1", to_text(x.low)),
                        number_card("CDELT1", "1.0"),          number_card("CRPIX2", "1.0"),
                        number_card("CRVAL2", to_text(y.low)), number_card("CDELT2", "1.0")};
    std::vector<std::vector<Measurement>> data(sources.grid.size(), std::vector<Measurement>(sources.bands.size()));
    std::vector<std::string> places(sources.grid.size());
    for (std::size_t i = 0; i < sources.data.size(); ++i) {
        const std::size_t pixel = y.at(i) * x.count + x.at(i);
        if (!places[pixel].empty())
            throw InputError({.where = sources.places[i],
                              .found = "the pixel of " + places[pixel],
                              .allowed = "each pixel once",
                              .effect = "nothing was fitted"});
        data[pixel] = std::move(sources.data[i]);
        places[pixel] = sources.places[i];
    }
    for (std::size_t k = 0; k < places.size(); ++k) {
        if (places[k].empty())
            places[k] = "pixel " + to_text(x.low + static_cast<double>(k % x.count)) + ", " +
                        to_text(y.low + static_cast<double>(k / x.count));
    }
    sources.data = std::move(data);
    sources.places = std::move(places);
    sources.carried.clear();
}

void set_truths(FitSources& sources, const std::vector<infer::Coordinate>& coordinates) {
    std::vector<const io::Column*> columns;
    std::vector<double> factors;
    for (const infer::Coordinate& one : coordinates) {
        const auto found = std::find_if(sources.carried.begin(), sources.carried.end(), [&](const io::Column& column) {
            return column.name == "true_" + one.name && !column.is_text();
        });
        if (found == sources.carried.end()) return;
        factors.push_back(found->unit.empty() || one.unit.empty() ? 1.0 : conversion_factor(found->unit, one.unit));
        columns.push_back(&*found);
    }
    for (std::size_t i = 0; i < sources.data.size(); ++i) {
        for (std::size_t k = 0; k < columns.size(); ++k) sources.truths.push_back(factors[k] * columns[k]->values[i]);
    }
}

namespace {

/// A map and that of its errors.
struct BandMaps {
    const io::Image *values, *errors, *flags;  // flags may be missing
    double error_factor;
    std::size_t without_error = 0, infinite = 0;  // pixels with a value but no usable error, and infinite ones

    Measurement at(std::size_t i, const std::string& place) {
        const double value = values->values[i], error = errors->values[i] * error_factor;
        if (std::isnan(value)) return {};
        if (error < 0.0)
            throw InputError({.where = errors->source + ", " + place + ": " + errors->name,
                              .found = "the error is " + to_text(error),
                              .allowed = "a positive standard deviation; 0, NaN or inf where nothing was observed",
                              .effect = "nothing was fitted"});
        if (std::isinf(value)) return ++infinite, Measurement{};
        const Measurement::Kind kind = flags == nullptr ? Measurement::Kind::detection : kind_at(i, place);
        if (kind != Measurement::Kind::detection && !(error > 0.0)) return limit_without_error(value, kind, place);
        if (!(error > 0.0) || std::isinf(error)) return ++without_error, Measurement{};
        return {.kind = kind, .value = value, .error = error};
    }
    [[nodiscard]] Measurement limit_without_error(double value, Measurement::Kind kind,
                                                  const std::string& place) const {
        if (auto fault = infer::fault_of(value, std::nan(""), kind)) {
            fault->where = values->source + ", " + place + ": " + values->name;
            throw InputError(*fault);
        }
        return infer::measurement_of(value, std::nan(""), kind);
    }
    [[nodiscard]] Measurement::Kind kind_at(std::size_t i, const std::string& place) const {
        const double flag = flags->values[i];
        if (std::isnan(flag) || flag == 0.0) return Measurement::Kind::detection;
        if (flag == 1.0) return Measurement::Kind::upper_limit;
        if (flag == -1.0) return Measurement::Kind::lower_limit;
        throw InputError({.where = flags->source + ", " + place + ": " + flags->name,
                          .found = "a flag of " + to_text(flag),
                          .allowed = "1 for an upper limit, -1 for a lower one, 0 for a detection",
                          .effect = "nothing was fitted"});
    }
    [[nodiscard]] std::string note() const {
        const auto counted = [](std::size_t count, const char* what) {
            return count == 0 ? std::string() : std::to_string(count) + (count == 1 ? " pixel " : " pixels ") + what;
        };
        const std::string no_error = counted(without_error, "with a value but an error of 0, NaN or inf"),
                          infinities = counted(infinite, "with an infinite value");
        if (no_error.empty() && infinities.empty()) return "";
        return values->name + ": " + no_error + (no_error.empty() || infinities.empty() ? "" : "; ") + infinities +
               ": taken as not observed";
    }
};

bool has_image(const std::vector<io::Image>& images, const std::string& name) {
    return std::any_of(images.begin(), images.end(), [&](const io::Image& image) { return image.name == name; });
}

}  // namespace

FitSources sources_of_maps(std::vector<io::Image> images, const Observables& observables) {
    const std::vector<std::string>& bands = observables.names;
    std::vector<std::string> names;
    for (io::Image& image : images) {
        image.name = our_name(image.name, bands);
        if (observables.are_lines && is_band(image.name, bands) && image.unit.empty()) image.unit = observables.unit;
        names.push_back(image.name);
    }
    FitSources sources;
    if (observables.are_lines)
        note_unknown_lines(sources, names, observables);
    else
        check_companions(names, bands, images.front().source);
    std::vector<BandMaps> maps;
    for (const io::Image& image : images) {
        if (!is_band(image.name, bands)) {
            const std::string base = without(image.name, "_err") + without(image.name, "_flag");
            if (!is_band(base, bands) || !has_image(images, base))
                note_unread(sources, {image.name, image.unit, "", {}, {}}, bands);
            continue;
        }
        const auto error = std::find_if(images.begin(), images.end(),
                                        [&](const io::Image& other) { return other.name == image.name + "_err"; });
        if (error == images.end())
            throw InputError({.where = image.source,
                              .found = image.name + " has no map of errors",
                              .allowed = "an image " + image.name + "_err"});
        if (!observables.are_lines) check_unit(image.name, image.unit, image.source);
        if (!maps.empty()) io::check_same_grid(*maps.front().values, image);
        io::check_same_grid(image, *error);
        const auto flags = std::find_if(images.begin(), images.end(),
                                        [&](const io::Image& other) { return other.name == image.name + "_flag"; });
        if (flags != images.end()) io::check_same_grid(image, *flags);
        maps.push_back({&image, &*error, flags == images.end() ? nullptr : &*flags,
                        error_factor(error->unit, image.unit, error->source + ": " + error->name)});
        sources.bands.push_back(image.name);
        sources.units.push_back(image.unit);
    }
    if (maps.empty())
        throw InputError({.where = images.front().source,
                          .found = "no image is called like a band of the model",
                          .allowed = allowed_names(observables) + " by EXTNAME, and NAME_err for its errors"});
    sources.grid = *maps.front().values;
    sources.grid.values.clear();
    for (std::size_t i = 0; i < sources.grid.size(); ++i) {
        sources.places.push_back("pixel " + std::to_string(i % sources.grid.width + 1) + ", " +
                                 std::to_string(i / sources.grid.width + 1));
        std::vector<Measurement> pixel;
        for (BandMaps& map : maps) pixel.push_back(map.at(i, sources.places.back()));
        sources.data.push_back(std::move(pixel));
    }
    for (const BandMaps& map : maps) {
        if (std::string note = map.note(); !note.empty()) sources.notes.push_back(std::move(note));
    }
    return sources;
}

}  // namespace ism::app
