// The readers of DustEM's tables; the first byte chooses which.
#include <ism/io/dustem.hpp>

#include "check.hpp"

namespace {

using namespace ism::io;
using fuzz::require;
using fuzz::require_finite;
using fuzz::require_increasing;

constexpr std::size_t wavelengths = 3;  // rows of the tables of efficiencies in the corpus

void check_wavelengths(const std::string& text) {
    const auto values = parse_dustem_wavelengths(text, "fuzz");
    require_finite(values);
    require_increasing(values);
    require(!values.empty());
}

void check_efficiencies(const std::string& text) {
    const auto table = parse_dustem_efficiencies(text, "fuzz", wavelengths);
    require_finite(table.q_abs);
    require_finite(table.q_sca);
    require_increasing(table.sizes);
    require(table.q_abs.size() == wavelengths * table.sizes.size() && table.q_sca.size() == table.q_abs.size());
}

void check_asymmetry(const std::string& text) {
    const auto table = parse_dustem_asymmetry(text, "fuzz", wavelengths);
    require_finite(table.g);
    require_increasing(table.sizes);
    require(table.g.size() == wavelengths * table.sizes.size());
}

void check_heat_capacity(const std::string& text) {
    const auto table = parse_dustem_heat_capacity(text, "fuzz");
    require_finite(table.log_heat_capacity);
    require_increasing(table.log_temperature);
    require_increasing(table.sizes);
    require(table.log_heat_capacity.size() == table.log_temperature.size() * table.sizes.size());
}

void check_grains(const std::string& text) {
    const auto grains = parse_dustem_grains(text, "fuzz");
    require(!grains.populations.empty() && grains.field_scale > 0.0);
    for (const auto& population : grains.populations) {
        require_finite(population.numbers);
        require(population.a_max > population.a_min && population.a_min > 0.0 && population.density > 0.0);
        require(population.size_count >= 2 && !population.law.empty());
        require(population.type.find('/') == std::string::npos);  // it becomes part of a file's name
    }
}

void check_mix(const std::string& text) {
    for (const double fraction : parse_dustem_mix(text, "fuzz")) require(fraction >= 0.0 && fraction <= 1.0);
}

void check_columns(const std::vector<double>& x, const std::vector<double>& y) {
    require_finite(x);
    require_finite(y);
    require_increasing(x);
    require(x.size() == y.size() && x.size() >= 2 && x.front() > 0.0);
}

void check_sizes(const std::string& text) {
    const auto table = parse_dustem_sizes(text, "fuzz");
    check_columns(table.sizes, table.volumes);
    require(table.densities.size() == table.sizes.size() && !table.bulks.empty());
}

void check_field(const std::string& text) {
    const auto table = parse_field(text, "fuzz");
    check_columns(table.x, table.y);
}

void check_first_column(const std::string& text) {
    const auto values = parse_first_column(text, "fuzz");
    require_finite(values);
    require_increasing(values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr void (*readers[])(const std::string&) = {check_wavelengths,   check_efficiencies, check_asymmetry,
                                                       check_heat_capacity, check_grains,       check_mix,
                                                       check_sizes,         check_field,        check_first_column};
    fuzz::refused_or_valid([&] { readers[data[0] % std::size(readers)](fuzz::text(data + 1, size - 1)); });
    return 0;
}
