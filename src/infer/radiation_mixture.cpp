#include <ism/infer/radiation_mixture.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::infer {
namespace {

/// Gauss-Legendre quadrature of order 24 on 0 .. 1.
struct Node {
    double t, weight;
};
constexpr Node nodes[] = {{0.0024063900014893447, 0.006170614899994345}, {0.012635722014345263, 0.01426569431446678},
                          {0.0308627239986336, 0.022138719408709706},    {0.056792236497799464, 0.02964929245771818},
                          {0.08999900701304853, 0.03667324070554008},    {0.12993790421072282, 0.0430950807659766},
                          {0.17595317403151223, 0.04880932605205696},    {0.22728926430558022, 0.05372213505798278},
                          {0.28310324618697746, 0.05775283402686276},    {0.3424786601519183, 0.06083523646390165},
                          {0.40444056626319186, 0.06291872817341412},    {0.4679715535686972, 0.06396909767337601},
                          {0.5320284464313028, 0.06396909767337601},     {0.5955594337368082, 0.06291872817341412},
                          {0.6575213398480817, 0.06083523646390165},     {0.7168967538130225, 0.05775283402686276},
                          {0.7727107356944198, 0.05372213505798278},     {0.8240468259684878, 0.04880932605205696},
                          {0.8700620957892772, 0.0430950807659766},      {0.9100009929869515, 0.03667324070554008},
                          {0.9432077635022005, 0.02964929245771818},     {0.9691372760013663, 0.022138719408709706},
                          {0.9873642779856547, 0.01426569431446678},     {0.9975936099985107, 0.006170614899994345}};
constexpr std::size_t node_count = std::size(nodes);
constexpr std::size_t field_count = node_count + 1;  // U_min first

constexpr double dale_low = 0.3, dale_high = 1e5;

std::size_t position_of_field(const ModelInfo& info) {
    const auto found = std::find_if(info.parameters.begin(), info.parameters.end(),
                                    [](const Parameter& parameter) { return parameter.name == "U"; });
    if (found == info.parameters.end())
        throw InputError({.where = "model '" + info.name + "'",
                          .found = "it has no parameter U, which a distribution of radiation fields is over",
                          .next = "fit one field: --fields single"});
    return static_cast<std::size_t>(found - info.parameters.begin());
}

}  // namespace

std::string to_string(FieldDistribution distribution) {
    constexpr const char* words[] = {"single", "power-law", "delta-power-law"};
    return words[static_cast<std::size_t>(distribution)];
}

FieldDistribution distribution_from_string(const std::string& word) {
    for (const FieldDistribution one :
         {FieldDistribution::single, FieldDistribution::power_law, FieldDistribution::delta_power_law}) {
        if (word == to_string(one)) return one;
    }
    throw InputError({.where = "--fields " + word, .allowed = "single, power-law or delta-power-law"});
}

/// Of each field: U, its weight, and derivatives of ln U and of the weight along the parameters of the distribution.
struct RadiationMixture::Fields {
    std::array<double, field_count> field{}, weight{};
    std::array<std::array<double, 3>, field_count> field_slope{}, weight_slope{};
};

RadiationMixture::RadiationMixture(std::shared_ptr<const Model> model, FieldDistribution distribution)
    : model_(std::move(model)), distribution_(distribution), field_at_(position_of_field(model_->info())) {
    const Parameter& field = model_->info().parameters[field_at_];
    if (distribution == FieldDistribution::single)
        throw InputError(
            {.where = "distribution of U", .found = "'single' is none", .allowed = "power-law, delta-power-law"});
    const bool dale = distribution == FieldDistribution::power_law;
    low_ = dale ? dale_low : field.low;
    high_ = dale ? dale_high : field.high;
    if (!(field.low <= low_) || !(field.high >= high_) || !(field.low < field.high))
        throw InputError({.where = "distribution of U",
                          .found = "model '" + model_->info().name + "' knows U from " + to_text(field.low) + " to " +
                                   to_text(field.high),
                          .allowed = to_text(low_) + " .. " + to_text(high_)});
    info_ = model_->info();
    info_.name += ", U as " + to_string(distribution);
    info_.parameters.clear();
    if (!dale)
        info_.parameters.push_back({.name = "U_min",
                                    .unit = field.unit,
                                    .low = field.low,
                                    .high = 0.1 * field.high,
                                    .fallback = std::clamp(1.0, field.low, 0.1 * field.high),
                                    .scale = Scale::log,
                                    .help = "field that most of the dust sees"});
    info_.parameters.push_back({.name = "alpha",
                                .unit = "",
                                .low = 1.0,
                                .high = 3.0,
                                .fallback = 2.0,
                                .scale = Scale::linear,
                                .help = "slope of the mass of dust against U"});
    if (!dale)
        info_.parameters.push_back({.name = "gamma",
                                    .unit = "",
                                    .low = 1e-4,
                                    .high = 1.0,
                                    .fallback = 0.01,
                                    .scale = Scale::log,
                                    .help = "fraction of the dust that sees the power law"});
    own_ = info_.parameters.size();
    for (std::size_t p = 0; p < model_->info().parameter_count(); ++p) {
        if (p != field_at_) info_.parameters.push_back(model_->info().parameters[p]);
    }
}

RadiationMixture::Fields RadiationMixture::fields_of(std::span<const double> point) const {
    const bool dale = distribution_ == FieldDistribution::power_law;
    const double low = dale ? low_ : point[0], alpha = dale ? point[0] : point[1], gamma = dale ? 1.0 : point[2];
    const double start = std::log(low), length = std::log(high_) - start;
    Fields fields;
    fields.field[0] = low;
    double sum = 0, along_alpha = 0, along_start = 0;
    for (std::size_t k = 0; k < node_count; ++k) {
        const double ln_field = start + nodes[k].t * length;
        fields.field[k + 1] = std::exp(ln_field);
        // relative to the largest term, which is at one of the ends
        fields.weight[k + 1] =
            nodes[k].weight * std::exp((1 - alpha) * (ln_field - (alpha > 1 ? start : start + length)));
        sum += fields.weight[k + 1];
    }
    for (std::size_t k = 0; k < node_count; ++k) {
        const double share = fields.weight[k + 1] / sum;
        along_alpha -= share * (start + nodes[k].t * length);
        along_start += share * (1 - alpha) * (1 - nodes[k].t);
    }
    fields.weight[0] = 1 - gamma;
    const std::size_t alpha_at = dale ? 0 : 1;
    for (std::size_t k = 1; k < field_count; ++k) {
        const double share = fields.weight[k] / sum, t = nodes[k - 1].t, ln_field = start + t * length;
        fields.weight[k] = gamma * share;
        fields.weight_slope[k][alpha_at] = gamma * share * (-ln_field - along_alpha);
        if (dale) continue;
        fields.weight_slope[k][0] = gamma * share * ((1 - alpha) * (1 - t) - along_start) / low;
        fields.weight_slope[k][2] = share;
        fields.field_slope[k][0] = (1 - t) / low;
    }
    if (!dale) {
        fields.weight_slope[0][2] = -1;
        fields.field_slope[0][0] = 1 / low;
    }
    return fields;
}

void RadiationMixture::inner_point(std::span<const double> point, double field, std::span<double> inner) const {
    std::size_t next = own_;
    for (std::size_t p = 0; p < inner.size(); ++p) inner[p] = p == field_at_ ? field : point[next++];
}

void RadiationMixture::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t count = check_shapes(info_, parameters.size(), outputs.size()), p = info_.parameter_count();
    const std::size_t m = info_.output_count(), inner = model_->info().parameter_count();
    std::vector<double> points(field_count * inner), spectra(field_count * m);
    for (std::size_t i = 0; i < count; ++i) {
        const auto point = parameters.subspan(i * p, p);
        check_point(info_, point);
        const Fields fields = fields_of(point);
        for (std::size_t k = 0; k < field_count; ++k)
            inner_point(point, fields.field[k], std::span(points).subspan(k * inner, inner));
        model_->evaluate(points, spectra);
        const auto out = outputs.subspan(i * m, m);
        std::fill(out.begin(), out.end(), 0.0);
        for (std::size_t k = 0; k < field_count; ++k) {
            for (std::size_t j = 0; j < m; ++j) out[j] += fields.weight[k] * spectra[k * m + j];
        }
    }
}

void RadiationMixture::evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                              std::span<double> jacobian) const {
    if (check_shapes(info_, parameters.size(), outputs.size()) != 1 ||
        jacobian.size() != outputs.size() * parameters.size())
        throw InputError(
            {.where = "model '" + info_.name + "'", .found = "a Jacobian of another shape", .allowed = "one point"});
    check_point(info_, parameters);
    const std::size_t p = info_.parameter_count(), m = info_.output_count(), inner = model_->info().parameter_count();
    const Fields fields = fields_of(parameters);
    std::vector<double> point(inner), spectrum(m), slopes(m * inner);
    std::fill(outputs.begin(), outputs.end(), 0.0);
    std::fill(jacobian.begin(), jacobian.end(), 0.0);
    for (std::size_t k = 0; k < field_count; ++k) {
        inner_point(parameters, fields.field[k], point);
        model_->evaluate_with_jacobian(point, spectrum, slopes);
        for (std::size_t j = 0; j < m; ++j) {
            const double along_ln_field = slopes[j * inner + field_at_] * fields.field[k];
            double* row = jacobian.data() + j * p;
            outputs[j] += fields.weight[k] * spectrum[j];
            for (std::size_t own = 0; own < own_; ++own)
                row[own] += fields.weight_slope[k][own] * spectrum[j] +
                            fields.weight[k] * along_ln_field * fields.field_slope[k][own];
            std::size_t next = own_;
            for (std::size_t q = 0; q < inner; ++q) {
                if (q != field_at_) row[next++] += fields.weight[k] * slopes[j * inner + q];
            }
        }
    }
}

}  // namespace ism::infer
