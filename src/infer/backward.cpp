#include <ism/infer/backward.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>

namespace ism::infer {
namespace {

using nlohmann::json;
using Kind = Measurement::Kind;

constexpr std::size_t sources_of_a_task = 500;

/// ln of the value of a band, finite where noise left none.
double log_value(const Measurement& one) {
    return std::log(one.error) + std::asinh(one.value / one.error) - std::numbers::ln2;
}

double level_of(std::span<const Measurement> seen) {
    double sum = 0, weights = 0;
    for (const Measurement& one : seen) {
        if (one.kind == Kind::missing) continue;
        const double signal = one.kind == Kind::detection ? std::max(one.value, 0.0) / one.error : 0.0;
        const double weight = 1e-3 + signal * signal / (1 + signal * signal);
        sum += weight * log_value(one);
        weights += weight;
    }
    if (!(weights > 0))
        throw InputError({.where = "observation", .found = "every band is missing", .allowed = "at least one"});
    return sum / weights;
}

FitProblem any_problem(const SedFit& fit) {
    return fit.problem(
        std::vector<Measurement>(fit.setup().bands.size(), {.kind = Kind::detection, .value = 1, .error = 1}));
}

double between(Random& random, double low, double high) { return low * std::pow(high / low, random.uniform()); }

}  // namespace

double BackwardInputs::fill(std::span<const Measurement> seen, std::span<double> inputs) {
    const double level = level_of(seen);
    for (std::size_t b = 0; b < seen.size(); ++b) {
        const Measurement& one = seen[b];
        const auto four = inputs.subspan(4 * b, 4);
        std::fill(four.begin(), four.end(), 0.0);
        if (one.kind == Kind::missing) continue;
        four[0] = std::asinh(one.value / one.error);
        four[1] = log_value(one) - level;
        four[2] = one.kind == Kind::detection ? 1 : 0;
        four[3] = one.kind == Kind::upper_limit ? 1 : one.kind == Kind::lower_limit ? -1 : 0;
    }
    inputs.back() = level;
    return level;
}

emulate::EmulatorRecord to_emulator(const BackwardRecord& record) {
    json coordinates = json::array();
    for (const BackwardCoordinate& one : record.coordinates)
        coordinates.push_back({{"name", one.name},
                               {"unit", one.unit},
                               {"scale", to_string(one.scale)},
                               {"low", one.low},
                               {"high", one.high},
                               {"is_amount", one.is_amount}});
    emulate::EmulatorRecord file = record.network;
    file.backward = json{{"bands", record.bands},
                         {"wavelengths", record.wavelengths},
                         {"coordinates", coordinates},
                         {"amount", to_string(record.amount)},
                         {"model", record.model},
                         {"model_unit", record.model_unit},
                         {"dust_to_hydrogen", record.dust_to_hydrogen}}
                        .dump();
    return file;
}

std::optional<BackwardRecord> backward_from(const emulate::EmulatorRecord& file) {
    if (file.backward.empty()) return std::nullopt;
    try {
        const json text = json::parse(file.backward);
        BackwardRecord record{.network = file,
                              .bands = text.at("bands"),
                              .wavelengths = text.at("wavelengths"),
                              .coordinates = {},
                              .amount = amount_from_string(text.at("amount").get<std::string>()),
                              .model = text.at("model"),
                              .model_unit = text.at("model_unit"),
                              .dust_to_hydrogen = text.at("dust_to_hydrogen")};
        for (const json& one : text.at("coordinates"))
            record.coordinates.push_back({.name = one.at("name"),
                                          .unit = one.at("unit"),
                                          .scale = scale_from_string(one.at("scale").get<std::string>()),
                                          .low = one.at("low"),
                                          .high = one.at("high"),
                                          .is_amount = one.at("is_amount")});
        return record;
    } catch (const json::exception& error) {
        throw InputError({.where = "backward network '" + file.info.name + "'",
                          .found = "what it finds cannot be read: " + std::string(error.what()),
                          .next = "train it again"});
    }
}

Backward::Backward(BackwardRecord record)
    : record_(std::move(record)), network_(record_.network, {.outside = emulate::Outside::nearest}) {
    if (record_.wavelengths.size() != record_.bands.size() ||
        network_.info().parameter_count() != BackwardInputs::count(record_.bands.size()) ||
        network_.info().output_count() != estimates_per_coordinate * record_.coordinates.size())
        throw InputError({.where = "backward network '" + network_.info().name + "'",
                          .found = "its inputs or outputs do not fit its bands and coordinates",
                          .next = "train it again"});
}

std::vector<Estimate> Backward::estimate(std::span<const Measurement> seen) const {
    const std::size_t bands = record_.bands.size(), count = seen.size() / bands, d = record_.coordinates.size();
    const std::size_t width = BackwardInputs::count(bands), outputs = d * estimates_per_coordinate;
    std::vector<Estimate> estimates(count * d);
    const auto task = [&](std::size_t first, std::size_t last) {
        std::vector<double> inputs((last - first) * width), levels(last - first), found((last - first) * outputs);
        for (std::size_t i = first; i < last; ++i)
            levels[i - first] = BackwardInputs::fill(seen.subspan(i * bands, bands),
                                                     std::span(inputs).subspan((i - first) * width, width));
        network_.evaluate(inputs, std::span<double>(found));
        for (std::size_t i = first; i < last; ++i) {
            for (std::size_t k = 0; k < d; ++k) {
                const BackwardCoordinate& of = record_.coordinates[k];
                const auto numbers = std::span(found).subspan((i - first) * outputs + k * estimates_per_coordinate,
                                                              estimates_per_coordinate);
                std::sort(numbers.begin() + 1, numbers.end());  // the network learns each quantile by itself
                for (double& s : numbers) {
                    if (of.is_amount) s += levels[i - first];
                    s = std::clamp(of.scale == Scale::log ? std::exp(s) : s, of.low, of.high);
                }
                estimates[i * d + k] = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
            }
        }
    };
    parallel_for((count + sources_of_a_task - 1) / sources_of_a_task,
                 [&](std::size_t t) { task(t * sources_of_a_task, std::min(count, (t + 1) * sources_of_a_task)); });
    return estimates;
}

std::vector<std::size_t> Backward::outside(std::span<const Measurement> seen) const {
    const std::size_t bands = record_.bands.size(), width = BackwardInputs::count(bands);
    const std::vector<Parameter>& inputs = network_.info().parameters;
    std::vector<std::size_t> counts(seen.size() / bands, 0);
    std::vector<double> numbers(width);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto source = seen.subspan(i * bands, bands);
        BackwardInputs::fill(source, numbers);
        for (std::size_t k = 0; k < width; ++k) {
            const bool limit = k < 4 * bands && k % 4 == 3;  // a lower limit counts once, below
            if (!limit && !(numbers[k] >= inputs[k].low && numbers[k] <= inputs[k].high)) ++counts[i];
        }
        counts[i] += static_cast<std::size_t>(
            std::count_if(source.begin(), source.end(), [](const auto& one) { return one.kind == Kind::lower_limit; }));
    }
    return counts;
}

SyntheticSources::SyntheticSources(const SedFit& fit, const ObservingOptions& options)
    : fit_(fit), options_(options), problem_(any_problem(fit)) {}

void SyntheticSources::draw(Random& random, std::span<double> truth, std::span<Measurement> seen) {
    const std::size_t d = fit_.coordinates().size(), bands = fit_.setup().bands.size();
    for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = fit_.coordinates()[i % d].prior.sample(random);
    fluxes_.resize(seen.size());
    problem_.fluxes(truth, fluxes_);
    for (std::size_t i = 0; i < truth.size() / d; ++i)
        observe(random, std::span(fluxes_).subspan(i * bands, bands), seen.subspan(i * bands, bands));
}

void SyntheticSources::observe(Random& random, std::span<const double> fluxes, std::span<Measurement> seen) const {
    const SedFitSetup& setup = fit_.setup();
    const std::size_t brightest =
        static_cast<std::size_t>(std::max_element(fluxes.begin(), fluxes.end()) - fluxes.begin());
    const double relative = between(random, options_.least_relative, options_.most_relative);
    const double scatter = between(random, options_.least_scatter, options_.most_scatter);
    const double background = fluxes[brightest] * between(random, options_.least_background, options_.most_background);
    const double slope = options_.steepest_background * (2 * random.uniform() - 1);
    const double missing = random.uniform() < 0.5 ? options_.most_missing * random.uniform() : 0.0;
    const bool limits = random.uniform() < 0.5;
    const std::size_t kept = random.below(seen.size());  // something was seen of every source
    std::map<std::string, double> calibration;
    for (const auto& [instrument, fraction] : setup.calibration)
        calibration[instrument] = 1 + fraction * random.normal();
    for (std::size_t b = 0; b < seen.size(); ++b) {
        const FluxBand& band = setup.bands[b];
        const double sky = background * std::pow(band.wavelength / setup.bands[brightest].wavelength, slope) *
                           std::exp(options_.background_scatter * random.normal());
        const double growing = relative * std::exp(scatter * random.normal());
        const auto known = calibration.find(band.instrument);
        const double factor = known == calibration.end() ? 1.0 : known->second;
        const double value = fluxes[b] * (factor + setup.floor * random.normal()) +
                             std::hypot(growing * fluxes[b], sky) * random.normal();
        const double error = std::hypot(growing * std::max(value, 0.0), sky);
        const bool observed = !(random.uniform() < missing) || b == kept;
        const bool limit = limits && value < options_.limit_below * error;
        seen[b] = {.kind = !observed ? Kind::missing
                           : limit   ? Kind::upper_limit
                                     : Kind::detection,
                   .value = limit ? options_.limit_below * error : value,
                   .error = error};
    }
}

}  // namespace ism::infer
