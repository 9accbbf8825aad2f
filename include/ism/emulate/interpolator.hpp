#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/model.hpp>

namespace ism::emulate {

/// One term of an interpolated value: `value` times row `row` of the table.
struct Weight {
    std::size_t row;
    double value;
};

/// What an interpolator keeps: one row of M numbers per node, on the scale of the output.
///
/// Where the output scale is log the rows hold natural logarithms; output values that are not positive count as the
/// smallest positive one of the dataset, limits as their value. Rows are kept in single precision, after the mean of each output is taken off,
/// so that the rounding is 6e-8 of the variation and not of the value.
struct NodeTable {
    ModelInfo info;
    std::size_t count = 0;       ///< N, rows
    std::vector<float> values;   ///< (N x M)
    std::vector<double> centre;  ///< (M), mean over the nodes
    std::size_t dropped = 0;     ///< models left out because they failed or have masked outputs

    [[nodiscard]] std::size_t bytes() const noexcept {
        return values.size() * sizeof(float) + centre.size() * sizeof(double);
    }
};

/// A Model made from a Dataset that keeps every node: output = sum over rows of weight(parameters) x row.
///
/// Parameters are taken to the unit cube on their own scales (linear or log) and outputs to theirs, so a dust spectrum
/// is interpolated in its logarithm. The weights of every method here sum to 1. `evaluate` throws InputError outside
/// the range of the nodes: an interpolator does not extrapolate.
class Interpolator : public Model {
public:
    [[nodiscard]] const ModelInfo& info() const noexcept final { return table_.info; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const final;

    /// What it does and on what, in one line: "trilinear on a regular grid, 27 x 27 x 27 nodes".
    [[nodiscard]] virtual std::string description() const = 0;
    /// Bytes that have to be kept to evaluate it.
    [[nodiscard]] virtual std::size_t memory() const noexcept { return table_.bytes(); }
    /// Number of models it is made of.
    [[nodiscard]] std::size_t node_count() const noexcept { return table_.count; }
    /// Models of the dataset that could not be used (failed or masked).
    [[nodiscard]] std::size_t dropped() const noexcept { return table_.dropped; }

protected:
    explicit Interpolator(NodeTable table) : table_(std::move(table)) {}

    /// Replaces `weights` by those of one point of the unit cube (P).
    virtual void weigh(std::span<const double> position, std::vector<Weight>& weights) const = 0;

    NodeTable table_;
};

/// A way to interpolate, and how to make it from a dataset.
struct InterpolationMethod {
    std::string name;     ///< "linear"
    std::string title;    ///< "linear interpolation"
    std::string summary;  ///< one sentence
    std::function<std::unique_ptr<Interpolator>(const Dataset&)> make;
};

/// All methods, in the order of the comparison table:
///
/// * `nearest`: the node nearest in the unit cube.
/// * `linear`: multilinear on a regular grid. On scattered nodes the plane through the 4 (P + 1) nearest nodes by
///   moving least squares with the weights of Franke & Nielson (1980, doi:10.1002/nme.1620151110): passes through every
///   node and reproduces linear functions. (No Delaunay triangulation: its size explodes with the number of
///   parameters.)
/// * `cubic`: tensor product of cubic splines with not-a-knot ends on a regular grid (what SciPy's
///   RegularGridInterpolator calls "cubic"). There is no cubic spline on scattered nodes: the substitute is the cubic
///   radial basis function |r|^3 with a linear polynomial on the 10 (P + 1) nearest nodes, and it says so in its
///   description.
/// * `neighbours`: mean of the 2 (P + 1) nearest nodes, weighted by inverse squared distance (Shepard 1968,
///   doi:10.1145/800186.810616).
[[nodiscard]] const std::vector<InterpolationMethod>& interpolation_methods();

/// The interpolator called `method` made from `dataset`. Throws InputError where the name is unknown, where no model of
/// the dataset can be used or too few are, and where a node of a regular grid failed (linear, cubic).
[[nodiscard]] std::unique_ptr<Interpolator> make_interpolator(std::string_view method, const Dataset& dataset);

}  // namespace ism::emulate
