// FITS maps: what is written is read again, maps on different grids are told apart, damaged files are refused.
#include <ism/io/image.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <unistd.h>

#include <ism/base/atomic_file.hpp>

using namespace ism;
using namespace ism::io;

namespace {

std::string card(const std::string& key, const std::string& value) {
    std::string text = key + std::string(8 - key.size(), ' ') + "= ";
    text += value.front() == '\'' ? value : std::string(20 - value.size(), ' ') + value;
    return text;
}

Image ramp() {
    Image image{"PACS_70", "MJy sr-1", 5, 4, {}, {}, ""};
    for (std::size_t i = 0; i < image.size(); ++i) image.values.push_back(0.5 * static_cast<double>(i) - 1.0);
    image.values[7] = std::numeric_limits<double>::quiet_NaN();
    image.wcs = {card("CTYPE1", "'RA---TAN'"), card("CTYPE2", "'DEC--TAN'"), card("CRVAL1", "83.82208"),
                 card("CRVAL2", "-5.39111"),   card("CRPIX1", "3.0"),        card("CRPIX2", "2.5"),
                 card("CDELT1", "-0.0008"),    card("CDELT2", "0.0008")};
    return image;
}

struct File {
    std::string path =
        (std::filesystem::temp_directory_path() / ("maps" + std::to_string(::getpid()) + ".fits")).string();
    ~File() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("maps come back as they were written, missing pixels and coordinates too") {
    const File file;
    Image error = ramp();
    error.name = "PACS_70_err";
    write_images(file.path, {ramp(), error}, {{"command", "ismulate fit"}});
    const auto found = read_images(file.path);
    REQUIRE(found.size() == 2);
    CHECK(found[0].name == "PACS_70");
    CHECK(found[1].name == "PACS_70_err");
    CHECK(found[0].unit == "MJy sr-1");
    REQUIRE(found[0].width == 5);
    REQUIRE(found[0].height == 4);
    for (std::size_t i = 0; i < 20; ++i) {
        if (i == 7)
            CHECK(std::isnan(found[0].values[i]));
        else
            CHECK(found[0].values[i] == ramp().values[i]);
    }
    REQUIRE(found[0].wcs.size() == ramp().wcs.size());
    CHECK_NOTHROW(check_same_grid(ramp(), found[0]));
    CHECK_NOTHROW(check_same_grid(found[0], ramp()));
}

TEST_CASE("maps of other sizes or other places on the sky are refused, and the difference is named") {
    const auto text_of = [](const Image& other) { return error_of([&] { check_same_grid(ramp(), other); }); };
    Image shifted = ramp();
    shifted.wcs[2] = card("CRVAL1", "83.92208");
    CHECK(has(text_of(shifted), "CRVAL1"));
    Image bare = ramp();
    bare.wcs.pop_back();
    CHECK(has(text_of(bare), "no keyword CDELT2"));
    Image narrow = ramp();
    narrow.width = 4;
    CHECK(has(text_of(narrow), "4 x 4 pixels"));
    Image rounded = ramp();
    rounded.wcs[4] = card("CRPIX1", "3.0002");
    CHECK_NOTHROW(check_same_grid(ramp(), rounded));
    Image turned = ramp(), straight = ramp(), nowhere = ramp();
    turned.wcs.push_back(card("CROTA2", "45.0"));
    straight.wcs.push_back(card("PC1_1", "1.0"));
    straight.wcs.push_back(card("PC1_2", "0.0"));
    nowhere.wcs.clear();
    CHECK(has(text_of(turned), "CROTA2 = 45.0"));
    CHECK_NOTHROW(check_same_grid(ramp(), straight));
    CHECK(error_of([&] { check_same_grid(nowhere, ramp()); }) != "no error of this kind");
}

TEST_CASE("truncated files and files without an image are refused") {
    const File file;
    write_images(file.path, {ramp()}, {});
    const std::string bytes = read_whole(file.path);
    CHECK(images_from_fits(bytes.substr(0, 2880), "cut.fits").empty());  // all of the first extension: a whole file
    for (std::size_t length = 0; length < bytes.size(); length += 720) {
        if (length == 2880) continue;
        CAPTURE(length);
        CHECK(error_of([&] { (void)images_from_fits(bytes.substr(0, length), "cut.fits"); }) !=
              "no error of this kind");
    }
    write_images(file.path, {}, {});
    CHECK(read_images(file.path).empty());
}
