#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/explain/accuracy.hpp>

#include "context.hpp"

namespace ism::app {
namespace {

using Json = nlohmann::ordered_json;

/// How far the new network is from the old one, at random points of its domain.
emulate::ErrorRow distance_between(const emulate::EmulatorRecord& old_one, const emulate::EmulatorRecord& new_one,
                                   std::uint64_t seed) {
    constexpr std::size_t points = 2000;
    const emulate::Emulator before(old_one), after(new_one);
    const ModelInfo& info = before.info();
    Dataset truth;
    truth.info = info;
    for (std::size_t i = 0; i < points; ++i) {
        Random random(seed, i);
        for (const Parameter& parameter : info.parameters)
            truth.parameters.push_back(parameter.high > parameter.low ? parameter.from_unit_interval(random.uniform())
                                                                      : parameter.low);
    }
    truth.outputs.resize(points * info.output_count());
    std::vector<double> outputs(truth.outputs.size());
    before.evaluate(truth.parameters, truth.outputs);
    after.evaluate(truth.parameters, outputs);
    const explain::Accuracy accuracy = explain::measure(truth, outputs, 0.0);
    return {.quantity = "what rounding the weights to bfloat16 changes, relative",
            .models = points,
            .median = accuracy.median,
            .mean = accuracy.mean,
            .percentile_99 = accuracy.percentile_99,
            .maximum = accuracy.maximum};
}

struct ConvertCall {
    std::string emulator, weights = "bf16";
};

void convert(const Context& context, const ConvertCall& call) {
    if (!context.output.ends_with(".ism"))
        throw InputError({.where = "-o " + context.output,
                          .found = "the name of an emulator ends in .ism",
                          .effect = "nothing was written",
                          .next = "-o NAME.ism"});
    check_output(context.output, context.force);
    emulate::EmulatorRecord record = emulate::find_forward_emulator(call.emulator);
    const emulate::EmulatorRecord before = record;
    record.network = emulate::with_half_weights(record.network);
    record.errors.push_back(distance_between(before, record, context.seed));
    Json provenance = Json::parse(context.provenance().json());
    provenance["inputs"] = {{call.emulator, sha256(emulate::to_bytes(before))}};
    provenance["emulator"] = Json::parse(before.provenance, nullptr, false);
    record.provenance = provenance.dump();
    write_emulator(context.output, record);
    const emulate::ErrorRow& row = record.errors.back();
    const auto percent = [](double x) { return to_text(100 * x, 3) + " %"; };
    context.say(row.quantity + ": median " + percent(row.median) + ", mean " + percent(row.mean) +
                ", 99th percentile " + percent(row.percentile_99) + ", maximum " + percent(row.maximum));
    context.say("written: " + context.output + ", " +
                to_text(static_cast<double>(std::filesystem::file_size(context.output)) / 1e6, 3) + " MB (was " +
                to_text(static_cast<double>(emulate::to_bytes(before).size()) / 1e6, 3) + " MB)");
}

}  // namespace

void add_convert(CLI::App& program, Context& context) {
    const auto call = std::make_shared<ConvertCall>();
    CLI::App& command = add_command(
        program, context, "convert", "an emulator with weights of half the size, and what that changes",
        "ismulate convert lines.ism --weights bf16 -o small.ism", [&context, call] { convert(context, *call); });
    command.add_option("emulator", call->emulator, "a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
    command
        .add_option("--weights", call->weights,
                    "bf16: 8 significant bits in half of the memory; sums are taken in single precision as before")
        ->check(CLI::IsMember({"bf16"}))
        ->capture_default_str();
}

}  // namespace ism::app
