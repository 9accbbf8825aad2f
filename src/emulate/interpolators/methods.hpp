#pragma once
#include <memory>

#include <ism/emulate/interpolator.hpp>

/// How each method is made; the choice between regular and scattered nodes is taken here, not by the caller.
namespace ism::emulate {

[[nodiscard]] std::unique_ptr<Interpolator> make_nearest(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_inverse_distance(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_linear(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_cubic(const Dataset& dataset);

[[nodiscard]] std::unique_ptr<Interpolator> make_multilinear(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_tensor_spline(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_local_linear(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_local_cubic(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_radial_linear(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_radial_cubic(const Dataset& dataset);
[[nodiscard]] std::unique_ptr<Interpolator> make_radial_quintic(const Dataset& dataset);

}  // namespace ism::emulate
