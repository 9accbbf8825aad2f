#include <io/fits_handle.hpp>

#include <algorithm>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::io {

std::string fits_message(int status) {
    char text[FLEN_STATUS] = "";
    fits_get_errstatus(status, text);
    fits_clear_errmsg();
    return text;
}

void check_cards(std::string_view bytes, const std::string& name) {
    constexpr std::size_t card_size = 80, value_begin = 10, longest = 60;
    for (std::size_t at = 0; at + card_size <= bytes.size(); at += card_size) {
        const std::string_view card = bytes.substr(at, card_size);
        if (card[0] != 'T' || card[8] != '=') continue;
        const std::string_view value = trimmed(card.substr(value_begin));
        if (value.starts_with('\'') || std::min(value.find_first_of(" /"), value.size()) <= longest) continue;
        throw InputError({.where = name,
                          .found = "the value of keyword '" + valid_utf8(trimmed(card.substr(0, 8))) +
                                   "' is neither a number nor a text in quotes",
                          .next = "fetch or write the file again"});
    }
}

std::string ascii(std::string text) {
    for (char& c : text) {
        if (c < 0x20 || c > 0x7e) c = c == '\n' ? ' ' : '?';
    }
    return text;
}

FitsFile::FitsFile(const std::string& path, bool create) : path_(path) {
    int status = 0;
    // The "diskfile" calls take the name as it is: cfitsio's extended syntax would give brackets a meaning.
    if (create)
        fits_create_diskfile(&file_, path.c_str(), &status);
    else
        fits_open_diskfile(&file_, path.c_str(), READONLY, &status);
    if (status == 0) return;
    if (create) throw MachineError({.where = path, .found = "cannot be written: " + fits_message(status)});
    refuse(status);
}

FitsFile::FitsFile(std::string bytes, const std::string& name) : path_(name), bytes_(std::move(bytes)) {
    constexpr std::size_t block = 2880;  // cfitsio reads whole blocks, also beyond the end of a truncated file
    bytes_.resize((bytes_.size() / block + 1) * block, '\0');
    memory_ = bytes_.data();
    memory_size_ = bytes_.size();
    int status = 0;
    if (fits_open_memfile(&file_, "", READONLY, &memory_, &memory_size_, 0, nullptr, &status) != 0) refuse(status);
}

FitsFile::~FitsFile() {
    int status = 0;
    if (file_ != nullptr) fits_close_file(file_, &status);
    fits_clear_errmsg();
}

void FitsFile::close_written() {
    int status = 0;
    fits_close_file(file_, &status);
    file_ = nullptr;
    check_written(status);
}

void FitsFile::check_written(int status) const {
    if (status == 0) return;
    throw MachineError({.where = path_,
                        .found = "cannot be written: " + fits_message(status),
                        .next = "make room on the disk or choose another folder with -o"});
}

void FitsFile::check_read(int status, const std::string& what) const {
    if (status == 0) return;
    throw InputError({.where = path_, .found = what + " cannot be read: " + fits_message(status)});
}

void FitsFile::refuse(int status) const {
    throw InputError({.where = path_, .found = "is no FITS file that can be read: " + fits_message(status)});
}

}  // namespace ism::io
