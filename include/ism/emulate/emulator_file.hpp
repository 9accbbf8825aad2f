#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/emulate/network.hpp>

/// The .ism file: everything an emulator is, in the layout of safetensors, so that any reader of safetensors opens it.
///
///     8 bytes   length H of the header, little-endian
///     H bytes   JSON: name -> {dtype, shape, data_offsets}, and "__metadata__", whose values are strings
///     the rest  tensors, little-endian, without gaps
///
/// "__metadata__" holds format = "ismulate-emulator", format_version, and as JSON text: model (name, outputs),
/// parameters (name, unit, scale, range, help), axis, architecture (a list of named steps), domain, errors, provenance;
/// "backward" where it is a network that is run backward (ism/infer/backward.hpp);
/// then sha256 of the tensors and sha256_header of the rest of the header, so that no changed byte goes unnoticed.
/// Tensors are called after the steps: "input.centre", "layer.0.weight", "layer.2.1.bias", "output.width", "axis".
namespace ism::emulate {

/// Newest version of the format that this program reads, and the one it writes.
inline constexpr int emulator_format_version = 1;

/// The box in which the emulator was trained, in the units of the parameters.
struct TrainingDomain {
    std::vector<double> low;   ///< (P)
    std::vector<double> high;  ///< (P)
};

/// One row of the error table, measured on models that training never saw.
struct ErrorRow {
    std::string quantity;    ///< "relative error of total where it exceeds 1e-4 of its peak"
    std::size_t models = 0;  ///< how many models it was measured on
    double median = 0;
    double mean = 0;
    double percentile_99 = 0;
    double maximum = 0;
};

/// The error table for people, a line for each row: "..., 2000 models: median 0.024 %, mean 0.039 %, ...".
[[nodiscard]] std::string describe(const std::vector<ErrorRow>& errors);

/// What an .ism file holds.
struct EmulatorRecord {
    ModelInfo info;
    Network network;
    TrainingDomain domain;
    std::vector<ErrorRow> errors;
    std::string provenance;  ///< JSON text: who made it, from which data, with which settings
    std::string backward{};  ///< JSON text: what a network that is run backward finds; empty for all others
};

/// Throws InputError where the network does not fit the declaration, or the domain is not a box of that many
/// parameters.
void check(const EmulatorRecord& record);

/// How the quantity of the row begins that says how wrong a constant would be on the same models: the mean of those
/// that were learned. A network has to do better than that.
inline constexpr std::string_view yardstick = "for comparison, a constant (the mean of the models learned): ";

/// One sentence where nobody should trust the network: half of its held-out values are off by more than 10 %, or by
/// more than the yardstick's. Empty where its errors are smaller or were not measured.
[[nodiscard]] std::string caution(const EmulatorRecord& record);

/// The bytes of the file; checks first. The same record gives the same bytes.
[[nodiscard]] std::string to_bytes(const EmulatorRecord& record);

/// Throws InputError with a sentence: foreign file, newer version, truncated, checksum mismatch, NaN, sizes that do not
/// fit. `where` names the file in that sentence.
[[nodiscard]] EmulatorRecord emulator_from_bytes(std::string_view bytes, const std::string& where);

/// Written whole or not at all; an existing file is replaced. Throws InputError, MachineError.
void write_emulator(const std::string& path, const EmulatorRecord& record);

/// Throws InputError where the file is missing or refused, MachineError where reading fails.
[[nodiscard]] EmulatorRecord read_emulator(const std::string& path);

}  // namespace ism::emulate
