#include <ism/base/model_slice.hpp>

#include <algorithm>

#include <ism/base/errors.hpp>

namespace ism {

ModelSlice::ModelSlice(const Model& whole, const std::vector<Parameter>& ranges) : whole_(whole), info_(whole.info()) {
    if (ranges.size() != info_.parameters.size())
        throw Error("a slice of model '" + info_.name + "' needs a range for each of its parameters");
    info_.parameters.clear();
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const Parameter& range = ranges[i];
        check_range(whole.info().parameters[i], range.low, info_.name);
        check_range(whole.info().parameters[i], range.high, info_.name);
        point_.push_back(range.low);
        if (range.low == range.high) {
            fixed_.emplace_back(range.name, range.low);
            continue;
        }
        positions_.push_back(i);
        info_.parameters.push_back(range);
        info_.parameters.back().fallback = std::clamp(range.fallback, range.low, range.high);
    }
    if (positions_.empty()) {
        throw InputError({.where = "model '" + info_.name + "'",
                          .found = "no parameter varies",
                          .allowed = "at least one range, -p NAME=LOW:HIGH",
                          .next = "one model alone: ismulate simulate " + info_.name});
    }
}

void ModelSlice::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t n = check_shapes(info_, parameters.size(), outputs.size()), p = positions_.size();
    std::vector<double> points;
    points.reserve(n * point_.size());
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t first = points.size();
        points.insert(points.end(), point_.begin(), point_.end());
        for (std::size_t k = 0; k < p; ++k) points[first + positions_[k]] = parameters[i * p + k];
    }
    whole_.evaluate(points, outputs);
}

}  // namespace ism
