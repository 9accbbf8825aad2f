#include <ism/emulate/shipped.hpp>

#include <algorithm>
#include <filesystem>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::emulate {

/// Bytes of a file of models/, built in by src/CMakeLists.txt.
std::string_view shipped_file(std::string_view file_name);

const std::vector<std::string>& shipped_emulators() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const auto name : split(ISMULATE_SHIPPED, ',')) {  // the files of models/, told by src/CMakeLists.txt
            if (!name.empty()) list.emplace_back(name);
        }
        return list;
    }();
    return names;
}

EmulatorRecord find_emulator(const std::string& name_or_file) {
    const auto& names = shipped_emulators();
    if (std::find(names.begin(), names.end(), name_or_file) != names.end()) {
        EmulatorRecord record = emulator_from_bytes(shipped_file(name_or_file + ".ism"), name_or_file);
        record.info.name = name_or_file;  // what the user typed, so that messages and files say it
        return record;
    }
    if (std::error_code ignored; std::filesystem::exists(name_or_file, ignored)) return read_emulator(name_or_file);
    refuse_name(name_or_file, names, {.where = name_or_file, .found = "there is no emulator and no file of this name"},
                "the name of an .ism file");
}

EmulatorRecord find_forward_emulator(const std::string& name_or_file) {
    EmulatorRecord record = find_emulator(name_or_file);
    if (record.backward.empty()) return record;
    throw InputError({.where = name_or_file,
                      .found = "it finds parameters from fluxes",
                      .allowed = "an emulator: outputs from parameters",
                      .next = "ismulate fit " + name_or_file + " FLUXES uses it"});
}

}  // namespace ism::emulate
