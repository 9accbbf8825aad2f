// Files of BPASS spectra that cannot be: the library refuses them, where a field of infinite age or strength would
// follow.
#include <ism/simulate/dust/bpass.hpp>

#include <doctest/doctest.h>
#include <error_of.hpp>

using ism::simulate::dust::BpassLibrary;

namespace {

/// Two ages, twelve wavelengths [um]; `value` is the spectrum of the second.
std::string file(const std::string& ages, const std::string& value) {
    std::string text = "0 " + ages + "\n";
    for (int i = 0; i < 12; ++i) text += std::to_string(0.1 + 0.05 * i) + " 1 " + value + "\n";
    return text;
}

std::string refusal(const std::string& text) {
    return error_of([&] { const BpassLibrary library(text, "b.dat"); });
}

}  // namespace

TEST_CASE("BPASS: what cannot be is refused with its place") {
    CHECK(refusal(file("6 7", "1")) == "no error of this kind");
    CHECK(has(refusal(file("6 7100", "1")), "b.dat:1: log10(age) = 7100"));
    CHECK(has(refusal(file("7 6", "1")), "ages that do not increase"));
    CHECK(has(refusal(file("6 7", "1e308")), "more than a number can hold"));
    CHECK(has(refusal(file("6 7", "0")), "b.dat at log age 7"));
    CHECK(has(refusal(file("6 7", "-1")), "a number >= 0"));
    CHECK(has(refusal(file("6 7", "1 1")), "4 columns"));
    CHECK(has(refusal(""), "no table of spectra"));
}
