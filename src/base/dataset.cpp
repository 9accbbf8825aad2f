#include <ism/base/dataset.hpp>

#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism {
namespace {

void check_count(const char* what, std::size_t found, std::size_t expected) {
    if (found == expected) return;
    throw InputError({.where = "dataset",
                      .found = std::string(what) + " has " + std::to_string(found) + " values",
                      .allowed = std::to_string(expected)});
}

template <class T>
void append_row(std::vector<T>& to, const std::vector<T>& from, std::size_t row, std::size_t width) {
    if (from.empty()) return;
    const auto first = from.begin() + static_cast<std::ptrdiff_t>(row * width);
    to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(width));
}

}  // namespace

void check_shapes(const Dataset& dataset) {
    const std::size_t n = dataset.size(), p = dataset.info.parameter_count(), m = dataset.info.output_count();
    check_count("parameters", dataset.parameters.size(), n * p);
    check_count("outputs", dataset.outputs.size(), n * m);
    if (!dataset.mask.empty()) check_count("mask", dataset.mask.size(), n * m);
    if (!dataset.status.empty()) check_count("status", dataset.status.size(), n);
    if (!dataset.reason.empty()) check_count("reason", dataset.reason.size(), n);
}

Dataset with_limits(Dataset dataset, double floor) {
    if (!(floor > 0.0) || !std::isfinite(floor))
        throw InputError({.where = "floor", .found = to_text(floor), .allowed = "a positive number"});
    if (dataset.mask.empty()) dataset.mask.assign(dataset.outputs.size(), 1);
    for (std::size_t k = 0; k < dataset.outputs.size(); ++k) {
        std::uint8_t& mark = dataset.mask[k];
        if (mark == 0 || mark == Dataset::limit || !(dataset.outputs[k] <= floor)) continue;
        dataset.outputs[k] = floor;
        mark = Dataset::limit;
    }
    return dataset;
}

Dataset rows(const Dataset& dataset, const std::vector<std::size_t>& indices) {
    const std::size_t p = dataset.info.parameter_count(), m = dataset.info.output_count();
    Dataset chosen;
    chosen.info = dataset.info;
    chosen.provenance = dataset.provenance;
    for (const std::size_t i : indices) {
        append_row(chosen.parameters, dataset.parameters, i, p);
        append_row(chosen.outputs, dataset.outputs, i, m);
        append_row(chosen.mask, dataset.mask, i, m);
        append_row(chosen.status, dataset.status, i, 1);
        append_row(chosen.reason, dataset.reason, i, 1);
    }
    return chosen;
}

}  // namespace ism
