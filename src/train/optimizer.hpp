#pragma once
#include <vector>

#include <torch/types.h>

#include <ism/train/train.hpp>

#include "train/step_kernels.hpp"

namespace ism::train {

/// Adam, or Adam in the eigenbasis of the gradients' covariances, with decoupled weight decay of the matrices.
///
/// For a matrix of weights with gradient G, SOAP (Vyas et al. 2024, arXiv:2409.11321) keeps running averages
/// L of G G^T and R of G^T G, turns G into the basis of their eigenvectors, takes there the step of Adam, and turns it
/// back. The basis is refreshed every few steps by one power iteration with a QR decomposition. Small networks on
/// smooth data gain most: neighbouring weights are strongly coupled, and Adam alone sees each by itself.
class Optimizer {
public:
    Optimizer(const std::vector<torch::Tensor>& parameters, Method method, double weight_decay);

    /// One step against the gradients of the parameters.
    void step(double learning_rate);

private:
    /// One side of a matrix: covariance of its gradients and their eigenvectors; undefined where it is not rotated.
    struct Side {
        torch::Tensor covariance, basis;
    };
    struct Slot {
        torch::Tensor parameter;
        torch::Tensor mean, square;  ///< running averages of the gradient and its square, in the rotated basis
        Side left, right;
    };

    void start(Slot& slot, const torch::Tensor& gradient);
    void update(Slot& slot, const torch::Tensor& gradient, double learning_rate);
    void update_at_once(Slot& slot, const torch::Tensor& gradient, double learning_rate);
    void refresh(Slot& slot);

    const StepKernels& kernels_ = step_kernels();
    std::vector<Slot> slots_;
    bool rotate_;
    double weight_decay_;
    double mean_decay_, square_decay_;
    long steps_ = 0;
};

}  // namespace ism::train
