#include "small_solve.hpp"

#include <cmath>
#include <utility>

namespace ism::emulate {

bool solve_in_place(std::span<double> a, std::span<double> b) {
    const std::size_t n = b.size();
    constexpr double tiny = 1e-14;  // relative to the largest element
    double largest = 0.0;
    for (const double value : a) largest = std::max(largest, std::abs(value));
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < n; ++i) {
            if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
        }
        if (!(std::abs(a[pivot * n + k]) > tiny * largest)) return false;
        if (pivot != k) {
            for (std::size_t j = k; j < n; ++j) std::swap(a[k * n + j], a[pivot * n + j]);
            std::swap(b[k], b[pivot]);
        }
        for (std::size_t i = k + 1; i < n; ++i) {
            const double factor = a[i * n + k] / a[k * n + k];
            for (std::size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
            b[i] -= factor * b[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
        b[k] /= a[k * n + k];
    }
    return true;
}

}  // namespace ism::emulate
