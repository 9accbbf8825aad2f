#include <ism/observe/seen.hpp>

#include <algorithm>

#include <ism/base/errors.hpp>

namespace ism::observe {

std::vector<std::string> bands_of(const emulate::EmulatorRecord& record) {
    if (is_named(record.info.axis)) return record.info.axis.labels;
    std::vector<std::string> names;
    for (const Band& band : bands_within(wavelengths_of(record.info))) names.push_back(band.name);
    return names;
}

std::vector<std::size_t> outputs_called(const emulate::EmulatorRecord& record, const std::vector<std::string>& names) {
    const std::vector<std::string>& labels = record.info.axis.labels;
    std::vector<std::size_t> chosen;
    for (const std::string& name : names) {
        const auto named = bands_called(name);
        const std::size_t before = chosen.size();
        for (std::size_t j = 0; j < labels.size(); ++j) {
            const bool asked = labels[j] == name || std::any_of(named.begin(), named.end(), [&](const auto& band) {
                                   return band.name == labels[j];
                               });
            if (!asked) continue;
            if (std::find(chosen.begin(), chosen.end(), j) != chosen.end())
                throw InputError({.where = "band '" + name + "'", .found = labels[j] + " is asked for twice"});
            chosen.push_back(j);
        }
        if (chosen.size() == before)
            refuse_name(name, labels,
                        {.where = "band '" + name + "'",
                         .found = "'" + record.info.name + "' was not taught it",
                         .effect = "nothing was computed"});
    }
    if (chosen.empty())
        throw InputError({.where = "bands",
                          .found = "no band",
                          .effect = "nothing was computed",
                          .next = "ismulate describe shows those it knows"});
    return chosen;
}

std::shared_ptr<const Model> seen_through(emulate::EmulatorRecord record, const std::vector<std::string>& names,
                                          emulate::Outside outside, Convention convention) {
    const emulate::EmulatorOptions options{.outside = outside};
    if (is_named(record.info.axis)) {
        const std::vector<std::size_t> outputs = outputs_called(record, names);
        return std::make_shared<emulate::Emulator>(emulate::with_outputs(record, outputs), options);
    }
    std::vector<Band> bands = find_bands(names);
    return std::make_shared<BandModel>(std::make_shared<emulate::Emulator>(std::move(record), options),
                                       std::move(bands), convention);
}

void evaluate_single(const Model& model, std::span<const double> parameters, std::span<float> outputs) {
    if (const auto* network = dynamic_cast<const emulate::Emulator*>(&model))
        return network->evaluate(parameters, outputs);
    check_shapes(model.info(), parameters.size(), outputs.size());
    std::vector<double> values(outputs.size());
    model.evaluate(parameters, values);
    std::transform(values.begin(), values.end(), outputs.begin(), [](double y) { return static_cast<float>(y); });
}

}  // namespace ism::observe
