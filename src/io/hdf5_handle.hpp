#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>

/// Thin ownership over the HDF5 C library: nothing else in ismulate calls it.
namespace ism::io::h5 {

/// An HDF5 identifier that closes itself.
class Handle {
public:
    using Close = herr_t (*)(hid_t);
    Handle() = default;
    Handle(hid_t id, Close close) : id_(id), close_(close) {}
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Handle& operator=(Handle&& other) noexcept {
        reset();
        id_ = std::exchange(other.id_, -1);
        close_ = other.close_;
        return *this;
    }
    ~Handle() { reset(); }

    [[nodiscard]] hid_t get() const noexcept { return id_; }
    [[nodiscard]] bool valid() const noexcept { return id_ >= 0; }
    /// Closes now; negative where HDF5 says that it failed (the disk is full, say).
    herr_t reset() noexcept {
        const hid_t id = std::exchange(id_, -1);
        return id >= 0 && close_ != nullptr ? close_(id) : 0;
    }

private:
    hid_t id_ = -1;
    Close close_ = nullptr;
};

/// Keeps HDF5 from printing to standard error while it lives.
class Quiet {
public:
    Quiet();
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    ~Quiet();

private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// What HDF5 says of its last failure, the innermost cause first.
[[nodiscard]] std::string last_message();

/// A new file whose bytes depend on nothing but what is written: no times are stored.
[[nodiscard]] Handle create_file(const std::string& path);
/// Throws InputError where the file is missing or is no HDF5 file.
[[nodiscard]] Handle open_file(const std::string& path);
/// The same for a file in memory; `name` is shown in errors.
[[nodiscard]] Handle open_bytes(std::string_view bytes, const std::string& name);
/// False where a file claims to hold more than it can (compression gives at most ~1000): such a header is damaged, and
/// must not make us ask for memory. `object` is anything in the file.
[[nodiscard]] bool can_hold(const Handle& object, const std::vector<hsize_t>& shape, std::size_t value_size);
/// Throws MachineError with HDF5's reason where an identifier or result of a write is negative.
void check_written(std::int64_t result, const std::string& path);

/// A contiguous dataset whose space is reserved at once and whose creation time is not stored.
[[nodiscard]] Handle create_dataset(const Handle& file, const std::string& name, hid_t type,
                                    const std::vector<hsize_t>& shape, const std::string& path);

// Attributes; texts are variable-length UTF-8, so that h5py gives them as str.
void write_attribute(const Handle& object, const std::string& name, const std::string& value, const std::string& path);
void write_attribute(const Handle& object, const std::string& name, std::int64_t value, const std::string& path);
void write_attribute(const Handle& object, const std::string& name, const std::vector<double>& values,
                     const std::string& path);
void write_attribute(const Handle& object, const std::string& name, const std::vector<std::string>& values,
                     const std::string& path);

[[nodiscard]] bool has_attribute(const Handle& object, const std::string& name);
/// One text or a list of texts (fixed or variable length); empty where there is none or it holds something else.
[[nodiscard]] std::vector<std::string> text_attribute(const Handle& object, const std::string& name);
/// One number or a list of numbers; empty where there is none or it holds something else.
[[nodiscard]] std::vector<double> number_attribute(const Handle& object, const std::string& name);

[[nodiscard]] bool has_dataset(const Handle& file, const std::string& name);
[[nodiscard]] Handle open_dataset(const Handle& file, const std::string& name);
[[nodiscard]] std::vector<hsize_t> shape_of(const Handle& dataset);
/// Integer or floating point.
[[nodiscard]] bool is_numeric(const Handle& dataset);
/// All texts of a dataset of strings, row-major.
[[nodiscard]] std::vector<std::string> read_texts(const Handle& dataset);

}  // namespace ism::io::h5
