#include <ism/emulate/emulator_file.hpp>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

#include "safetensors.hpp"

namespace ism::emulate {
namespace {

using nlohmann::json;
using std::to_string;

const std::string format_name = "ismulate-emulator";

// --- declaration: what goes in and what comes out -----------------------------------------------------------------

json json_of(const Parameter& p) {
    return {{"name", p.name}, {"unit", p.unit},        {"low", p.low},
            {"high", p.high}, {"default", p.fallback}, {"scale", to_string(p.scale)},
            {"help", p.help}};
}

Parameter parameter_from(const json& item) {
    return {.name = item.at("name"),
            .unit = item.at("unit"),
            .low = item.at("low"),
            .high = item.at("high"),
            .fallback = item.at("default"),
            .scale = scale_from_string(item.at("scale").get<std::string>()),
            .help = item.at("help")};
}

json json_of(const ErrorRow& row) {
    return {{"quantity", row.quantity},           {"models", row.models},  {"median", row.median}, {"mean", row.mean},
            {"percentile_99", row.percentile_99}, {"maximum", row.maximum}};
}

/// JSON converts numbers silently; a count that is negative or broken is refused here.
std::size_t count_from(const json& item, const char* key) {
    const json& number = item.at(key);
    if (!number.is_number_unsigned()) throw json::type_error::create(302, std::string(key) + " is no count", &item);
    return number.get<std::size_t>();
}

ErrorRow error_row_from(const json& item) {
    return {.quantity = item.at("quantity"),
            .models = count_from(item, "models"),
            .median = item.at("median"),
            .mean = item.at("mean"),
            .percentile_99 = item.at("percentile_99"),
            .maximum = item.at("maximum")};
}

void write_info(const ModelInfo& info, Metadata& metadata, TensorWriter& tensors) {
    metadata["model"] = json{
        {"name", info.name},
        {"summary", info.summary},
        {"output_name", info.output_name},
        {"output_unit", info.output_unit},
        {"output_scale", to_string(info.output_scale)},
        {"output_help",
         info.output_help}}.dump();
    json parameters = json::array();
    for (const Parameter& parameter : info.parameters) parameters.push_back(json_of(parameter));
    metadata["parameters"] = parameters.dump();
    metadata["axis"] =
        json{{"name", info.axis.name}, {"kind", info.axis.kind}, {"unit", info.axis.unit}, {"labels", info.axis.labels}}
            .dump();
    if (!info.axis.values.empty()) tensors.add("axis", {info.axis.values.size()}, info.axis.values);
}

ModelInfo read_info(const TensorReader& file) {
    const json model = json::parse(file.text("model")), axis = json::parse(file.text("axis"));
    ModelInfo info{.name = model.at("name"),
                   .summary = model.at("summary"),
                   .parameters = {},
                   .axis = {.name = axis.at("name"),
                            .kind = axis.at("kind"),
                            .unit = axis.at("unit"),
                            .values = {},
                            .labels = axis.at("labels")},
                   .output_name = model.at("output_name"),
                   .output_unit = model.at("output_unit"),
                   .output_scale = scale_from_string(model.at("output_scale").get<std::string>()),
                   .output_help = model.at("output_help")};
    for (const json& item : json::parse(file.text("parameters"))) info.parameters.push_back(parameter_from(item));
    if (file.has("axis")) info.axis.values = file.doubles("axis", {file.length("axis")});
    return info;
}

// --- architecture: a list of named steps, their numbers in tensors of the same name --------------------------------

json write_dense(const Dense& dense, const std::string& name, TensorWriter& tensors) {
    const Shape shape{dense.outputs, dense.inputs};
    if (dense.half)
        tensors.add_half(name + ".weight", shape, dense.weights);
    else
        tensors.add(name + ".weight", shape, dense.weights);
    tensors.add(name + ".bias", {dense.outputs}, dense.bias);
    if (dense.activation == Activation::adaptive_silu) {
        tensors.add(name + ".alpha", {dense.outputs}, dense.alpha);
        tensors.add(name + ".beta", {dense.outputs}, dense.beta);
    }
    return {{"name", name},
            {"kind", "dense"},
            {"inputs", dense.inputs},
            {"outputs", dense.outputs},
            {"activation", to_string(dense.activation)}};
}

Dense read_dense(const json& step, const TensorReader& file) {
    const std::string name = step.at("name");
    const std::size_t inputs = count_from(step, "inputs"), outputs = count_from(step, "outputs");
    Dense dense{.inputs = inputs,
                .outputs = outputs,
                .weights = file.floats_or_halves(name + ".weight", {outputs, inputs}),
                .bias = file.floats(name + ".bias", {outputs}),
                .activation = activation_from_string(step.at("activation").get<std::string>())};
    dense.half = file.is_half(name + ".weight");
    if (dense.activation == Activation::adaptive_silu) {
        dense.alpha = file.floats(name + ".alpha", {outputs});
        dense.beta = file.floats(name + ".beta", {outputs});
    }
    return dense;
}

json write_layer(const Layer& layer, const std::string& name, TensorWriter& tensors) {
    if (const Dense* dense = std::get_if<Dense>(&layer)) return write_dense(*dense, name, tensors);
    if (const Growing* block = std::get_if<Growing>(&layer)) {
        json step = write_dense(block->added, name, tensors);
        step["kind"] = "growing";
        return step;
    }
    if (const Polynomial* polynomial = std::get_if<Polynomial>(&layer))
        return {{"name", name}, {"kind", "polynomial"}, {"inputs", polynomial->inputs}, {"order", polynomial->order}};
    json steps = json::array();
    for (const Dense& dense : std::get<Residual>(layer).layers) {
        steps.push_back(write_dense(dense, name + "." + to_string(steps.size()), tensors));
    }
    return {{"name", name}, {"kind", "residual"}, {"layers", steps}};
}

Layer read_layer(const json& step, const TensorReader& file, const std::string& where) {
    const std::string kind = step.at("kind");
    if (kind == "dense") return read_dense(step, file);
    if (kind == "growing") return Growing{read_dense(step, file)};
    if (kind == "polynomial")
        return Polynomial{.inputs = count_from(step, "inputs"), .order = count_from(step, "order")};
    if (kind != "residual")
        throw InputError({.where = where,
                          .found = "the network has a step of the unknown kind '" + kind + "'",
                          .allowed = "dense, residual, growing, polynomial"});
    Residual block;
    for (const json& inner : step.at("layers")) block.layers.push_back(read_dense(inner, file));
    return block;
}

void write_network(const Network& network, Metadata& metadata, TensorWriter& tensors) {
    json scales = json::array();
    for (const Scale scale : network.input.scales) scales.push_back(to_string(scale));
    json steps = json::array({{{"name", "input"}, {"kind", "standardise"}, {"scales", scales}}});
    tensors.add("input.centre", {network.input_count()}, network.input.centre);
    tensors.add("input.width", {network.input_count()}, network.input.width);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        steps.push_back(write_layer(network.layers[i], "layer." + to_string(i), tensors));
    }
    steps.push_back({{"name", "output"}, {"kind", "destandardise"}, {"scale", to_string(network.output.scale)}});
    tensors.add("output.centre", {network.output_count()}, network.output.centre);
    tensors.add("output.width", {network.output_count()}, network.output.width);
    metadata["architecture"] = steps.dump();
}

Network read_network(const TensorReader& file, const std::string& where) {
    const json steps = json::parse(file.text("architecture"));
    if (!steps.is_array() || steps.size() < 3 || steps.front().at("kind") != "standardise" ||
        steps.back().at("kind") != "destandardise") {
        throw InputError({.where = where,
                          .found = "the steps of the network are not understood",
                          .allowed = "standardise, then layers, then destandardise"});
    }
    Network network;
    for (const json& scale : steps.front().at("scales"))
        network.input.scales.push_back(scale_from_string(scale.get<std::string>()));
    network.input.centre = file.doubles("input.centre", {network.input_count()});
    network.input.width = file.doubles("input.width", {network.input_count()});
    for (std::size_t i = 1; i + 1 < steps.size(); ++i) network.layers.push_back(read_layer(steps[i], file, where));
    network.output.scale = scale_from_string(steps.back().at("scale").get<std::string>());
    network.output.centre = file.doubles("output.centre", {file.length("output.centre")});
    network.output.width = file.doubles("output.width", {network.output_count()});
    return network;
}

// --- checks --------------------------------------------------------------------------------------------------------

void check_sizes(const EmulatorRecord& record) {
    const std::size_t inputs = record.network.input_count(), outputs = record.network.output_count();
    if (record.info.parameter_count() != inputs) {
        throw InputError({.found = to_string(record.info.parameter_count()) + " parameters are declared",
                          .allowed = to_string(inputs) + ", what the network takes"});
    }
    if (record.info.output_count() != outputs) {
        throw InputError({.found = to_string(record.info.output_count()) + " outputs are declared",
                          .allowed = to_string(outputs) + ", what the network gives"});
    }
    const Axis& axis = record.info.axis;
    if (!axis.values.empty() && !axis.labels.empty() && axis.values.size() != axis.labels.size()) {
        throw InputError({.found = "the axis has " + to_string(axis.values.size()) + " values and " +
                                   to_string(axis.labels.size()) + " labels",
                          .allowed = "as many of each"});
    }
    if (record.domain.low.size() != inputs || record.domain.high.size() != inputs) {
        throw InputError({.found = "the training domain has " + to_string(record.domain.low.size()) + " lower and " +
                                   to_string(record.domain.high.size()) + " upper ends",
                          .allowed = to_string(inputs) + " of each, one per parameter"});
    }
}

void check_domain(const EmulatorRecord& record) {
    for (std::size_t i = 0; i < record.domain.low.size(); ++i) {
        const double low = record.domain.low[i], high = record.domain.high[i];
        const bool positive = record.network.input.scales[i] == Scale::linear || low > 0;
        if (!(std::isfinite(low) && std::isfinite(high) && low <= high && positive)) {
            throw InputError(
                {.where = "parameter '" + record.info.parameters[i].name + "'",
                 .found = "the training domain is " + to_string(low) + " .. " + to_string(high),
                 .allowed = "two finite numbers in order, positive where the parameter is learned in log"});
        }
    }
}

std::string percent(double fraction) { return ism::to_text(100 * fraction, 3) + " %"; }

}  // namespace

std::string describe(const std::vector<ErrorRow>& errors) {
    std::string text;
    for (const auto& row : errors) {
        text += (text.empty() ? "" : "\n") + row.quantity + ", " + to_string(row.models) + " models: median " +
                percent(row.median) + ", mean " + percent(row.mean) + ", 99th percentile " +
                percent(row.percentile_99) + ", maximum " + percent(row.maximum);
    }
    return text;
}

void check(const EmulatorRecord& record) {
    check(record.network);
    check_sizes(record);
    check_domain(record);
}

std::string caution(const EmulatorRecord& record) {
    constexpr double poor = 0.1, harmless = 0.01;  // of the median; below the latter a constant may do as well
    if (record.errors.empty()) return "";
    const ErrorRow& own = record.errors.front();
    const auto constant = std::find_if(record.errors.begin(), record.errors.end(),
                                       [](const ErrorRow& row) { return row.quantity.starts_with(yardstick); });
    const bool beaten = constant != record.errors.end() && own.median > harmless && !(own.median < constant->median);
    if (own.median <= poor && !beaten) return "";
    const std::string wrong = "the network '" + record.info.name + "' is not to be trusted: the median of the " +
                              own.quantity + " is " + ism::to_text(100 * own.median, 3) + " % on " +
                              to_string(own.models) + " models that it never saw";
    return wrong + (beaten ? ", no better than their mean" : "") +
           "; more models, a longer --budget or narrower ranges help";
}

std::string to_bytes(const EmulatorRecord& record) {
    check(record);
    Metadata metadata{{"format", format_name},
                      {"format_version", to_string(emulator_format_version)},
                      {"provenance", record.provenance}};
    if (!record.backward.empty()) metadata["backward"] = record.backward;
    TensorWriter tensors;
    write_info(record.info, metadata, tensors);
    write_network(record.network, metadata, tensors);
    json errors = json::array();
    for (const ErrorRow& row : record.errors) errors.push_back(json_of(row));
    metadata["errors"] = errors.dump();
    metadata["domain"] = json{{"low", record.domain.low}, {"high", record.domain.high}}.dump();
    return tensors.bytes(metadata);
}

EmulatorRecord emulator_from_bytes(std::string_view bytes, const std::string& where) {
    const TensorReader file(bytes, where, format_name, emulator_format_version);
    try {
        EmulatorRecord record{.info = read_info(file),
                              .network = read_network(file, where),
                              .domain = {},
                              .errors = {},
                              .provenance = file.text("provenance"),
                              .backward = file.has_text("backward") ? file.text("backward") : ""};
        const json domain = json::parse(file.text("domain"));
        record.domain = {.low = domain.at("low"), .high = domain.at("high")};
        for (const json& item : json::parse(file.text("errors"))) record.errors.push_back(error_row_from(item));
        check(record);
        return record;
    } catch (const json::exception& error) {
        throw InputError({.where = where,
                          .found = std::string("the description of the emulator is not understood: ") + error.what()});
    } catch (const InputError& error) {
        const std::string text = error.what();
        throw InputError(text.starts_with(where) ? text : where + ": " + text);
    }
}

void write_emulator(const std::string& path, const EmulatorRecord& record) { write_atomically(path, to_bytes(record)); }

EmulatorRecord read_emulator(const std::string& path) {
    check_input(path);
    return emulator_from_bytes(read_whole(path), path);
}

}  // namespace ism::emulate
