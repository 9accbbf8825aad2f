#include "safetensors.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>

#include "emulate/bfloat16.hpp"

namespace ism::emulate {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian and copied as they are");

constexpr std::size_t length_bytes = 8;
constexpr std::size_t longest_header = 100'000'000;  // the limit of the safetensors library
const std::string metadata_key = "__metadata__", header_hash_key = "sha256_header", tensor_hash_key = "sha256";
const std::string again = "fetch or copy the file again, or train it anew: ismulate train GRID -o NAME.ism";

template <class Number>
std::string raw(std::span<const Number> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// What "sha256_header" is taken of: the header without that entry, keys sorted, no white space.
std::string header_hash(json header) {
    header[metadata_key].erase(header_hash_key);
    return sha256(header.dump());
}

std::string to_text(const Shape& shape) {
    std::string text;
    for (const std::size_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
    return "(" + text + ")";
}

/// A JSON number that counts something; anything else gives a JSON exception, as a wrong type does.
std::size_t counted(const json& number) {
    if (!number.is_number_unsigned()) throw json::type_error::create(302, "expected a count", &number);
    return number.get<std::size_t>();
}

std::size_t bytes_of(const Shape& shape, std::string_view dtype) {
    std::size_t bytes = dtype == "F64" ? 8 : dtype == "F32" ? 4 : 2;
    for (const std::size_t size : shape) {
        if (size != 0 && bytes > std::numeric_limits<std::size_t>::max() / size)
            return std::numeric_limits<std::size_t>::max();
        bytes *= size;
    }
    return bytes;
}

}  // namespace

void TensorWriter::add(const std::string& name, const Shape& shape, std::span<const float> values) {
    entries_.push_back({name, "F32", shape, raw(values)});
}

void TensorWriter::add(const std::string& name, const Shape& shape, std::span<const double> values) {
    entries_.push_back({name, "F64", shape, raw(values)});
}

void TensorWriter::add_half(const std::string& name, const Shape& shape, std::span<const float> values) {
    std::vector<Bfloat16> halves;
    for (const float value : values) halves.push_back(to_bfloat16(value));
    entries_.push_back({name, "BF16", shape, raw(std::span<const Bfloat16>(halves))});
}

std::string TensorWriter::bytes(Metadata metadata) const {
    auto order = entries_;  // wide types first, so that every tensor is aligned to its type
    std::stable_sort(order.begin(), order.end(), [](const Entry& a, const Entry& b) { return a.dtype > b.dtype; });
    json header = json::object();
    std::string tensors;
    for (const Entry& entry : order) {
        const std::size_t begin = tensors.size();
        tensors += entry.bytes;
        header[entry.name] = {
            {"dtype", entry.dtype}, {"shape", entry.shape}, {"data_offsets", {begin, tensors.size()}}};
    }
    metadata[tensor_hash_key] = sha256(tensors);
    header[metadata_key] = metadata;
    header[metadata_key][header_hash_key] = header_hash(header);
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    return raw(std::span(&length, 1)) + text + tensors;
}

TensorReader::TensorReader(std::string_view bytes, const std::string& where, std::string_view format, int version)
    : where_(where) {
    if (bytes.size() < length_bytes)
        refuse("the file ends after " + std::to_string(bytes.size()) + " bytes; it is empty or truncated", "", again);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), length_bytes);
    bytes.remove_prefix(length_bytes);
    if (length > longest_header || (!bytes.empty() && bytes.front() != '{')) {
        refuse("this is no emulator: it does not begin like a safetensors file", "a file written by 'ismulate train'");
    }
    if (length > bytes.size()) {
        refuse("the file is truncated: its header should have " + std::to_string(length) + " bytes, " +
                   std::to_string(bytes.size()) + " are there",
               "", again);
    }
    read_header(bytes.substr(0, length), bytes.substr(length), format, version);
}

void TensorReader::read_header(std::string_view header, std::string_view tensors, std::string_view format,
                               int version) try {
    const json root = json::parse(header);
    if (root.contains(metadata_key)) metadata_ = root.at(metadata_key).get<Metadata>();
    check_format(format, version);
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& [name, item] : root.items()) {
        if (name == metadata_key) continue;
        Entry entry{.dtype = item.at("dtype").get<std::string>(), .shape = {}, .bytes = {}};
        for (const json& size : item.at("shape")) entry.shape.push_back(counted(size));
        const std::size_t begin = counted(item.at("data_offsets").at(0)), end = counted(item.at("data_offsets").at(1));
        if (entry.dtype != "F32" && entry.dtype != "F64" && entry.dtype != "BF16")
            refuse("tensor '" + name + "' is of type " + entry.dtype, "BF16, F32, F64");
        if (end < begin || end - begin != bytes_of(entry.shape, entry.dtype)) {
            refuse("tensor '" + name + "' of shape " + to_text(entry.shape) + " does not fit the bytes " +
                   std::to_string(begin) + " .. " + std::to_string(end) + " given for it");
        }
        if (end > tensors.size()) {
            refuse("the file is truncated: tensor '" + name + "' should end at byte " + std::to_string(end) +
                       " of the data, " + std::to_string(tensors.size()) + " are there",
                   "", again);
        }
        entry.bytes = tensors.substr(begin, end - begin);
        ranges.emplace_back(begin, end);
        tensors_.emplace(name, std::move(entry));
    }
    std::sort(ranges.begin(), ranges.end());
    std::size_t reached = 0;
    for (const auto& [begin, end] : ranges) {
        if (begin != reached)
            refuse("the tensors overlap or leave a gap at byte " + std::to_string(begin) + " of the data");
        reached = end;
    }
    if (reached != tensors.size())
        refuse(std::to_string(tensors.size() - reached) + " bytes follow the last tensor", "", again);
    if (sha256(tensors) != text(tensor_hash_key))
        refuse("the checksum (SHA-256) of the tensors is not the one in the header; the file was damaged", "", again);
    if (header_hash(root) != text(header_hash_key))
        refuse("the checksum (SHA-256) of the header is not the one it gives; the file was damaged or edited", "",
               again);
} catch (const json::exception& error) {
    refuse(std::string("the header is not understood: ") + error.what());
}

void TensorReader::check_format(std::string_view format, int version) const {
    const auto name = metadata_.find("format");
    if (name == metadata_.end() || name->second != format) {
        refuse("this is a safetensors file, but no emulator: its metadata do not say format = \"" +
                   std::string(format) + "\"",
               "a file written by 'ismulate train'");
    }
    const std::string& stated = text("format_version");
    int found = 0;
    const auto [end, problem] = std::from_chars(stated.data(), stated.data() + stated.size(), found);
    if (problem != std::errc() || end != stated.data() + stated.size() || found < 1)
        refuse("the format version is '" + stated + "'", "a number from 1");
    if (found > version) {
        throw InputError({.where = where_,
                          .found = "the file is of format version " + stated + ", newer than this program",
                          .allowed = "up to version " + std::to_string(version),
                          .next = "update ismulate"});
    }
}

void TensorReader::refuse(const std::string& found, const std::string& allowed, const std::string& next) const {
    throw InputError({.where = where_, .found = found, .allowed = allowed, .next = next});
}

const std::string& TensorReader::text(const std::string& key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) refuse("the header has no entry '" + key + "'");
    return found->second;
}

const TensorReader::Entry& TensorReader::entry(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) refuse("tensor '" + name + "' is missing");
    return found->second;
}

std::size_t TensorReader::length(const std::string& name) const {
    const Shape& shape = entry(name).shape;
    if (shape.size() != 1) refuse("tensor '" + name + "' has shape " + to_text(shape), "one dimension");
    return shape.front();
}

template <class Number>
std::vector<Number> TensorReader::values(const std::string& name, const Shape& shape, std::string_view dtype) const {
    const Entry& found = entry(name);
    if (found.dtype != dtype || found.shape != shape) {
        refuse("tensor '" + name + "' is " + found.dtype + " " + to_text(found.shape),
               std::string(dtype) + " " + to_text(shape));
    }
    std::vector<Number> numbers(found.bytes.size() / sizeof(Number));
    if (!numbers.empty()) std::memcpy(numbers.data(), found.bytes.data(), found.bytes.size());
    const auto bad = std::find_if_not(numbers.begin(), numbers.end(), [](Number x) { return std::isfinite(x); });
    if (bad != numbers.end())
        refuse("tensor '" + name + "' holds NaN or infinity at index " + std::to_string(bad - numbers.begin()),
               "finite numbers");
    return numbers;
}

std::vector<float> TensorReader::floats(const std::string& name, const Shape& shape) const {
    return values<float>(name, shape, "F32");
}

std::vector<float> TensorReader::floats_or_halves(const std::string& name, const Shape& shape) const {
    if (!is_half(name)) return floats(name, shape);
    const Entry& found = entry(name);
    if (found.shape != shape) refuse("tensor '" + name + "' is BF16 " + to_text(found.shape), to_text(shape));
    std::vector<float> numbers;
    for (std::size_t i = 0; i < found.bytes.size(); i += sizeof(Bfloat16)) {
        Bfloat16 half = 0;
        std::memcpy(&half, found.bytes.data() + i, sizeof half);
        numbers.push_back(as_float(half));
        if (!std::isfinite(numbers.back()))
            refuse("tensor '" + name + "' holds NaN or infinity at index " + std::to_string(numbers.size() - 1),
                   "finite numbers");
    }
    return numbers;
}

std::vector<double> TensorReader::doubles(const std::string& name, const Shape& shape) const {
    return values<double>(name, shape, "F64");
}

}  // namespace ism::emulate
