#include "train/optimizer.hpp"

#include <cmath>

#include <ATen/Functions.h>

namespace ism::train {
namespace {

using torch::Tensor;

constexpr double epsilon = 1e-8;
constexpr long refresh_interval = 10;   ///< steps between two refreshes of the basis
constexpr long largest_rotation = 256;  ///< sides longer than this are not rotated: the cost grows as the cube

Tensor turned(const Tensor& x, const Tensor& left, const Tensor& right) {
    Tensor y = left.defined() ? at::mm(left.t(), x) : x;
    return right.defined() ? at::mm(y, right) : y;
}

Tensor turned_back(const Tensor& x, const Tensor& left, const Tensor& right) {
    Tensor y = left.defined() ? at::mm(left, x) : x;
    return right.defined() ? at::mm(y, right.t()) : y;
}

/// Eigenvectors of a symmetric matrix, largest eigenvalue first.
Tensor eigenvectors(const Tensor& covariance) { return std::get<1>(at::linalg_eigh(covariance)).flip(1).contiguous(); }

/// The basis after one power iteration, and the order of its old vectors that was used (largest eigenvalue first).
std::pair<Tensor, Tensor> refreshed(const Tensor& covariance, const Tensor& basis) {
    const Tensor product = at::mm(covariance, basis);
    const Tensor order = at::argsort((basis * product).sum(0), /*stable=*/true, /*dim=*/0, /*descending=*/true);
    return {std::get<0>(at::linalg_qr(product.index_select(1, order))), order};
}

}  // namespace

Optimizer::Optimizer(const std::vector<Tensor>& parameters, Method method, double weight_decay)
    : rotate_(method == Method::soap),
      weight_decay_(weight_decay),
      mean_decay_(rotate_ ? 0.95 : 0.9),
      square_decay_(rotate_ ? 0.95 : 0.99) {
    for (const Tensor& parameter : parameters) {
        slots_.push_back({parameter, at::zeros_like(parameter), at::zeros_like(parameter), {}, {}});
    }
}

void Optimizer::step(double learning_rate) {
    const at::NoGradGuard no_gradients;
    ++steps_;
    for (Slot& slot : slots_) {
        const Tensor& gradient = slot.parameter.grad();
        if (!gradient.defined()) continue;
        if (rotate_ && steps_ == 1) {
            start(slot, gradient);  // the first gradient only makes the basis
        } else {
            update(slot, gradient, learning_rate);
        }
    }
}

void Optimizer::start(Slot& slot, const Tensor& gradient) {
    if (gradient.dim() != 2) return;
    if (gradient.size(0) <= largest_rotation) {
        slot.left.covariance = at::mm(gradient, gradient.t());
        slot.left.basis = eigenvectors(slot.left.covariance);
    }
    if (gradient.size(1) <= largest_rotation) {
        slot.right.covariance = at::mm(gradient.t(), gradient);
        slot.right.basis = eigenvectors(slot.right.covariance);
    }
}

void Optimizer::update(Slot& slot, const Tensor& gradient, double learning_rate) {
    if (!slot.left.basis.defined() && !slot.right.basis.defined() && slot.parameter.is_cpu() &&
        gradient.is_contiguous() && slot.parameter.is_contiguous())
        return update_at_once(slot, gradient, learning_rate);
    const Tensor rotated = turned(gradient, slot.left.basis, slot.right.basis);
    slot.mean.lerp_(rotated, 1 - mean_decay_);
    slot.square.mul_(square_decay_).addcmul_(rotated, rotated, 1 - square_decay_);
    const auto counted = static_cast<double>(rotate_ ? steps_ - 1 : steps_);
    const double mean_share = 1 - std::pow(mean_decay_, counted), square_share = 1 - std::pow(square_decay_, counted);
    const Tensor direction = slot.mean / slot.square.sqrt().mul_(std::sqrt(1 / square_share)).add_(epsilon);
    if (weight_decay_ > 0 && slot.parameter.dim() == 2) slot.parameter.mul_(1 - learning_rate * weight_decay_);
    slot.parameter.add_(turned_back(direction, slot.left.basis, slot.right.basis), -learning_rate / mean_share);
    if (slot.left.basis.defined()) slot.left.covariance.lerp_(at::mm(gradient, gradient.t()), 1 - square_decay_);
    if (slot.right.basis.defined()) slot.right.covariance.lerp_(at::mm(gradient.t(), gradient), 1 - square_decay_);
    if (rotate_ && steps_ % refresh_interval == 0) refresh(slot);
}

/// The same without a basis, in one pass over the numbers.
void Optimizer::update_at_once(Slot& slot, const Tensor& gradient, double learning_rate) {
    const auto counted = static_cast<double>(rotate_ ? steps_ - 1 : steps_);
    const double mean_share = 1 - std::pow(mean_decay_, counted), square_share = 1 - std::pow(square_decay_, counted);
    const bool decays = weight_decay_ > 0 && slot.parameter.dim() == 2;
    const AdamStep step{.mean_decay = static_cast<float>(mean_decay_),
                        .square_decay = static_cast<float>(square_decay_),
                        .scale = static_cast<float>(1 / square_share),
                        .rate = static_cast<float>(learning_rate / mean_share),
                        .keep = static_cast<float>(decays ? 1 - learning_rate * weight_decay_ : 1.0),
                        .epsilon = static_cast<float>(epsilon)};
    kernels_.adam(step, gradient.data_ptr<float>(), slot.mean.data_ptr<float>(), slot.square.data_ptr<float>(),
                  slot.parameter.data_ptr<float>(), static_cast<std::size_t>(gradient.numel()));
}

void Optimizer::refresh(Slot& slot) {
    Tensor mean = turned_back(slot.mean, slot.left.basis, slot.right.basis);
    if (slot.left.basis.defined()) {
        const auto [basis, order] = refreshed(slot.left.covariance, slot.left.basis);
        slot.left.basis = basis;
        slot.square = slot.square.index_select(0, order);
    }
    if (slot.right.basis.defined()) {
        const auto [basis, order] = refreshed(slot.right.covariance, slot.right.basis);
        slot.right.basis = basis;
        slot.square = slot.square.index_select(1, order);
    }
    slot.mean = turned(mean, slot.left.basis, slot.right.basis);
}

}  // namespace ism::train
