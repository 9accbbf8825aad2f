#include <ism/emulate/emulator.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/reference.hpp>

#include "emulate/plan.hpp"

namespace ism::emulate {
namespace {

constexpr std::size_t many_points = 2000;   // fewer are not worth starting threads for
constexpr std::size_t shared_points = 480;  // points handed to a thread at a time, or so: whole blocks

EmulatorRecord with_domain_as_range(EmulatorRecord record) {
    check(record);
    for (std::size_t p = 0; p < record.info.parameters.size(); ++p) {
        record.info.parameters[p].low = record.domain.low[p];
        record.info.parameters[p].high = record.domain.high[p];
    }
    return record;
}

/// Parameter of the point that is outside the ranges of `info` (NaN is), or its number of parameters when none is.
std::size_t first_outside(const ModelInfo& info, std::span<const double> point) {
    std::size_t p = 0;
    while (p < point.size() && info.parameters[p].contains(point[p])) ++p;
    return p;
}

[[noreturn]] void refuse_outside(const ModelInfo& info, std::span<const double> points, std::size_t bad) {
    const std::size_t count = info.parameter_count(), n = points.size() / count;
    std::size_t affected = 0;
    for (std::size_t i = 0; i < n; ++i)
        affected += first_outside(info, points.subspan(i * count, count)) < count ? 1 : 0;
    const std::size_t p = first_outside(info, points.subspan(bad * count, count));
    const Parameter& parameter = info.parameters[p];
    const std::string unit = parameter.unit.empty() ? "" : " " + parameter.unit;
    throw InputError(
        {.where = n > 1 ? "point " + std::to_string(bad) : "",
         .found = parameter.name + " = " + to_text(points[bad * count + p]) + unit +
                  " is outside the range in which '" + info.name + "' was trained",
         .allowed = to_text(parameter.low, 6) + " .. " + to_text(parameter.high, 6) + unit,
         .effect = std::to_string(affected) + " of " + std::to_string(n) + " points are affected; nothing was computed",
         .next = "to keep going, choose for what is outside: nan (mark those points) or nearest (use the edge of the "
                 "range)"});
}

}  // namespace

/// What the engines have in common: points are checked, cut into blocks, and each block's rows go where they belong.
class Emulator::Evaluation {
public:
    Evaluation(const EmulatorRecord& record, Outside outside, Engine engine) : record_(record), outside_(outside) {
        if (engine != Engine::reference) plan_.emplace(record.network, record.domain, kernels_of(engine));
    }

    template <class Real>
    void values(std::span<const double> points, std::span<Real> outputs) const {
        for_each_block(points, 0, [&](std::size_t first, std::span<const double> some) {
            Real* y = outputs.data() + first * outputs_;
            if (!plan_) return reference_values(some, y);
            const Block z = plan_->run(some, {some.size() / parameters_, 0});
            for (std::size_t r = 0; r < some.size() / parameters_; ++r)
                to_unit(z.data + r * z.stride, y + r * outputs_);
            mark_outside(some, y, outputs_);
        });
    }

    void jacobian(std::span<const double> points, std::span<double> outputs, std::span<double> jacobian) const {
        for_each_block(points, parameters_, [&](std::size_t first, std::span<const double> some) {
            double* y = outputs.data() + first * outputs_;
            double* dy = jacobian.data() + first * outputs_ * parameters_;
            if (!plan_) return reference_jacobian(some, y, dy);
            const Shape2 shape{some.size() / parameters_, parameters_};
            const Block z = plan_->run(some, shape);
            for (std::size_t r = 0; r < shape.points; ++r) {
                to_unit(z.data + r * z.stride, y + r * outputs_);
                to_unit(some.subspan(r * parameters_, parameters_), z, r, shape, y + r * outputs_,
                        dy + r * outputs_ * parameters_);
            }
            mark_outside(some, y, outputs_);
            mark_outside(some, dy, outputs_ * parameters_);
        });
    }

    void standardised(std::span<const double> points, std::span<float> outputs) const {
        for_each_block(points, 0, [&](std::size_t first, std::span<const double> some) {
            float* z = outputs.data() + first * outputs_;
            const std::size_t n = some.size() / parameters_;
            const Block block = plan_ ? plan_->run(some, {n, 0}) : Block{};
            for (std::size_t r = 0; r < n; ++r) {
                if (plan_) {
                    std::copy_n(block.data + r * block.stride, outputs_, z + r * outputs_);
                } else {
                    const auto exact = reference::standardised_outputs(
                        record_.network, inside(some.subspan(r * parameters_, parameters_)));
                    std::transform(exact.values.begin(), exact.values.end(), z + r * outputs_,
                                   [](double x) { return static_cast<float>(x); });
                }
            }
            mark_outside(some, z, outputs_);
        });
    }

private:
    /// work(index of the first point, points) for blocks of points, on several threads where there are many.
    template <class Work>
    void for_each_block(std::span<const double> points, std::size_t tangents, const Work& work) const {
        refuse_if_asked(points);
        const std::size_t n = points.size() / parameters_, block = plan_ ? plan_->points_at_once(tangents) : 1;
        const auto range = [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; i += block) {
                work(i, points.subspan(i * parameters_, std::min(block, end - i) * parameters_));
            }
        };
        if (n <= many_points || thread_count() == 1) return range(0, n);
        const std::size_t share = std::max(block, shared_points / block * block);
        parallel_for((n + share - 1) / share, [&](std::size_t i) { range(i * share, std::min(n, (i + 1) * share)); });
    }

    void refuse_if_asked(std::span<const double> points) const {
        if (outside_ != Outside::refuse) return;
        for (std::size_t i = 0; i < points.size(); i += parameters_) {
            if (first_outside(record_.info, points.subspan(i, parameters_)) < parameters_)
                refuse_outside(record_.info, points, i / parameters_);
        }
    }

    /// NaN for `count` numbers of each point that has no answer.
    template <class Real>
    void mark_outside(std::span<const double> points, Real* numbers, std::size_t count) const {
        if (outside_ == Outside::refuse) return;
        for (std::size_t r = 0; r < points.size() / parameters_; ++r) {
            const auto point = points.subspan(r * parameters_, parameters_);
            const bool lost = outside_ == Outside::nan
                                  ? first_outside(record_.info, point) < parameters_
                                  : std::any_of(point.begin(), point.end(), [](double x) { return std::isnan(x); });
            if (lost) std::fill_n(numbers + r * count, count, std::numeric_limits<Real>::quiet_NaN());
        }
    }

    void to_unit(const float* z, double* y) const { plan_->kernels().outputs(plan_->outputs(), z, y); }
    void to_unit(const float* z, float* y) const { plan_->kernels().outputs_float(plan_->outputs(), z, y); }

    /// dy_j / dx_p = dy_j/dz_j (dz_j / dz_p) dz_p/dx_p of point r, given its y.
    void to_unit(std::span<const double> point, Block z, std::size_t r, Shape2 shape, const double* y,
                 double* jacobian) const {
        const OutputPlan& plan = plan_->outputs();
        for (std::size_t p = 0; p < parameters_; ++p) {
            const float* tangent = z.data + (shape.points * (1 + p) + r) * z.stride;
            const double dz_dx = input_slope(p, point[p]);
            for (std::size_t j = 0; j < outputs_; ++j) {
                const double dy_dz =
                    plan.scale == Scale::log ? std::numbers::ln10 * plan.slope[j] * y[j] : plan.slope[j];
                jacobian[j * parameters_ + p] = dy_dz * double{tangent[j]} * dz_dx;
            }
        }
    }

    /// Derivative of a standardised input; 0 where the parameter is held at the edge of its range.
    double input_slope(std::size_t p, double x) const {
        const InputScaling& input = record_.network.input;
        if (!record_.info.parameters[p].contains(x)) return 0;
        return 1 / (input.width[p] * (input.scales[p] == Scale::log ? std::numbers::ln10 * x : 1));
    }

    std::vector<double> inside(std::span<const double> point) const {
        std::vector<double> moved(point.begin(), point.end());
        for (std::size_t p = 0; p < parameters_; ++p)
            moved[p] = std::clamp(moved[p], record_.domain.low[p], record_.domain.high[p]);
        return moved;
    }

    template <class Real>
    void reference_values(std::span<const double> points, Real* y) const {
        for (std::size_t r = 0; r < points.size() / parameters_; ++r) {
            const auto exact =
                reference::evaluate(record_.network, inside(points.subspan(r * parameters_, parameters_)));
            std::transform(exact.values.begin(), exact.values.end(), y + r * outputs_,
                           [](double x) { return static_cast<Real>(x); });
        }
        mark_outside(points, y, outputs_);
    }

    void reference_jacobian(std::span<const double> points, double* y, double* dy) const {
        for (std::size_t r = 0; r < points.size() / parameters_; ++r) {
            const auto point = points.subspan(r * parameters_, parameters_);
            auto exact = reference::evaluate(record_.network, inside(point));
            for (std::size_t p = 0; p < parameters_; ++p) {
                if (record_.info.parameters[p].contains(point[p])) continue;
                for (std::size_t j = 0; j < outputs_; ++j) exact.jacobian[j * parameters_ + p] = 0;
            }
            std::copy(exact.values.begin(), exact.values.end(), y + r * outputs_);
            std::copy(exact.jacobian.begin(), exact.jacobian.end(), dy + r * outputs_ * parameters_);
        }
        mark_outside(points, y, outputs_);
        mark_outside(points, dy, outputs_ * parameters_);
    }

    const EmulatorRecord& record_;
    Outside outside_;
    std::size_t parameters_ = record_.info.parameter_count();
    std::size_t outputs_ = record_.info.output_count();
    std::optional<Plan> plan_;  // none for the reference engine
};

Emulator::Emulator(EmulatorRecord record, EmulatorOptions options)
    : record_(with_domain_as_range(std::move(record))),
      outside_(options.outside),
      engine_(resolved(options.engine)),
      evaluation_(std::make_unique<const Evaluation>(record_, outside_, engine_)) {}

Emulator::Emulator(const std::string& path, EmulatorOptions options) : Emulator(read_emulator(path), options) {}

Emulator::~Emulator() = default;

void Emulator::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    check_shapes(info(), parameters.size(), outputs.size());
    evaluation_->values(parameters, outputs);
}

void Emulator::evaluate(std::span<const double> parameters, std::span<float> outputs) const {
    check_shapes(info(), parameters.size(), outputs.size());
    evaluation_->values(parameters, outputs);
}

void Emulator::evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                      std::span<double> jacobian) const {
    check_shapes(info(), parameters.size(), outputs.size());
    if (jacobian.size() != outputs.size() * info().parameter_count()) {
        throw InputError(
            {.where = "model '" + info().name + "'",
             .found = "got room for " + std::to_string(jacobian.size()) + " derivatives",
             .allowed = std::to_string(outputs.size() * info().parameter_count()) + ", outputs times parameters"});
    }
    evaluation_->jacobian(parameters, outputs, jacobian);
}

void Emulator::evaluate_standardised(std::span<const double> parameters, std::span<float> outputs) const {
    check_shapes(info(), parameters.size(), outputs.size());
    evaluation_->standardised(parameters, outputs);
}

std::string to_string(Outside outside) {
    return outside == Outside::refuse ? "refuse" : outside == Outside::nan ? "nan" : "nearest";
}

Outside outside_from_string(std::string_view name) {
    for (const Outside outside : {Outside::refuse, Outside::nan, Outside::nearest}) {
        if (name == to_string(outside)) return outside;
    }
    throw InputError(
        {.where = "outside", .found = "'" + std::string(name) + "' is not known", .allowed = "refuse, nan, nearest"});
}

EmulatorRecord with_outputs(const EmulatorRecord& record, std::span<const std::size_t> indices) {
    EmulatorRecord part = record;
    part.network = with_outputs(record.network, indices);
    part.info.axis.values.clear();
    part.info.axis.labels.clear();
    for (const std::size_t index : indices) {
        if (!record.info.axis.values.empty()) part.info.axis.values.push_back(record.info.axis.values[index]);
        if (!record.info.axis.labels.empty()) part.info.axis.labels.push_back(record.info.axis.labels[index]);
    }
    return part;
}

}  // namespace ism::emulate
