#pragma once
#include <cstddef>
#include <vector>

#include <ism/base/model.hpp>

/// Points spread over the ranges of a model by the golden ratio, the same in every run (count x P).
inline std::vector<double> points_in(const ism::ModelInfo& info, std::size_t count) {
    std::vector<double> points;
    double position = 0.5;
    for (std::size_t i = 0; i < count; ++i) {
        for (const ism::Parameter& parameter : info.parameters) {
            position += 0.6180339887498949;
            position -= position >= 1 ? 1 : 0;
            points.push_back(parameter.from_unit_interval(position));
        }
    }
    return points;
}
