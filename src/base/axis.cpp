#include <ism/base/axis.hpp>

#include <cmath>

namespace ism {

bool is_named(const Axis& axis) { return axis.values.empty() || (axis.kind == "band" && !axis.labels.empty()); }

std::string labels_name(const Axis& axis) {
    if (axis.values.empty()) return axis.name;
    return axis.kind == axis.name ? "label" : axis.kind;
}

std::string values_help(const Axis& axis) { return axis.labels.empty() ? axis.kind : "of the " + labels_name(axis); }

std::vector<double> lin_spaced(double low, double high, std::size_t count) {
    std::vector<double> values(count, low);
    for (std::size_t i = 0; i < count; ++i) {
        const double position = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0.0;
        values[i] = low + position * (high - low);
    }
    if (count > 1) values.back() = high;
    return values;
}

std::vector<double> log_spaced(double low, double high, std::size_t count) {
    std::vector<double> values = lin_spaced(std::log(low), std::log(high), count);
    for (double& value : values) value = std::exp(value);
    if (count > 0) values.front() = low;
    if (count > 1) values.back() = high;
    return values;
}

}  // namespace ism
