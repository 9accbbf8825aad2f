// The reader of molecular data: a small file by hand, each way to damage it, and the 34 files of the reference data.
#include <ism/io/lamda.hpp>

#include <algorithm>
#include <filesystem>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <reference_data.hpp>

#include <ism/base/atomic_file.hpp>

using namespace ism;
using namespace ism::io;

namespace {

const std::string small = read_whole(std::string(ISM_SOURCE_DIR) + "/fuzz/corpus/lamda/three");

/// The small file with its line `number` (from 1) replaced, or gone where `text` is "-".
std::string with_line(std::size_t number, const std::string& text) {
    std::string result;
    std::size_t begin = 0;
    for (std::size_t k = 1; begin < small.size(); ++k) {
        const std::size_t end = small.find('\n', begin);
        if (k != number) {
            result += small.substr(begin, end - begin + 1);
        } else if (text != "-") {
            result += text + "\n";
        }
        begin = end + 1;
    }
    return result;
}

std::string error_with(std::size_t number, const std::string& text) {
    return error_of([&] { (void)parse_lamda(with_line(number, text), "x.dat"); });
}

}  // namespace

TEST_CASE("a small file is read as it stands") {
    const LamdaMolecule molecule = parse_lamda(small, "x.dat");
    CHECK(molecule.name == "X, made up by hand");
    CHECK(molecule.mass == 20.0);
    REQUIRE(molecule.levels.size() == 3);
    CHECK(molecule.levels[2].energy == 12.0);
    CHECK(molecule.levels[2].weight == 5.0);
    REQUIRE(molecule.lines.size() == 2);
    CHECK(molecule.lines[1].label == "2-1");
    CHECK(molecule.lines[1].einstein_a == 1e-6);
    CHECK(molecule.lines[0].frequency == 119.916983);
    REQUIRE(molecule.collisions.size() == 2);
    CHECK(molecule.collisions[0].collider == Collider::para_h2);
    CHECK(molecule.collisions[1].temperatures == std::vector<double>{10.0, 50.0, 200.0});
    CHECK(molecule.collisions[1].from == std::vector<std::size_t>{1, 2, 2});
    CHECK(molecule.collisions[1].rates.back() == 1e-10);
}

TEST_CASE("tabs, carriage returns and comments change nothing") {
    const LamdaMolecule tabs =
        parse_lamda(read_whole(std::string(ISM_SOURCE_DIR) + "/fuzz/corpus/lamda/tabs"), "tabs.dat");
    CHECK(tabs.collisions[1].rates == parse_lamda(small, "x.dat").collisions[1].rates);
    CHECK(parse_lamda(with_line(8, "1 0.0 1.0 \"0\" ! ground"), "x.dat").levels[0].label == "0");
}

TEST_CASE("a truncated file is refused wherever it ends, with the line") {
    std::size_t refused = 0, lines = 0;
    for (std::size_t end = small.find('\n'); end != std::string::npos; end = small.find('\n', end + 1)) {
        ++lines;
        if (end + 1 == small.size()) break;
        const std::string text = error_of([&] { (void)parse_lamda(small.substr(0, end + 1), "x.dat"); });
        if (has(text, "x.dat:" + std::to_string(lines + 1)) && has(text, "the file ends before")) ++refused;
    }
    CHECK(lines == 42);
    CHECK(refused == lines - 1);
}

TEST_CASE("a line that is missing or damaged is refused with its number") {
    CHECK(has(error_with(4, "heavy"), "x.dat:4"));
    CHECK(has(error_with(6, "-"), "x.dat:6"));
    CHECK(has(error_with(9, "3 4.0 3.0 1"), "x.dat:9"));
    CHECK(has(error_with(9, "2 nan 3.0 1"), "x.dat:9"));
    CHECK(has(error_with(9, "2 -4.0 3.0 1"), "a number >= 0"));
    CHECK(has(error_with(9, "2 4.0 0 1"), "a number > 0"));
    CHECK(has(error_with(14, "1 1 2 1e-7 119.9"), "the upper level is not above"));
    CHECK(has(error_with(14, "1 2 4 1e-7 119.9"), "1 to 3"));
    CHECK(has(error_with(14, "1 2 1 0 119.9"), "the Einstein coefficient is 0"));
    CHECK(has(error_with(15, "1 2 1 1e-7 119.9"), "given twice"));
    CHECK(has(error_with(19, "9 X-dust"), "x.dat:19"));
    CHECK(has(error_with(25, "100.0 10.0"), "do not increase"));
    CHECK(has(error_with(25, "10.0 100.0 200.0"), "3 temperatures"));
    CHECK(has(error_with(28, "2 3 1 2.0E-11"), "x.dat:28"));
    CHECK(has(error_with(28, "2 3 1 2.0E-11 inf"), "a finite number"));
    CHECK(has(error_with(28, "2 3 1 2.0E-11 -1e-12"), "a number >= 0"));
    CHECK(has(error_with(31, "2 X again"), "a second table for p-H2"));
}

TEST_CASE("a missing file is said to be missing") {
    CHECK(has(error_of<Error>([] { (void)read_lamda("no-such.dat"); }), "no-such.dat"));
}

TEST_CASE("all 34 files of the reference data are read") {
    std::size_t files = 0, lines = 0, tables = 0;
    for (const auto& entry : std::filesystem::directory_iterator(reference_data("lines/lamda"))) {
        if (entry.path().extension() != ".dat") continue;
        CAPTURE(entry.path().string());
        const LamdaMolecule molecule = read_lamda(entry.path().string());
        ++files;
        lines += molecule.lines.size();
        tables += molecule.collisions.size();
    }
    CHECK(files == 34);
    CHECK(lines == 1880);
    CHECK(tables == 57);
}
