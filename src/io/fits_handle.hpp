#pragma once
#include <string>
#include <string_view>

#include <fitsio.h>

namespace ism::io {

/// What cfitsio says of a status; its list of messages is emptied.
[[nodiscard]] std::string fits_message(int status);

/// Throws InputError for a header of which cfitsio would copy more than it has room for: a value that is neither in
/// quotes nor as short as a number.
void check_cards(std::string_view bytes, const std::string& name);

/// FITS headers hold printable ASCII only.
[[nodiscard]] std::string ascii(std::string text);

/// An open FITS file; closed, and in reading never changed.
class FitsFile {
public:
    FitsFile(const std::string& path, bool create);
    /// A file in memory.
    FitsFile(std::string bytes, const std::string& name);
    FitsFile(const FitsFile&) = delete;
    FitsFile& operator=(const FitsFile&) = delete;
    ~FitsFile();

    [[nodiscard]] fitsfile* get() const noexcept { return file_; }

    void close_written();
    /// Throws MachineError, or InputError in reading, where the status is not 0.
    void check_written(int status) const;
    void check_read(int status, const std::string& what) const;

private:
    [[noreturn]] void refuse(int status) const;

    std::string path_;
    fitsfile* file_ = nullptr;
    std::string bytes_;
    void* memory_ = nullptr;
    std::size_t memory_size_ = 0;
};

}  // namespace ism::io
