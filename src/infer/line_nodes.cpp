// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#include "line_nodes.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/line_nodes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// after highway.h, and again for each instruction set
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ism::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
using Vector = hn::Vec<Doubles>;

constexpr std::size_t chunk = 64;  // nodes between two looks for the largest integrand

/// ln of the integrand without de/dt, de/dt, and q of some nodes.
struct Room {
    HWY_ALIGN double exponent[chunk];
    HWY_ALIGN double weight[chunk];
    HWY_ALIGN double q[chunk];
};

/// e, q and their derivatives along t of a few nodes.
struct Places {
    Vector e, q, de, dq;
};

Places places_of(const LineNodes& nodes, Vector x) {
    const Doubles d;
    const Vector one = hn::Set(d, 1.0), zero = hn::Zero(d), inverse = hn::Set(d, 1.0 / nodes.s);
    const Vector w = hn::Exp(d, hn::Neg(hn::Abs(x)));
    const Vector softplus = hn::Add(hn::Max(x, zero), hn::Log1p(d, w));  // ln(1 + exp(x))
    const Vector dq = hn::Div(hn::IfThenElse(hn::Gt(x, zero), one, w), hn::Add(one, w));
    const Vector e = hn::MulAdd(hn::Log(d, softplus), inverse, hn::Set(d, nodes.c));
    return {e, hn::Mul(softplus, inverse), hn::Div(dq, softplus), dq};
}

/// Fills `count` <= chunk nodes from node `begin`; returns the largest exponent.
double fill(const LineNodes& nodes, std::size_t begin, std::size_t count, Room& room) {
    const Doubles d;
    const Vector start = hn::Set(d, nodes.s * (nodes.first + static_cast<double>(begin) * nodes.step));
    const Vector spacing = hn::Set(d, nodes.s * nodes.step), half = hn::Set(d, -0.5);
    Vector largest = hn::Set(d, -1e300);
    for (std::size_t k = 0; k < count; k += hn::Lanes(d)) {
        const Vector x = hn::MulAdd(hn::Iota(d, static_cast<double>(k)), spacing, start);
        const Places at = places_of(nodes, x);
        const Vector off = hn::Sub(hn::Set(d, nodes.eta), at.q);
        const Vector exponent = hn::Mul(half, hn::MulAdd(at.e, at.e, hn::Mul(off, off)));
        hn::Store(exponent, d, room.exponent + k);
        hn::Store(at.de, d, room.weight + k);
        hn::Store(at.q, d, room.q + k);
        largest = hn::Max(largest, exponent);  // nodes past the end are of the same function
    }
    return hn::GetLane(hn::MaxOfLanes(d, largest));
}

struct Totals {
    double mass = 0, q = 0, product = 0;
};

/// Sums with exp(exponent - largest); nodes past `count` do not count.
Totals sum(const LineNodes& nodes, std::size_t count, double largest, const Room& room) {
    const Doubles d;
    Vector mass = hn::Zero(d), first = mass, product = mass;
    for (std::size_t k = 0; k < count; k += hn::Lanes(d)) {
        const Vector q = hn::Load(d, room.q + k), off = hn::Sub(hn::Set(d, nodes.eta), q);
        const Vector height = hn::Exp(d, hn::Sub(hn::Load(d, room.exponent + k), hn::Set(d, largest)));
        const Vector inside = hn::Mul(height, hn::Load(d, room.weight + k));
        const Vector part = hn::IfThenElseZero(hn::FirstN(d, count - k), inside);
        const Vector moment = hn::Mul(part, q);
        mass = hn::Add(mass, part);
        first = hn::Add(first, moment);
        product = hn::MulAdd(moment, off, product);
    }
    return {hn::GetLane(hn::SumOfLanes(d, mass)), hn::GetLane(hn::SumOfLanes(d, first)),
            hn::GetLane(hn::SumOfLanes(d, product))};
}

LineSums line_sums(const LineNodes& nodes) {
    Room room;
    Totals all;
    double reference = -HUGE_VAL;
    for (std::size_t begin = 0; begin < nodes.count; begin += chunk) {
        const std::size_t count = std::min(chunk, nodes.count - begin);
        const double largest = fill(nodes, begin, count, room), common = std::max(reference, largest);
        const Totals part = sum(nodes, count, common, room);
        const double shrink = std::exp(reference - common);  // 0 for the first
        all = {all.mass * shrink + part.mass, all.q * shrink + part.q, all.product * shrink + part.product};
        reference = common;
    }
    return {reference + std::log(all.mass * nodes.step), all.q / all.mass, all.product / all.mass};
}

double line_chance(const LineNodes& nodes, ChanceForm form) {
    const Doubles d;
    const bool direct = form == ChanceForm::direct;
    const Vector half = hn::Set(d, -0.5), spacing = hn::Set(d, nodes.s * nodes.step);
    HWY_ALIGN double argument[hn::MaxLanes(d)], density[hn::MaxLanes(d)];
    double sum = 0;
    for (std::size_t k = 0; k < nodes.count; k += hn::Lanes(d)) {
        const Vector x = hn::MulAdd(hn::Iota(d, static_cast<double>(k)), spacing, hn::Set(d, nodes.s * nodes.first));
        const Places at = places_of(nodes, x);
        const Vector off = hn::Sub(hn::Set(d, nodes.eta), at.q), of_phi = direct ? at.e : off;
        hn::Store(direct ? off : at.e, d, argument);
        hn::Store(hn::Mul(hn::Exp(d, hn::Mul(half, hn::Mul(of_phi, of_phi))), direct ? at.de : at.dq), d, density);
        for (std::size_t i = 0; i < std::min(hn::Lanes(d), nodes.count - k); ++i)
            sum += 0.5 * std::erfc(-argument[i] * (1 / std::numbers::sqrt2)) * density[i];
    }
    return sum * nodes.step;
}

}  // namespace ism::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ism::infer {

HWY_EXPORT(line_sums);
HWY_EXPORT(line_chance);

LineSums line_sums(const LineNodes& nodes) noexcept { return HWY_DYNAMIC_DISPATCH(line_sums)(nodes); }

double line_chance(const LineNodes& nodes, ChanceForm form) noexcept {
    return HWY_DYNAMIC_DISPATCH(line_chance)(nodes, form);
}

}  // namespace ism::infer
#endif
