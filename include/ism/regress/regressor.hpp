#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/model.hpp>
#include <ism/emulate/scattered.hpp>

/// Stand-ins that are fitted to all models of a dataset at once and then do without most of them.
namespace ism::regress {

/// A Model fitted to a Dataset. Parameters are taken to the unit cube as interpolators take them (own scale, angles
/// through their cosine), outputs to their own scale and centred; a log output is fitted in the logarithm, so values
/// are never negative. `evaluate` throws InputError outside the range of the dataset: nothing here extrapolates
/// unasked.
class Regressor : public Model {
public:
    [[nodiscard]] const ModelInfo& info() const noexcept final { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const final;
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const final;

    /// What it is and what was chosen, in one line.
    [[nodiscard]] virtual std::string description() const = 0;
    /// Bytes that have to be kept to evaluate it.
    [[nodiscard]] virtual std::size_t memory() const noexcept = 0;
    /// Models that it was fitted to.
    [[nodiscard]] std::size_t node_count() const noexcept { return count_; }
    /// Models of the dataset that could not be used (failed or masked).
    [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

protected:
    explicit Regressor(const emulate::NodeTable& table);

    /// Values (n x M), on the scale of the outputs and centred, at positions (n x P) of the unit cube.
    virtual void predict(std::span<const double> positions, std::span<double> values) const = 0;
    /// The same of one position, with d value / d position (M x P). Throws Error where differentiable() is false.
    virtual void predict_slopes(std::span<const double> position, std::span<double> values,
                                std::span<double> slopes) const;
    /// Throws InputError outside of the range; returns the positions (n x P).
    [[nodiscard]] std::vector<double> positions_of(std::span<const double> parameters) const;

    ModelInfo info_;
    std::vector<double> centre_;  ///< (M)
    std::size_t count_, dropped_;
};

/// A way to fit, and how to make it from a dataset.
struct RegressionMethod {
    std::string name, title;  ///< "gaussian-process", "Gaussian process"
    std::string summary;      ///< one sentence
    std::function<std::unique_ptr<Regressor>(const Dataset&)> make;
};

/// All methods, in the order of the comparison table:
///
/// * `polynomial`: make_polynomial.
/// * `forest`, `boosting`: trees of XGBoost (Chen & Guestrin 2016, doi:10.1145/2939672.2939785); where this build has
/// no
///   XGBoost `make` throws MachineError.
/// * `gaussian-process`: make_gaussian_process.
[[nodiscard]] const std::vector<RegressionMethod>& regression_methods();

/// True where this build was made with XGBoost.
[[nodiscard]] bool has_trees() noexcept;

/// Ridge regression on all products of Legendre polynomials up to a total degree: the span of the monomials up to that
/// order, in a basis whose normal equations stay well conditioned. Order (at most 20, at most 600 terms and half as
/// many as there are models) and penalty are those with the least leave-one-out error, which is exact: e_i / (1 - h_ii)
/// with the hat matrix h (Allen 1974, doi:10.1080/00401706.1974.10489157), of at
/// most 20,000 models, evenly spread. Needs two models. Differentiable.
[[nodiscard]] std::unique_ptr<Regressor> make_polynomial(const Dataset& dataset);

/// 100 trees for each output, each grown on 63.2 % of the models drawn by lot (Breiman 2001,
/// doi:10.1023/A:1010933404324), and their mean. Needs two models.
[[nodiscard]] std::unique_ptr<Regressor> make_forest(const Dataset& dataset);

/// Up to 1000 trees of depth 7 for each output, each a tenth of a step down the squared error (Friedman 2001,
/// doi:10.1214/aos/1013203451). Their number is where the error of a tenth of the models, held out, is least; they are
/// then grown again on all. Needs 20 models.
[[nodiscard]] std::unique_ptr<Regressor> make_boosting(const Dataset& dataset);

}  // namespace ism::regress
