// What the parts of the compiled half share: arrays that NumPy takes over, and the emulator behind them.
#pragma once
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <ism/emulate/emulator.hpp>
#include <ism/observe/seen.hpp>

namespace ism::python {

namespace nb = nanobind;

using Points = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// An array that NumPy owns from now on.
template <class Real>
struct Block {
    explicit Block(std::size_t count) : size(count), data(new Real[count]) {}

    /// Hands the memory over, as an array of this shape.
    nb::ndarray<nb::numpy, Real> array(std::initializer_list<std::size_t> shape) {
        Real* given = data.release();
        const nb::capsule owner(given, [](void* memory) noexcept { delete[] static_cast<Real*>(memory); });
        return nb::ndarray<nb::numpy, Real>(given, shape, owner);
    }
    std::span<Real> span() { return {data.get(), size}; }

    std::size_t size;
    std::unique_ptr<Real[]> data;
};

/// How an emulator is looked at.
struct View {
    std::string outside = "refuse";         ///< what happens to points outside the range of training
    std::vector<std::string> bands{};       ///< as for find_bands; empty: its outputs as they are
    std::string convention = "instrument";  ///< of the bands
};

/// An emulator with its record, and what a call of one point needs at hand.
class Emulator {
public:
    Emulator(emulate::EmulatorRecord record, View view) : record_(std::move(record)), view_(std::move(view)) {
        const emulate::Outside outside = emulate::outside_from_string(view_.outside);
        const observe::Convention convention = observe::convention_from_string(view_.convention);
        if (view_.bands.empty())
            model_ = std::make_shared<emulate::Emulator>(record_, emulate::EmulatorOptions{.outside = outside});
        else
            model_ = observe::seen_through(record_, view_.bands, outside, convention);
        for (const auto& parameter : model_->info().parameters) {
            names_.push_back(nb::steal(PyUnicode_InternFromString(parameter.name.c_str())));
            fallbacks_.push_back(parameter.fallback);
        }
    }

    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    /// Of the whole emulator, whatever part of it is seen.
    [[nodiscard]] const emulate::EmulatorRecord& record() const noexcept { return record_; }
    [[nodiscard]] const View& view() const noexcept { return view_; }

    /// Outputs (M) of the point that `chosen` names, or None where a value is more than a plain number.
    nb::object one(const nb::dict& chosen) const {
        std::vector<double> point = fallbacks_;
        for (const auto [name, value] : chosen) {
            const std::size_t i = position(name);
            if (PyFloat_CheckExact(value.ptr())) {
                point[i] = PyFloat_AS_DOUBLE(value.ptr());
            } else if (PyLong_CheckExact(value.ptr())) {
                point[i] = PyLong_AsDouble(value.ptr());
                if (point[i] == -1 && PyErr_Occurred() != nullptr) nb::raise_python_error();
            } else {
                return nb::none();
            }
        }
        Block<double> y(model_->info().output_count());
        {
            const nb::gil_scoped_release others_may_run;
            model_->evaluate(point, y.span());
        }
        return nb::cast(y.array({y.size}));
    }

    template <class Real>
    nb::ndarray<nb::numpy, Real> many(const Points& points) const {
        const std::size_t m = model_->info().output_count();
        Block<Real> y(points.shape(0) * m);
        {
            const nb::gil_scoped_release others_may_run;
            evaluate({points.data(), points.size()}, y.span());
        }
        return y.array({points.shape(0), m});
    }

    nb::tuple jacobian(const Points& points) const {
        const std::size_t n = points.shape(0), m = model_->info().output_count(), p = model_->info().parameter_count();
        Block<double> y(n * m), dy(n * m * p);
        {
            const nb::gil_scoped_release others_may_run;
            model_->evaluate_with_jacobian({points.data(), points.size()}, y.span(), dy.span());
        }
        return nb::make_tuple(y.array({n, m}), dy.array({n, m, p}));
    }

private:
    void evaluate(std::span<const double> points, std::span<double> outputs) const {
        model_->evaluate(points, outputs);
    }
    void evaluate(std::span<const double> points, std::span<float> outputs) const {
        observe::evaluate_single(*model_, points, outputs);
    }

    /// Names of keyword arguments are interned, so that most are found by their address.
    [[nodiscard]] std::size_t position(nb::handle name) const {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i].is(name)) return i;
        }
        return index_of(model_->info().parameters, nb::cast<std::string>(name), model_->info().name);
    }

    emulate::EmulatorRecord record_;
    View view_;
    std::shared_ptr<const Model> model_;
    std::vector<nb::object> names_;
    std::vector<double> fallbacks_;
};

/// The values as an array of their own, in the shape.
inline nb::object numbers(const std::vector<double>& values, std::initializer_list<std::size_t> shape) {
    Block<double> block(values.size());
    std::copy(values.begin(), values.end(), block.data.get());
    return nb::cast(block.array(shape));
}

/// Adds bands and photometry; in observe.cpp.
void add_observe(nb::module_& m);
/// Adds fits; in fit.cpp.
void add_fit(nb::module_& m);

}  // namespace ism::python
