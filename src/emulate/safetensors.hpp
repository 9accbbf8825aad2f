#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The layout of safetensors (huggingface.co/docs/safetensors): names, shapes and offsets in a JSON header, raw tensors
/// after it.
namespace ism::emulate {

using Shape = std::vector<std::size_t>;
using Metadata = std::map<std::string, std::string>;

/// Collects tensors, then lays them out.
class TensorWriter {
public:
    /// Row-major; the number of values is the product of the shape.
    void add(const std::string& name, const Shape& shape, std::span<const float> values);
    void add(const std::string& name, const Shape& shape, std::span<const double> values);
    /// As bfloat16, to which the values must be rounded already.
    void add_half(const std::string& name, const Shape& shape, std::span<const float> values);
    /// The whole file. Adds "sha256" of the tensors and "sha256_header" of the rest of the header to the metadata.
    [[nodiscard]] std::string bytes(Metadata metadata) const;

private:
    struct Entry {
        std::string name;
        std::string dtype;
        Shape shape;
        std::string bytes;
    };
    std::vector<Entry> entries_;
};

/// Tensors and metadata of a file that is whole: layout and both checksums are verified by the constructor.
class TensorReader {
public:
    /// Looks into `bytes`, which must outlive the reader. Throws InputError; `where` names the file. `format` and
    /// `version` are what metadata "format" and "format_version" must say (an older version is accepted).
    TensorReader(std::string_view bytes, const std::string& where, std::string_view format, int version);

    /// Throws InputError where there is no such text.
    [[nodiscard]] const std::string& text(const std::string& key) const;
    [[nodiscard]] bool has_text(const std::string& key) const { return metadata_.contains(key); }
    /// Throws InputError where there is no such tensor, or its type or shape is another, or a value is NaN or infinite.
    [[nodiscard]] std::vector<float> floats(const std::string& name, const Shape& shape) const;
    /// The same of a tensor of floats or of bfloat16 numbers; is_half() tells which.
    [[nodiscard]] std::vector<float> floats_or_halves(const std::string& name, const Shape& shape) const;
    [[nodiscard]] bool is_half(const std::string& name) const { return entry(name).dtype == "BF16"; }
    [[nodiscard]] std::vector<double> doubles(const std::string& name, const Shape& shape) const;
    [[nodiscard]] bool has(const std::string& name) const { return tensors_.contains(name); }
    /// Number of values of a one-dimensional tensor; throws InputError for any other.
    [[nodiscard]] std::size_t length(const std::string& name) const;

private:
    struct Entry {
        std::string dtype;
        Shape shape;
        std::string_view bytes;
    };
    [[noreturn]] void refuse(const std::string& found, const std::string& allowed = {},
                             const std::string& next = {}) const;
    [[nodiscard]] const Entry& entry(const std::string& name) const;
    template <class Number>
    [[nodiscard]] std::vector<Number> values(const std::string& name, const Shape& shape, std::string_view dtype) const;
    void read_header(std::string_view header, std::string_view tensors, std::string_view format, int version);
    void check_format(std::string_view format, int version) const;

    std::string where_;
    Metadata metadata_;
    std::map<std::string, Entry> tensors_;
};

}  // namespace ism::emulate
