#include <ism/infer/fit_problem.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::infer {
namespace {

constexpr double farthest = 20;  // a draw of a prior goes no farther out
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// How far a bound of a prior may be outside that of the parameter: what 10^log10(x) loses.
constexpr double rounding = 1e-12;

void check_prior(const Prior& prior, const Parameter& parameter, const std::string& model) {
    const double slack = rounding * std::max(std::abs(parameter.low), std::abs(parameter.high));
    if (prior.low() >= parameter.low - slack && prior.high() <= parameter.high + slack) return;
    throw InputError({.where = "prior of " + parameter.name,
                      .found = prior.str() + " reaches outside the range of model '" + model + "'",
                      .allowed = to_text(parameter.low, 6) + " .. " + to_text(parameter.high, 6) +
                                 (parameter.unit.empty() ? "" : " " + parameter.unit),
                      .effect = "nothing was computed",
                      .next = "cut it to the range"});
}

void check_problem(const ModelInfo& info, const Model& model, const std::vector<Prior>& priors) {
    if (!model.differentiable())
        throw InputError({.where = "model '" + info.name + "'",
                          .found = "it has no derivatives",
                          .allowed = "a differentiable model, as every emulator is",
                          .next = "train an emulator of it"});
    if (priors.size() != info.parameter_count())
        throw InputError({.where = "model '" + info.name + "'",
                          .found = "got " + std::to_string(priors.size()) + " priors",
                          .allowed = std::to_string(info.parameter_count()) + ", one for each parameter"});
    for (std::size_t p = 0; p < priors.size(); ++p) check_prior(priors[p], info.parameters[p], info.name);
}

void check_scale(const FreeScale& scale) {
    if (!(scale.prior.low() >= 0) || !(scale.prior.high() > 0))
        throw InputError({.where = "prior of " + scale.name,
                          .found = scale.prior.str() + " reaches below 0",
                          .allowed = "positive factors"});
}

}  // namespace

FitProblem::FitProblem(const Model& model, Observation observation, std::vector<Prior> priors,
                       std::optional<FreeScale> scale)
    : model_(&model), likelihood_(std::move(observation)) {
    const ModelInfo& info = model.info();
    check(likelihood_.observation(), info);
    check_problem(info, model, priors);
    for (std::size_t p = 0; p < priors.size(); ++p) {
        // what the bounds lost by rounding is put back: the model refuses what is outside by a digit
        const Prior prior = priors[p].within(info.parameters[p].low, info.parameters[p].high);
        point_.push_back(prior.low());
        if (prior.is_fixed()) continue;
        free_.push_back(p);
        coordinates_.push_back({info.parameters[p].name, info.parameters[p].unit, prior});
    }
    if (scale) {
        check_scale(*scale);
        fixed_scale_ = scale->prior.low();
        if (!scale->prior.is_fixed()) {
            scale_at_ = coordinates_.size();
            coordinates_.push_back({scale->name, scale->unit, scale->prior});
        }
    }
    if (coordinates_.empty())
        throw InputError({.where = "model '" + info.name + "'",
                          .found = "every parameter is fixed",
                          .allowed = "at least one that is free"});
    outputs_.resize(info.output_count());
    slopes_.resize(info.output_count());
    jacobian_.resize(info.output_count() * info.parameter_count());
}

void FitProblem::fill_point(std::span<const double> x, std::span<double> point) const noexcept {
    for (std::size_t i = 0; i < free_.size(); ++i) point[free_[i]] = x[i];
}

double FitProblem::log_likelihood(std::span<const double> x, std::span<double> gradient) {
    fill_point(x, point_);
    try {
        model_->evaluate_with_jacobian(point_, outputs_, jacobian_);
    } catch (const NumericalError&) {  // the physics has no answer there: the sampler turns away
        return not_a_number;
    }
    const double scale = scale_of(x);
    for (double& output : outputs_) output *= scale;
    const double value = likelihood_.evaluate(outputs_, slopes_);
    const std::size_t parameters = point_.size();
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t j = 0; j < outputs_.size(); ++j) {
        const double* row = jacobian_.data() + j * parameters;
        for (std::size_t i = 0; i < free_.size(); ++i) gradient[i] += slopes_[j] * row[free_[i]] * scale;
        if (scale_at_) gradient[*scale_at_] += slopes_[j] * outputs_[j] / scale;
    }
    return value;
}

void FitProblem::log_likelihoods(std::span<const double> x, std::span<double> values) {
    const std::size_t bands = outputs_.size();
    all_outputs_.resize(values.size() * bands);
    try {
        fluxes(x, all_outputs_);
    } catch (const NumericalError&) {  // one by one: only those fail that have no answer
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto out = std::span(all_outputs_).subspan(i * bands, bands);
            try {
                fluxes(x.subspan(i * dimension(), dimension()), out);
            } catch (const NumericalError&) {
                std::fill(out.begin(), out.end(), not_a_number);
            }
        }
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = likelihood_.evaluate(std::span(all_outputs_).subspan(i * bands, bands), {});
}

void FitProblem::fluxes(std::span<const double> x, std::span<double> out) {
    const std::size_t parameters = point_.size(), bands = outputs_.size(), count = out.size() / bands;
    const auto point = [&](std::size_t i) { return x.subspan(i * dimension(), dimension()); };
    points_.resize(count * parameters);
    for (std::size_t i = 0; i < count; ++i) {
        fill_point(point(i), point_);
        std::copy(point_.begin(), point_.end(), points_.begin() + static_cast<std::ptrdiff_t>(i * parameters));
    }
    model_->evaluate(points_, out);
    for (std::size_t i = 0; i < count; ++i) {
        for (double& flux : out.subspan(i * bands, bands)) flux *= scale_of(point(i));
    }
}

PosteriorTarget::PosteriorTarget(FitProblem problem)
    : problem_(std::move(problem)), x_(problem_.dimension()), mapped_(problem_.dimension()) {}

double PosteriorTarget::log_density(std::span<const double> z, std::span<double> gradient) {
    const std::vector<Coordinate>& coordinates = problem_.coordinates();
    for (std::size_t i = 0; i < x_.size(); ++i) {
        mapped_[i] = coordinates[i].prior.from_unconstrained(z[i]);
        x_[i] = mapped_[i].x;
    }
    double sum = problem_.log_likelihood(x_, gradient);
    for (std::size_t i = 0; i < x_.size(); ++i) {
        sum += mapped_[i].log_density;
        gradient[i] = gradient[i] * mapped_[i].slope + mapped_[i].log_density_slope;
    }
    return sum;
}

void PosteriorTarget::log_densities(std::span<const double> z, std::span<double> values) {
    priors_.resize(values.size());
    log_likelihoods_and_priors(z, values, priors_);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += priors_[i];
}

void PosteriorTarget::log_likelihoods_and_priors(std::span<const double> z, std::span<double> log_likelihood,
                                                 std::span<double> log_prior) {
    const std::vector<Coordinate>& coordinates = problem_.coordinates();
    const std::size_t d = x_.size();
    all_x_.resize(z.size());
    for (std::size_t i = 0; i < log_prior.size(); ++i) {
        log_prior[i] = 0;
        for (std::size_t k = 0; k < d; ++k) {
            const Prior::Mapped at = coordinates[k].prior.from_unconstrained(z[i * d + k]);
            all_x_[i * d + k] = at.x;
            log_prior[i] += at.log_density;
        }
    }
    problem_.log_likelihoods(all_x_, log_likelihood);
}

void PosteriorTarget::draw_prior(Random& random, std::span<double> z) const {
    for (std::size_t i = 0; i < z.size(); ++i) {
        const Prior& prior = problem_.coordinates()[i].prior;
        z[i] = std::clamp(prior.draw_unconstrained(random), -farthest, farthest);
    }
}

void PosteriorTarget::constrain(std::span<const double> z, std::span<double> x) const noexcept {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = problem_.coordinates()[i].prior.from_unconstrained(z[i]).x;
}

PosteriorObjective::PosteriorObjective(FitProblem problem) : problem_(std::move(problem)), x_(problem_.dimension()) {
    for (const Coordinate& coordinate : problem_.coordinates()) {
        low_.push_back(coordinate.prior.scale_low());
        high_.push_back(coordinate.prior.scale_high());
    }
}

double PosteriorObjective::value(std::span<const double> s, std::span<double> gradient) {
    const std::vector<Coordinate>& coordinates = problem_.coordinates();
    constrain(s, x_);
    double sum = problem_.log_likelihood(x_, gradient);
    for (std::size_t i = 0; i < x_.size(); ++i) {
        const Prior::OnScale at = coordinates[i].prior.from_scale(s[i]);
        sum += at.log_density;
        gradient[i] = gradient[i] * at.slope + at.log_density_slope;
    }
    return sum;
}

void PosteriorObjective::draw_start(Random& random, std::span<double> s) {
    for (std::size_t i = 0; i < s.size(); ++i) {
        const Prior& prior = problem_.coordinates()[i].prior;
        s[i] = std::clamp(prior.to_scale(prior.sample(random)), low_[i], high_[i]);
    }
}

void PosteriorObjective::constrain(std::span<const double> s, std::span<double> x) const noexcept {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = problem_.coordinates()[i].prior.from_scale(s[i]).x;
}

}  // namespace ism::infer
