// The C face against the C++ class behind it: the same bits, labels as well as values on the axis, memory handed back.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <ism.h>

#include <ism/base/errors.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>

#include "bindings/labelled.hpp"
#include "error_of.hpp"

using namespace ism;

namespace {

/// An emulator file that goes with the test.
struct LabelledFile {
    LabelledFile() { write_labelled(path); }
    ~LabelledFile() { std::remove(path.c_str()); }
    std::string path = "labelled.ism";
};

struct Handle {
    explicit Handle(const std::string& name) { REQUIRE(ism_open(name.c_str(), ISM_REFUSE, &emulator) == ISM_OK); }
    ~Handle() { ism_close(&emulator); }
    ism_emulator* emulator = nullptr;
};

}  // namespace

TEST_CASE("outputs with labels are described by their labels") {
    const LabelledFile file;
    const Handle handle(file.path);
    ism_description told{};
    REQUIRE(ism_describe(handle.emulator, &told) == ISM_OK);
    REQUIRE(told.output_count == 2);
    CHECK(told.axis_values == nullptr);
    REQUIRE(told.axis_labels != nullptr);
    CHECK(std::string(told.axis_labels[0]) == "H alpha");
    CHECK(std::string(told.axis_labels[1]) == "[N II]");
}

TEST_CASE("the C face gives the bits of the C++ class") {
    const Handle handle("themis");
    const emulate::Emulator twin(emulate::find_emulator("themis"));
    const std::size_t p = twin.info().parameter_count(), m = twin.info().output_count(), n = 3;
    std::vector<double> points, y(n * m), dy(n * m * p), y_c(n * m), dy_c(n * m * p);
    for (std::size_t i = 0; i < n; ++i) {
        for (const auto& parameter : twin.info().parameters)
            points.push_back(parameter.from_unit_interval(0.2 + 0.3 * static_cast<double>(i)));
    }
    std::vector<float> single(n * m), single_c(n * m);
    twin.evaluate_with_jacobian(points, y, dy);
    twin.evaluate(points, std::span<float>(single));
    REQUIRE(ism_evaluate_with_jacobian(handle.emulator, points.data(), points.size(), y_c.data(), y_c.size(),
                                       dy_c.data(), dy_c.size()) == ISM_OK);
    REQUIRE(ism_evaluate_float(handle.emulator, points.data(), points.size(), single_c.data(), single_c.size()) ==
            ISM_OK);
    CHECK(y_c == y);
    CHECK(dy_c == dy);
    CHECK(single_c == single);
}

TEST_CASE("a refusal has the words and the status of the exception") {
    const Handle handle("themis");
    const emulate::Emulator twin(emulate::find_emulator("themis"));
    const std::array<double, 3> point{1e9, 1e7, 0.5};
    std::vector<double> y(twin.info().output_count());
    CHECK(ism_evaluate(handle.emulator, point.data(), 3, y.data(), y.size()) == InputError("").exit_status());
    CHECK(ism_last_error() == error_of([&] { twin.evaluate(point, std::span<double>(y)); }));
}
