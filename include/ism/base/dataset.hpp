#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <ism/base/model.hpp>

namespace ism {

/// Parameters and outputs of many models: what `grid` makes and `train` learns (design: Dataset).
struct Dataset {
    ModelInfo info;                  ///< declaration of parameters, axis and output; P and M
    std::vector<double> parameters;  ///< (N x P)
    std::vector<double> outputs;     ///< (N x M)
    static constexpr std::uint8_t limit = 2;
    std::vector<std::uint8_t> mask;    ///< (N x M), 0 = not used, `limit` = at most the value; empty means all are used
    std::vector<std::uint8_t> status;  ///< (N), 0 = done, 1 = failed; empty means all done
    std::vector<std::string> reason;   ///< (N), why a model failed or what stands in for it; empty where none did
    std::string provenance;            ///< JSON: model, configuration, seed, version, checksums of inputs

    [[nodiscard]] std::size_t size() const noexcept {
        return info.parameters.empty() ? 0 : parameters.size() / info.parameters.size();
    }
    [[nodiscard]] bool done(std::size_t i) const noexcept { return status.empty() || status[i] == 0; }
    [[nodiscard]] bool used(std::size_t i, std::size_t j) const noexcept {
        const std::uint8_t mark = mask.empty() ? std::uint8_t{1} : mask[i * info.output_count() + j];
        return mark != 0 && mark != limit;
    }
    /// The output is at most the value, which is all that the code could tell.
    [[nodiscard]] bool is_limit(std::size_t i, std::size_t j) const noexcept {
        return !mask.empty() && mask[i * info.output_count() + j] == limit;
    }
};

/// Throws InputError unless every array has the size that the declaration asks for.
void check_shapes(const Dataset& dataset);

/// The dataset with used outputs of at most `floor` taken as limits of that value: what a code prints where it found
/// nothing. Throws InputError unless `floor` is positive and finite.
[[nodiscard]] Dataset with_limits(Dataset dataset, double floor);

/// The rows `indices` of a dataset, in that order.
[[nodiscard]] Dataset rows(const Dataset& dataset, const std::vector<std::size_t>& indices);

}  // namespace ism
