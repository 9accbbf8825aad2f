#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/base/parameter.hpp>
#include <ism/simulate/dust/grain_material.hpp>

namespace ism::simulate::dust {

/// dn/dln a of the law at radius a [cm], to a constant factor and without the mixing fractions.
[[nodiscard]] double size_law(const SizeLaw& law, double a);
/// Fraction of the grains of size a that belongs to the population (1 where there is no mixing).
[[nodiscard]] double mix_fraction(const SizeLaw& law, double a);

/// The numbers of a population's law that may be varied: `alpha_NAME` of a power law, `a0_NAME` [nm] and `sigma_NAME`
/// of a log-normal, none of a table. Their defaults are the law's own.
[[nodiscard]] std::vector<Parameter> law_parameters(const Population& population);
[[nodiscard]] std::size_t law_parameter_count(const SizeLaw& law) noexcept;
/// Gives the law the values of its parameters, in the order of law_parameters.
void set_law_parameters(SizeLaw& law, std::span<const double> values);

/// Trapezoidal weights of an increasing abscissa.
[[nodiscard]] std::vector<double> trapezoid_widths(const std::vector<double>& x);

/// A population reduced to its size nodes: the sum over nodes of numbers[i] f(sizes[i]) is the integral of f dn per H.
struct SizeNodes {
    std::vector<double> sizes;    ///< [cm]
    std::vector<double> numbers;  ///< grains per hydrogen
};

/// DustEM's own rule: `table_nodes` logarithmic sizes from a_min to a_max, trapezoid in ln a, mass normalised by the
/// same rule: sum of 4/3 pi a^3 rho n = mass_per_hydrogen m_H. Throws NumericalError where no mass lies there.
[[nodiscard]] SizeNodes table_nodes(const Population& population);

/// Logarithmically graded sizes from low to high [cm]: `density` times ~20 per decade below 10 nm, half as many to
/// 100 nm, a quarter above, joined smoothly.
[[nodiscard]] std::vector<double> graded_sizes(double low, double high, double density);

/// Sizes, and where among them polynomials in size must not reach across.
struct JointedSizes {
    std::vector<double> sizes;          ///< [cm], increasing
    std::vector<std::size_t> joints{};  ///< indices, increasing
};

/// Sizes first .. first + count - 1 for a polynomial in interval i (size i to i + 1): the four around it, or those that
/// a joint leaves; count <= 4.
struct SizeStencil {
    std::size_t first, count;
};
[[nodiscard]] SizeStencil stencil_around(const JointedSizes& jointed, std::size_t i);

/// Sizes from low to high [cm] for grains whose properties are tabulated at `table`, linear in a between them, and have
/// corners at `corners`. The emission of the smallest grains at short wavelengths is exponential in those properties,
/// so the tabulated sizes below 1.2 nm are joints too, with at least one size between two of them; elsewhere
/// graded_sizes.
[[nodiscard]] JointedSizes solved_sizes(const std::vector<double>& table, const std::vector<double>& corners,
                                        double low, double high, double density);

/// Numbers per H at given nodes that integrate the population over [a_min, a_max], where f / a^3 is interpolated
/// between the nodes by a cubic in ln a. Smooth in a_min and in every parameter of the law; nodes below a_min or above
/// a_max take part where a cubic reaches them. Throws InputError where the nodes do not cover [a_min, a_max], and
/// NumericalError where no mass lies there.
[[nodiscard]] std::vector<double> quadrature_numbers(const Population& population, const JointedSizes& jointed);

}  // namespace ism::simulate::dust
