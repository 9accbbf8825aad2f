#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>

#include <check_relative.hpp>
#include <doctest/doctest.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/dataset.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/parameter.hpp>
#include <ism/base/provenance.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>

using namespace ism;

TEST_CASE("derived constants have their published values") {
    CHECK_RELATIVE(constants::stefan_boltzmann, 5.670374419e-5, 1e-9);  // CODATA 2018
    CHECK_RELATIVE(constants::radiation_constant, 7.565733250e-15, 1e-9);
    CHECK_RELATIVE(constants::parsec, 3.0856775814913673e18, 1e-15);  // IAU 2015 B2
    CHECK_RELATIVE(constants::hydrogen_mass, 1.6735328e-24, 1e-7);
}

TEST_CASE("FITS unit strings are parsed and converted") {
    CHECK_RELATIVE(conversion_factor("um", "cm"), 1e-4, 1e-15);
    CHECK_RELATIVE(conversion_factor("nm", "um"), 1e-3, 1e-14);
    CHECK_RELATIVE(conversion_factor("W m-2", "erg s-1 cm-2"), 1e3, 1e-14);
    CHECK_RELATIVE(conversion_factor("W/m**2", "erg/s/cm^2"), 1e3, 1e-14);
    CHECK_RELATIVE(conversion_factor("erg / (s cm2)", "erg s-1 cm-2"), 1.0, 1e-14);
    CHECK_RELATIVE(conversion_factor("MJy/sr", "erg s-1 cm-2 Hz-1 sr-1"), 1e-17, 1e-14);
    CHECK_RELATIVE(conversion_factor("10**-3 Jy", "mJy"), 1.0, 1e-14);
    CHECK_RELATIVE(conversion_factor("Myr", "s"), 3.15576e13, 1e-14);
    CHECK_RELATIVE(conversion_factor("/cm3", "m-3"), 1e6, 1e-14);
    CHECK_RELATIVE(conversion_factor("arcsec2", "sr"), 2.3504430539e-11, 1e-9);
    CHECK_RELATIVE(conversion_factor("", ""), 1.0, 1e-15);
    CHECK_THROWS_AS((void)conversion_factor("erg s-1", "erg s-1 H-1"), InputError);
    CHECK_THROWS_AS((void)conversion_factor("um", "s"), InputError);
    for (const char* wrong : {"parsnip", "erg s-", "erg//s", "cm(", "cm**(2", "m^", "erg /", "cm99999999999",
                              "((((((((((m))))))))))", "-3"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(Unit{wrong}, InputError);
    }
}

TEST_CASE("an error names the wrong unit and what is allowed") {
    try {
        (void)conversion_factor("um", "Hz");
        FAIL("not refused");
    } catch (const InputError& error) {
        const std::string text = error.what();
        CHECK(text.find("'um'") != std::string::npos);
        CHECK(text.find("'Hz'") != std::string::npos);
        CHECK(error.exit_status() == 2);
    }
}

TEST_CASE("a parameter refuses NaN and values outside, and maps its range to 0..1 and back") {
    const Parameter u{.name = "U", .unit = "", .low = 0.1, .high = 1e6, .fallback = 1, .scale = Scale::log, .help = ""};
    for (const double value : {0.1, 1.0, 37.0, 1e6})
        CHECK_RELATIVE(u.from_unit_interval(u.to_unit_interval(value)), value, 1e-12);
    for (const double value : {0.0999, 1.1e6, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(check_range(u, value, "dust"), InputError);
    }
    const std::array<Parameter, 1> all{u};
    CHECK(index_of(all, "U", "dust") == 0);
    CHECK_THROWS_WITH_AS((void)index_of(all, "V", "dust"), doctest::Contains("did you mean 'U'"), InputError);
}

TEST_CASE("Philox 4x32-10 gives the known answers of its authors") {
    using Block = std::array<std::uint32_t, 4>;  // Random123 1.09, kat_vectors
    CHECK(Random::philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(Random::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(Random::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random streams: moments, bounds, independence of items") {
    double sum = 0, squares = 0, uniform_sum = 0;
    constexpr int count = 200000;
    Random random(7, 3);
    for (int i = 0; i < count; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
        const double u = random.uniform();
        REQUIRE(u > 0.0);
        REQUIRE(u < 1.0);
        uniform_sum += u;
        REQUIRE(random.below(7) < 7);
    }
    CHECK(std::abs(sum / count) < 4 / std::sqrt(count));
    CHECK(std::abs(squares / count - 1) < 4 * std::sqrt(2.0 / count));
    CHECK(std::abs(uniform_sum / count - 0.5) < 4 * std::sqrt(1.0 / 12 / count));
    CHECK(Random(7, 3).uniform() == Random(7, 3).uniform());
    CHECK(Random(7, 3).uniform() != Random(7, 4).uniform());
    CHECK(Random(8, 3).uniform() != Random(7, 3).uniform());
}

TEST_CASE("parallel_for runs every item once, nests, and hands on the exception") {
    for (const unsigned threads : {1U, 2U, 5U}) {
        set_thread_count(threads);
        std::vector<std::atomic<int>> hits(1000);
        parallel_for(hits.size(), [&](std::size_t i) { parallel_for(3, [&](std::size_t) { ++hits[i]; }); });
        CHECK(std::all_of(hits.begin(), hits.end(), [](const auto& hit) { return hit == 3; }));
        CHECK_THROWS_AS(parallel_for(100,
                                     [](std::size_t i) {
                                         if (i == 42) throw NumericalError("no");
                                     }),
                        NumericalError);
    }
    set_thread_count(0);
}

TEST_CASE("files are written whole or not at all") {
    const auto folder = std::filesystem::temp_directory_path() / "ismulate_test_atomic";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "a.txt").string();
    write_atomically(path, "whole");
    CHECK(read_whole(path) == "whole");
    CHECK_THROWS_AS(check_output(path, false), InputError);
    CHECK_NOTHROW(check_output(path, true));
    CHECK_THROWS_AS(write_atomically(path,
                                     [](const std::string& temporary) {
                                         std::ofstream(temporary) << "half";
                                         throw NumericalError("stopped");
                                     }),
                    NumericalError);
    CHECK(read_whole(path) == "whole");
    CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    CHECK_THROWS_AS(check_output((folder / "no" / "b.txt").string(), false), InputError);
    CHECK_THROWS_AS((void)read_whole((folder / "none").string()), InputError);
    CHECK_THROWS_AS((void)read_whole(folder.string()), InputError);
    std::filesystem::remove_all(folder);
}

TEST_CASE("numbers in text are read strictly and written back exactly") {
    CHECK(number_from("1.5D-03") == 1.5e-3);
    CHECK(number_from(" +2 ") == 2.0);
    CHECK(number_from("7.2e-420") == 0.0);
    for (const char* wrong : {"", "1.5x", "--1", "+-1", "++1", "1e999", "1 2", "0x10"}) {
        CAPTURE(wrong);
        CHECK(!number_from(wrong));
    }
    CHECK(number_from(to_text(0.1 + 0.2)) == 0.1 + 0.2);
    CHECK(words("  a\tb  c ").size() == 3);
    CHECK(lines("a\r\nb\n").size() == 2);
    CHECK(lines("").empty());
}

TEST_CASE("axes are spaced as asked, ends exact") {
    const auto axis = log_spaced(0.5, 3000.0, 481);
    CHECK(axis.size() == 481);
    CHECK(axis.front() == 0.5);
    CHECK(axis.back() == 3000.0);
    CHECK_RELATIVE(axis[240], std::sqrt(0.5 * 3000.0), 1e-12);
}

TEST_CASE("a dataset with arrays of the wrong size is refused; rows are taken in order") {
    Dataset dataset;
    dataset.info.parameters.resize(2);
    dataset.info.axis.values = {1, 2, 3};
    dataset.parameters = {1, 2, 3, 4};
    dataset.outputs = {1, 2, 3, 4, 5, 6};
    CHECK_NOTHROW(check_shapes(dataset));
    CHECK(rows(dataset, {1, 0}).outputs == std::vector<double>{4, 5, 6, 1, 2, 3});
    dataset.mask = {1};
    CHECK_THROWS_AS(check_shapes(dataset), InputError);
}

TEST_CASE("provenance is one JSON object with escaped text") {
    const Provenance provenance{.command = "ismulate \"x\"\n", .seed = "1", .inputs = {{"a", "ff"}}, .settings = {}};
    CHECK(provenance.json().find(R"("command": "ismulate \"x\"\u000a")") != std::string::npos);
    CHECK(version().find('.') != std::string::npos);
}

TEST_CASE("text that is no UTF-8 is told apart and made so") {
    for (const char* text : {"", "a", "\xc2\xb5m", "\xe2\x82\xac", "\xf0\x9f\x8c\x8c", "\xef\xbf\xbd"}) {
        CHECK(is_utf8(text));
        CHECK(valid_utf8(text) == text);
    }
    for (const char* text : {"\xb5", "\xc2", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
        CAPTURE(text);
        CHECK_FALSE(is_utf8(text));
        CHECK(is_utf8(valid_utf8(text)));
    }
    CHECK(valid_utf8("a\xff\xc2\xb5") == "a\xef\xbf\xbd\xc2\xb5");
    CHECK(is_utf8(Provenance{.command = "ismulate -o \xff", .seed = {}, .inputs = {}, .settings = {}}.json()));
}
