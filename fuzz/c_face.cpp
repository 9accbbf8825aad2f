// The C face: whatever numbers, lengths and NULL pointers an honest caller passes, each call ends with ISM_OK or a
// refusal that says something.
#include <array>
#include <cstring>

#include <ism.h>

#include "check.hpp"

namespace {

constexpr std::size_t largest = 4 * 481 * 3;  // values in each array: up to 4 points with their Jacobian

void require_answer(int status) {
    fuzz::require(status == ISM_OK || (status == ISM_BAD_INPUT && ism_last_error()[0] != '\0'));
}

ism_emulator* opened(int outside) {
    ism_emulator* emulator = nullptr;
    fuzz::require(ism_open("themis", outside, &emulator) == ISM_OK);
    return emulator;
}

ism_emulator* opened_through(int outside) {
    const std::array<const char*, 3> bands{"MIPS_24", "PACS", "SPIRE"};
    ism_emulator* emulator = nullptr;
    fuzz::require(ism_open_bands("themis", outside, bands.data(), bands.size(), &emulator) == ISM_OK);
    return emulator;
}

/// Takes numbers off the front of the input; 0 when there are no more.
struct Input {
    const std::uint8_t* data;
    std::size_t size;

    template <class Number>
    Number take() {
        Number number{};
        const std::size_t count = size < sizeof number ? size : sizeof number;
        std::memcpy(&number, data, count);
        data += count;
        size -= count;
        return number;
    }
    std::size_t length() { return take<std::uint16_t>() % (largest + 1); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<ism_emulator*, 6> emulators{opened(ISM_REFUSE),      opened(ISM_NAN),
                                                        opened(ISM_NEAREST),     opened_through(ISM_REFUSE),
                                                        opened_through(ISM_NAN), opened_through(ISM_NEAREST)};
    static std::array<double, largest> parameters, outputs, jacobian;
    static std::array<float, largest> singles;
    Input input{data, size};
    const auto choice = input.take<std::uint8_t>(), null = input.take<std::uint8_t>();
    const std::size_t p = input.length(), m = input.length(), d = input.length(), index = input.take<std::uint32_t>();
    parameters.fill(10.0);
    for (std::size_t i = 0; i < 12 && input.size > 0; ++i) parameters[i] = input.take<double>();
    const ism_emulator* emulator = (null & 1) != 0 ? nullptr : emulators[choice % emulators.size()];
    const double* x = (null & 2) != 0 ? nullptr : parameters.data();
    double* y = (null & 4) != 0 ? nullptr : outputs.data();
    require_answer(ism_evaluate(emulator, x, p, y, m));
    require_answer(ism_evaluate_float(emulator, x, p, (null & 4) != 0 ? nullptr : singles.data(), m));
    require_answer(ism_evaluate_with_jacobian(emulator, x, p, y, m, (null & 8) != 0 ? nullptr : jacobian.data(), d));
    ism_parameter parameter{};
    ism_description description{};
    require_answer(ism_parameter_at(emulator, index, (null & 16) != 0 ? nullptr : &parameter));
    require_answer(ism_describe(emulator, (null & 16) != 0 ? nullptr : &description));
    ism_band band{};
    require_answer(ism_band_at(index, (null & 16) != 0 ? nullptr : &band));
    fuzz::require((null & 16) != 0 || (band.name == nullptr) == (band.instrument == nullptr));
    ism_emulator* other = nullptr;
    if ((null & 32) != 0) require_answer(ism_open("themis", choice, &other));
    require_answer(ism_close(&other));
    if ((null & 64) != 0) {  // what is left of the input is the name of a band; files are none of this
        std::string name = "band " + fuzz::text(input.data, input.size);
        name.resize(std::strlen(name.c_str()));
        const std::array<const char*, 3> names{"PACS", (null & 128) != 0 ? nullptr : name.c_str(), "SPIRE"};
        require_answer(
            ism_open_bands("themis", choice % 3, (choice & 1) != 0 ? names.data() : nullptr, index % 4, &other));
        require_answer(ism_close(&other));
    }
    return 0;
}
