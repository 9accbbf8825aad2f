#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include <io/fits_handle.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/gzip.hpp>
#include <ism/io/image.hpp>

namespace ism::io {
namespace {

/// Beginnings of the keywords that place an image on the sky (Greisen & Calabretta 2002,
/// doi:10.1051/0004-6361:20021326; SIP distortions), each with digits and underscores after it.
constexpr std::array<std::string_view, 24> wcs_keys{"WCSAXES", "WCSNAME", "CTYPE",   "CUNIT",   "CRVAL",    "CRPIX",
                                                    "CDELT",   "CROTA",   "CD",      "PC",      "PV",       "PS",
                                                    "LONPOLE", "LATPOLE", "RADESYS", "EQUINOX", "RADECSYS", "DATE-OBS",
                                                    "MJD-OBS", "A_",      "B_",      "AP_",     "BP_",      "SPECSYS"};

std::string_view keyword_of(std::string_view card) {
    return trimmed(card.substr(0, std::min<std::size_t>(8, card.size())));
}

/// Whether a card belongs to the first two axes of the world coordinates.
bool is_wcs(std::string_view card) {
    const std::string_view key = keyword_of(card);
    return std::any_of(wcs_keys.begin(), wcs_keys.end(), [&](std::string_view begin) {
        if (!key.starts_with(begin)) return false;
        const std::string_view rest = key.substr(begin.size());
        const bool numbers = rest.find_first_not_of("0123456789_") == std::string_view::npos || rest == "ORDER";
        return numbers && rest.find_first_of("3456789") != 0;  // axes of length 1 beyond the two are left out
    });
}

std::string text_key(FitsFile& file, const char* key) {
    int status = 0;
    char* text = nullptr;
    if (fits_read_key_longstr(file.get(), key, &text, nullptr, &status) != 0) {
        fits_clear_errmsg();
        return "";
    }
    std::string result(trimmed(text));
    fits_free_memory(text, &status);
    return result;
}

/// The two axes of the image at hand; nothing where the HDU holds no image.
std::optional<std::array<std::size_t, 2>> axes_of(FitsFile& file, const std::string& where) {
    int status = 0, type = 0, count = 0, bits = 0;
    fits_get_hdu_type(file.get(), &type, &status);
    if (status != 0 || type != IMAGE_HDU) return std::nullopt;
    std::array<LONGLONG, 9> length{};
    fits_get_img_paramll(file.get(), static_cast<int>(length.size()), &bits, &count, length.data(), &status);
    file.check_read(status, "the size of the image");
    if (count == 0) return std::nullopt;
    const bool flat = count >= 2 && count <= static_cast<int>(length.size()) &&
                      std::all_of(length.begin() + 2, length.begin() + count, [](LONGLONG n) { return n == 1; });
    if (!flat || length[0] < 1 || length[1] < 1)
        throw InputError({.where = where,
                          .found = "an image of " + std::to_string(count) + " axes",
                          .allowed = "two axes (more only where they have length 1)",
                          .next = "take the plane of interest out of the cube first"});
    return std::array{static_cast<std::size_t>(length[0]), static_cast<std::size_t>(length[1])};
}

/// A truncated file must not make us ask for more memory than it could fill.
void check_pixels(FitsFile& file, std::size_t width, std::size_t height, double bytes, const std::string& where) {
    int status = 0, bits = 0;
    LONGLONG header = 0, data = 0, end = 0;
    fits_get_img_type(file.get(), &bits, &status);
    fits_get_hduaddrll(file.get(), &header, &data, &end, &status);
    file.check_read(status, "the place of the image");
    const double needed = static_cast<double>(data) + static_cast<double>(width) * static_cast<double>(height) *
                                                          std::abs(static_cast<double>(bits)) / 8.0;
    if (fits_is_compressed_image(file.get(), &status) == 0 && needed > bytes)
        throw InputError({.where = where,
                          .found = "it is shorter than its header says: " + std::to_string(width) + " x " +
                                   std::to_string(height) + " pixels",
                          .next = "fetch or write the file again"});
}

std::vector<std::string> wcs_cards(FitsFile& file) {
    int status = 0, cards = 0;
    fits_get_hdrspace(file.get(), &cards, nullptr, &status);
    std::vector<std::string> result;
    for (int i = 1; i <= cards && status == 0; ++i) {
        char card[FLEN_CARD] = "";
        fits_read_record(file.get(), i, card, &status);
        if (is_wcs(card)) result.emplace_back(card);
    }
    fits_clear_errmsg();
    return result;
}

Image image_at(FitsFile& file, std::array<std::size_t, 2> axes, double bytes, const std::string& where) {
    Image image;
    image.name = text_key(file, "EXTNAME");
    image.unit = text_key(file, "BUNIT");
    image.source = where;
    image.width = axes[0];
    image.height = axes[1];
    check_pixels(file, image.width, image.height, bytes, where);
    image.wcs = wcs_cards(file);
    image.values.resize(image.size());
    int status = 0, any = 0, bits = 0;
    double missing = std::numeric_limits<double>::quiet_NaN();
    fits_get_img_type(file.get(), &bits, &status);
    // asked for missing values, cfitsio takes an infinity of a floating image for one
    fits_read_img(file.get(), TDOUBLE, 1, static_cast<LONGLONG>(image.size()), bits < 0 ? nullptr : &missing,
                  image.values.data(), &any, &status);
    file.check_read(status, "the image");
    return image;
}

/// The value of a card: a number, or a text without its quotes.
std::string value_of(std::string_view card) {
    char value[FLEN_VALUE] = "", comment[FLEN_COMMENT] = "";
    int status = 0;
    std::string copy(card);
    fits_parse_value(copy.data(), value, comment, &status);
    std::string text(trimmed(value));
    if (text.size() >= 2 && text.front() == '\'') text = std::string(trimmed(text.substr(1, text.size() - 2)));
    return text;
}

bool same_value(std::string_view key, const std::string& one, const std::string& other) {
    const auto a = number_from(one), b = number_from(other);
    if (!a || !b) return one == other;
    if (key.starts_with("CRPIX")) return std::abs(*a - *b) <= 1e-3;
    return std::abs(*a - *b) <= 1e-9 * std::max(std::abs(*a), std::abs(*b));
}

/// Keywords that do not place a pixel.
bool is_remark(std::string_view key) { return key == "DATE-OBS" || key == "MJD-OBS" || key == "WCSNAME"; }

/// What a keyword means where it is not there (Greisen & Calabretta 2002, section 2.1.2); nothing where that depends.
std::optional<std::string> absent_value(const std::string& key) {
    if (key.starts_with("CROTA")) return "0";
    if (key.starts_with("PC")) return key == "PC1_1" || key == "PC2_2" ? "1" : "0";
    return std::nullopt;
}

std::optional<std::string> value_for(const Image& image, const std::string& key) {
    const auto card =
        std::find_if(image.wcs.begin(), image.wcs.end(), [&](const auto& c) { return keyword_of(c) == key; });
    return card == image.wcs.end() ? absent_value(key) : std::optional(value_of(*card));
}

/// Keywords that place a pixel and stand in one image at least.
std::set<std::string> keywords_of_both(const Image& one, const Image& other) {
    std::set<std::string> keys;
    for (const Image* image : {&one, &other}) {
        for (const std::string& card : image->wcs) {
            const std::string key(keyword_of(card));
            const bool follows = key == "WCSAXES" || key == "LONPOLE" || key == "LATPOLE" || key == "RADESYS" ||
                                 key == "RADECSYS" || key == "EQUINOX";  // these have defaults that writers put in
            if (!is_remark(key) && !(follows && !(value_for(one, key) && value_for(other, key)))) keys.insert(key);
        }
    }
    return keys;
}

void write_image(FitsFile& file, const Image& image) {
    int status = 0;
    std::array<LONGLONG, 2> length{static_cast<LONGLONG>(image.width), static_cast<LONGLONG>(image.height)};
    fits_create_imgll(file.get(), DOUBLE_IMG, 2, length.data(), &status);
    fits_update_key_str(file.get(), "EXTNAME", ascii(image.name).c_str(), nullptr, &status);
    if (!image.unit.empty()) fits_update_key_str(file.get(), "BUNIT", ascii(image.unit).c_str(), nullptr, &status);
    for (const std::string& card : image.wcs) fits_write_record(file.get(), card.c_str(), &status);
    fits_write_img(file.get(), TDOUBLE, 1, static_cast<LONGLONG>(image.size()),
                   const_cast<double*>(image.values.data()),
                   &status);  // cfitsio does not write to it
    file.check_written(status);
}

/// A file cut in the header of an extension ends, for cfitsio, before that extension.
void check_end(FitsFile& file, double bytes, const std::string& source) {
    int status = 0;
    LONGLONG header = 0, data = 0, end = 0;
    fits_get_hduaddrll(file.get(), &header, &data, &end, &status);
    file.check_read(status, "the end of the last extension");
    if (static_cast<double>(end) == bytes) return;
    const bool shorter = static_cast<double>(end) > bytes;
    throw InputError({.where = source,
                      .found = shorter ? "it ends before its last extension does"
                                       : to_text(bytes - static_cast<double>(end)) +
                                             " bytes after the last extension that can be read",
                      .effect = "nothing was read",
                      .next = "fetch or write the file again"});
}

std::vector<Image> images_in(FitsFile& file, double bytes, const std::string& source) {
    int status = 0, count = 0, type = 0;
    fits_get_num_hdus(file.get(), &count, &status);
    file.check_read(status, "the list of extensions");
    std::vector<Image> images;
    for (int hdu = 1; hdu <= count; ++hdu) {
        fits_movabs_hdu(file.get(), hdu, &type, &status);
        file.check_read(status, "extension " + std::to_string(hdu - 1));
        const std::string where = source + "[" + std::to_string(hdu - 1) + "]";
        if (const auto axes = axes_of(file, where)) images.push_back(image_at(file, *axes, bytes, where));
    }
    check_end(file, bytes, source);
    return images;
}

}  // namespace

std::vector<Image> images_from_fits(std::string bytes, const std::string& source) {
    const auto size = static_cast<double>(bytes.size());
    check_cards(bytes, source);
    FitsFile file(std::move(bytes), source);
    return images_in(file, size, source);
}

std::vector<Image> read_images(const std::string& path) { return images_from_fits(read_maybe_gzip(path), path); }

void check_same_grid(const Image& one, const Image& other) {
    const auto refuse = [&](const std::string& found, const std::string& allowed) {
        throw InputError({.where = other.source,
                          .found = found,
                          .allowed = allowed + ", as in " + one.source,
                          .next = "bring the maps to one grid first (reproject, montage)"});
    };
    const auto size = [](const Image& image) {
        return std::to_string(image.width) + " x " + std::to_string(image.height);
    };
    if (one.width != other.width || one.height != other.height) refuse(size(other) + " pixels", size(one));
    for (const std::string& key : keywords_of_both(one, other)) {
        const std::optional<std::string> expected = value_for(one, key), found = value_for(other, key);
        if (!found) refuse("no keyword " + key, key + " = " + *expected);
        if (!expected) refuse(key + " = " + *found, "no keyword " + key);
        if (!same_value(key, *expected, *found)) refuse(key + " = " + *found, key + " = " + *expected);
    }
}

void write_images(const std::string& path, const std::vector<Image>& images,
                  const std::vector<std::pair<std::string, std::string>>& meta) {
    write_atomically(path, [&](const std::string& temporary) {
        FitsFile file(temporary, true);
        int status = 0;
        fits_create_imgll(file.get(), BYTE_IMG, 0, nullptr, &status);
        for (const auto& [key, value] : meta)
            fits_write_history(file.get(), ascii(key + ": " + value).c_str(), &status);
        file.check_written(status);
        for (const Image& image : images) write_image(file, image);
        file.close_written();
    });
}

}  // namespace ism::io
