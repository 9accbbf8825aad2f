#include <ism/simulate/dust/mie.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate::dust {
namespace {

using Complex = std::complex<double>;

constexpr double smallest_x = 1e-10, largest_x = 1e6, largest_phase = 1e7;

/// a b without the tests for infinite parts that std::complex makes; the series has none.
Complex product(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

Complex inverse(Complex a) {
    const double norm = std::norm(a);
    return {a.real() / norm, -a.imag() / norm};
}

void check(double x, Complex m) {
    const bool sane =
        x >= smallest_x && x <= largest_x && m.real() > 0 && m.imag() >= 0 && std::abs(m) * x <= largest_phase;
    if (!sane) {
        throw InputError(
            ErrorText{.where = "mie",
                      .found = "x = " + to_text(x) + ", m = " + to_text(m.real()) + " + " + to_text(m.imag()) + " i",
                      .allowed = "1e-10 <= x <= 1e6, Re m > 0, Im m >= 0, |m| x <= 1e7"});
    }
}

/// Terms of the series that matter in double precision (Wiscombe 1980, doi:10.1364/AO.19.001505).
std::size_t term_count(double x) { return static_cast<std::size_t>(x + 4.05 * std::cbrt(x) + 2.0); }

/// R_n(z) = psi_{n+1}(z)/psi_n(z) for n = first .. last by downward recursion, which forgets its start above |z|.
template <class Number>
std::vector<Number> ratios(Number z, std::size_t first, std::size_t last) {
    const double size = std::abs(z);
    const auto above = static_cast<std::size_t>(size + 4.05 * std::cbrt(size));
    const std::size_t start = std::max(last, above) + 16;
    const Number one_over_z = 1.0 / z;
    Number ratio = z / static_cast<double>(2 * start + 3);
    std::vector<Number> result(last + 1 - first);
    for (std::size_t n = start; n-- > first;) {
        const Number next = static_cast<double>(2 * n + 3) * one_over_z - ratio;
        if constexpr (std::is_same_v<Number, Complex>) {
            ratio = inverse(next);
        } else {
            ratio = 1.0 / next;
        }
        if (n <= last) result[n - first] = ratio;
    }
    return result;
}

/// psi_n(x), n = 0 .. count + 1: upwards while n < x, where that is stable, and by ratios beyond.
std::vector<double> riccati_psi(double x, std::size_t count) {
    std::vector<double> psi(count + 2);
    const std::size_t turn = std::min(count + 1, static_cast<std::size_t>(x));
    psi[0] = std::sin(x);
    if (turn > 0) psi[1] = std::sin(x) / x - std::cos(x);
    for (std::size_t n = 1; n < turn; ++n) psi[n + 1] = static_cast<double>(2 * n + 1) / x * psi[n] - psi[n - 1];
    if (turn == count + 1) return psi;
    const auto ratio = ratios<double>(x, turn, count);
    for (std::size_t n = turn; n <= count; ++n) psi[n + 1] = psi[n] * ratio[n - turn];
    return psi;
}

/// chi_n(x), n = 0 .. count + 1, upwards.
std::vector<double> riccati_chi(double x, std::size_t count) {
    std::vector<double> chi(count + 2);
    chi[0] = std::cos(x);
    chi[1] = std::cos(x) / x + std::sin(x);
    for (std::size_t n = 1; n <= count; ++n) chi[n + 1] = static_cast<double>(2 * n + 1) / x * chi[n] - chi[n - 1];
    return chi;
}

/// One coefficient of the series and the absorption in its multipole.
struct Multipole {
    Complex amplitude;  ///< a_n or b_n
    double absorbed;    ///< Re a_n - |a_n|^2
};

/// `inner` is L - (n+1)/x with L the logarithmic derivative inside (a_n: D(mx)/m, b_n: m D(mx)); Im L = Im inner.
Multipole multipole(Complex inner, double psi, double next_psi, double chi, double next_chi) {
    const Complex regular = psi * inner + next_psi;    // psi L - psi'
    const Complex irregular = chi * inner + next_chi;  // chi L - chi'
    const Complex denominator{regular.real() + irregular.imag(), regular.imag() - irregular.real()};
    return {product(regular, inverse(denominator)), std::max(0.0, -inner.imag() / std::norm(denominator))};
}

double real_product(Complex a, Complex b) { return a.real() * b.real() + a.imag() * b.imag(); }

/// Adds up the cross-sections, order after order.
class Series {
public:
    void add(std::size_t order, const Multipole& electric, const Multipole& magnetic) {
        const auto n = static_cast<double>(order);
        absorbed_ += (2 * n + 1) * (electric.absorbed + magnetic.absorbed);
        scattered_ += (2 * n + 1) * (std::norm(electric.amplitude) + std::norm(magnetic.amplitude));
        forward_ +=
            (n - 1) * (n + 1) / n *
                (real_product(last_electric_, electric.amplitude) + real_product(last_magnetic_, magnetic.amplitude)) +
            (2 * n + 1) / (n * (n + 1)) * real_product(electric.amplitude, magnetic.amplitude);
        last_electric_ = electric.amplitude;
        last_magnetic_ = magnetic.amplitude;
    }
    [[nodiscard]] MieEfficiencies result(double x) const {
        const double unit = 2.0 / (x * x);
        return {unit * absorbed_, unit * scattered_, scattered_ > 0 ? 2.0 * forward_ / scattered_ : 0.0};
    }

private:
    double absorbed_ = 0.0, scattered_ = 0.0, forward_ = 0.0;
    Complex last_electric_, last_magnetic_;
};

}  // namespace

MieEfficiencies mie(double x, std::complex<double> m) {
    check(x, m);
    const std::size_t count = term_count(x);
    const auto psi = riccati_psi(x, count);
    const auto chi = riccati_chi(x, count);
    const auto ratio = ratios<Complex>(m * x, 1, count);
    const Complex one_over_m = 1.0 / m;
    const Complex contrast = (1.0 - m) * (1.0 + m) * one_over_m * one_over_m;  // 1/m^2 - 1
    Series series;
    for (std::size_t n = 1; n <= count; ++n) {
        const Complex electric = static_cast<double>(n + 1) / x * contrast - product(ratio[n - 1], one_over_m);
        const Complex magnetic = -product(m, ratio[n - 1]);
        series.add(n, multipole(electric, psi[n], psi[n + 1], chi[n], chi[n + 1]),
                   multipole(magnetic, psi[n], psi[n + 1], chi[n], chi[n + 1]));
    }
    return series.result(x);
}

}  // namespace ism::simulate::dust
