#include <ism/observe/seen.hpp>

#include <algorithm>

#include <ism/base/errors.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::observe {

std::shared_ptr<const Model> seen_through(const emulate::EmulatorRecord& record, const std::vector<std::string>& names,
                                          emulate::Outside outside) {
    const emulate::EmulatorOptions options{.outside = outside};
    const Axis& axis = record.info.axis;
    if (axis.kind != "band")
        return std::make_shared<BandModel>(std::make_shared<emulate::Emulator>(record, options), find_bands(names));
    std::vector<std::size_t> outputs;
    for (const std::string& name : names) {
        const auto found = std::find(axis.labels.begin(), axis.labels.end(), name);
        if (found == axis.labels.end())
            refuse_name(name, axis.labels, {.where = "band " + name, .found = "the emulator does not know it"});
        outputs.push_back(static_cast<std::size_t>(found - axis.labels.begin()));
    }
    return std::make_shared<emulate::Emulator>(emulate::with_outputs(record, outputs), options);
}

}  // namespace ism::observe
