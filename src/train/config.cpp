#include <array>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/train/train.hpp>

namespace ism::train {
namespace {

template <class Value, std::size_t Count>
using Names = std::array<std::pair<Value, const char*>, Count>;

constexpr Names<Method, 2> method_names{{{Method::adam, "adam"}, {Method::soap, "soap"}}};
constexpr Names<Loss, 5> loss_names{{{Loss::square, "square"},
                                     {Loss::huber, "huber"},
                                     {Loss::log_cosh, "log-cosh"},
                                     {Loss::student, "student"},
                                     {Loss::cauchy, "cauchy"}}};
constexpr Names<Device, 3> device_names{{{Device::automatic, "auto"}, {Device::cpu, "cpu"}, {Device::cuda, "cuda"}}};

template <class Value, std::size_t Count>
std::string name_of(const Names<Value, Count>& names, Value wanted) {
    for (const auto& [value, name] : names) {
        if (value == wanted) return name;
    }
    throw Error("a value without a name");
}

template <class Value, std::size_t Count>
Value value_of(const Names<Value, Count>& names, std::string_view what, std::string_view wanted) {
    std::string allowed;
    for (const auto& [value, name] : names) {
        if (wanted == name) return value;
        allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    }
    throw InputError({.where = std::string(what), .found = "'" + std::string(wanted) + "'", .allowed = allowed});
}

void require(bool fits, const std::string& option, const std::string& found, const std::string& allowed) {
    if (!fits) throw InputError({.where = option, .found = found, .allowed = allowed, .effect = "nothing was learned"});
}

}  // namespace

std::string to_string(Method method) { return name_of(method_names, method); }
Method method_from_string(std::string_view text) { return value_of(method_names, "--method", text); }
std::string to_string(Loss loss) { return name_of(loss_names, loss); }
Loss loss_from_string(std::string_view text) { return value_of(loss_names, "--loss", text); }
std::string to_string(Device device) { return name_of(device_names, device); }
Device device_from_string(std::string_view text) { return value_of(device_names, "--device", text); }

TrainConfig defaults_for(const ModelInfo& info, std::size_t models) {
    TrainConfig config;
    const bool lines = is_named(info.axis) && info.axis.kind != "band";
    if (!lines || models >= few_models) return config;
    config.order = 3;
    config.loss = Loss::huber;
    config.weight_decay = 0.003;
    return config;
}

void check(const TrainConfig& c) {
    require(c.width >= 1 && c.width <= 8192, "--width", std::to_string(c.width), "1 .. 8192");
    require(c.depth >= 1 && c.depth <= 64, "--depth", std::to_string(c.depth), "1 .. 64");
    require(c.order >= 1 && c.order <= 6, "--order", std::to_string(c.order), "1 .. 6");
    require(c.growth >= 0 && c.growth <= 4, "--growth", to_text(c.growth), "0 (layers of one width) .. 4");
    require(c.loss_scale >= 0 && std::isfinite(c.loss_scale), "--loss-scale", to_text(c.loss_scale),
            "0 (from the data) or more");
    require(c.batch >= 1, "--batch", "0", "1 or more");
    require(c.epochs >= 1, "--epochs", "0", "1 or more");
    require(c.learning_rate > 0 && c.learning_rate <= 10, "--learning-rate", to_text(c.learning_rate),
            "more than 0, at most 10");
    require(c.weight_decay >= 0 && c.weight_decay < 1 / c.learning_rate, "--weight-decay", to_text(c.weight_decay),
            "0 or more, less than 1 / learning rate");
    require(c.averaging >= 0 && c.averaging < 1, "--averaging", to_text(c.averaging), "0 or more, less than 1");
    require(c.budget >= 0, "--budget", to_text(c.budget), "0 (none) or more seconds");
    require(!c.faint || (*c.faint >= 0 && *c.faint < 1), "--faint", to_text(c.faint.value_or(0)),
            "0 or more, less than 1");
}

std::vector<std::pair<std::string, std::string>> settings(const TrainConfig& c) {
    return {{"width", std::to_string(c.width)},
            {"depth", std::to_string(c.depth)},
            {"ladder", c.ladder ? "true" : "false"},
            {"residual", c.residual ? "true" : "false"},
            {"order", std::to_string(c.order)},
            {"growth", to_text(c.growth)},
            {"pca", std::to_string(c.components)},
            {"activation", emulate::to_string(c.activation)},
            {"method", to_string(c.method)},
            {"learning-rate", to_text(c.learning_rate)},
            {"warm-up", std::to_string(c.warm_up)},
            {"weight-decay", to_text(c.weight_decay)},
            {"loss", to_string(c.loss)},
            {"loss-scale", c.loss_scale > 0 ? to_text(c.loss_scale) : "auto"},
            {"batch", std::to_string(c.batch)},
            {"epochs", std::to_string(c.epochs)},
            {"budget", to_text(c.budget)},
            {"patience", std::to_string(c.patience)},
            {"averaging", to_text(c.averaging)},
            {"faint", c.faint ? to_text(*c.faint) : "auto"},
            {"validation", to_text(c.validation)},
            {"test", to_text(c.test)},
            {"seed", std::to_string(c.seed)},
            {"device", to_string(c.device)},
            {"threads", std::to_string(c.threads)}};
}

}  // namespace ism::train
