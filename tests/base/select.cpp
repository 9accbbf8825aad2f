// Outputs chosen by globs.
#include <ism/base/select.hpp>

#include <doctest/doctest.h>
#include <error_of.hpp>

using namespace ism;

namespace {

const Axis lines{"line", "line", "", {}, {"CO10", "CO10sm", "CII158", "CII158_CO10", "TS", "[CII]"}};

std::vector<std::size_t> chosen(const std::string& globs) { return chosen_outputs(lines, globs); }
bool refused(const std::string& globs, const std::string& part) {
    return error_of([&] { (void)chosen(globs); }).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("globs choose outputs in the order of the axis, ! excludes") {
    using Indices = std::vector<std::size_t>;
    CHECK(chosen("CO10") == Indices{0});
    CHECK(chosen("CO*") == Indices{0, 1});
    CHECK(chosen("*sm, TS") == Indices{1, 4});
    CHECK(chosen("TS,CO10") == Indices{0, 4});
    CHECK(chosen("!*_*,!TS") == Indices{0, 1, 2, 5});
    CHECK(chosen("C*,!*_*") == Indices{0, 1, 2});
    CHECK(chosen("CO1?") == Indices{0});
    CHECK(chosen("[CII]") == Indices{5});  // a label is itself, whatever brackets are in it
}

TEST_CASE("what fits nothing, or leaves nothing, is refused; so are outputs without names") {
    CHECK(refused("CO11", "CO10"));
    CHECK(refused("CO*,!CX*", "CX*"));
    CHECK(refused("CO*,!C*", "leaves nothing"));
    CHECK(error_of([] {
              (void)chosen_outputs({"wavelength", "wavelength", "um", {1.0, 2.0}, {}}, "1");
          }).find("have no names") != std::string::npos);
}

TEST_CASE("a mask: 0 is not used, 2 is a limit, all else is used; limits are made of what is used") {
    Dataset data;
    data.info.parameters = {{"a", "", 0.0, 1.0, 0.0, Scale::linear, ""}};
    data.info.axis = lines;
    data.parameters = {0.1};
    data.outputs = {1, 2, 3, 4, 5, 6};
    data.mask = {0, 1, 2, 255, 1, 0};
    const auto marks = [](const Dataset& d) {
        std::string text;
        for (std::size_t j = 0; j < 6; ++j) text += d.used(0, j) ? 'u' : d.is_limit(0, j) ? 'l' : '-';
        return text;
    };
    CHECK(marks(data) == "-uluu-");
    const Dataset limited = with_limits(data, 4.5);
    CHECK(marks(limited) == "-lllu-");
    CHECK(limited.outputs == std::vector<double>{1, 4.5, 3, 4.5, 5, 6});
}

TEST_CASE("columns of a dataset keep parameters, masks and failures") {
    Dataset data;
    data.info.parameters = {{"a", "", 0.0, 1.0, 0.0, Scale::linear, ""}};
    data.info.axis = lines;
    data.parameters = {0.1, 0.2};
    for (int i = 0; i < 12; ++i) data.outputs.push_back(i);
    data.mask.assign(12, 1);
    data.mask[8] = 0;
    data.status = {0, 1};
    const Dataset part = columns(data, {5, 2});
    CHECK(part.info.axis.labels == std::vector<std::string>{"[CII]", "CII158"});
    CHECK(part.outputs == std::vector<double>{5, 2, 11, 8});
    CHECK(part.mask == std::vector<std::uint8_t>{1, 1, 1, 0});
    CHECK(part.parameters == data.parameters);
    CHECK(part.status == data.status);
}
