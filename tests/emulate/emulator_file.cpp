#include <ism/emulate/emulator_file.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>

#include "check_relative.hpp"
#include "random_network.hpp"

using namespace ism::emulate;
using nlohmann::json;

namespace {

EmulatorRecord small_record() {
    return record_of(
        random_network({.hidden = {4}, .outputs = 3, .activation = Activation::adaptive_silu, .residual = true}, 5));
}

std::uint64_t header_length(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return length;
}

json header_of(const std::string& bytes) { return json::parse(bytes.substr(8, header_length(bytes))); }

/// The file with another header, checksums made right again unless said otherwise.
std::string with_header(const std::string& bytes, json header, bool right_checksums = true) {
    const std::string tensors = bytes.substr(8 + header_length(bytes));
    if (right_checksums) {
        header["__metadata__"]["sha256"] = ism::sha256(tensors);
        header["__metadata__"].erase("sha256_header");
        header["__metadata__"]["sha256_header"] = ism::sha256(header.dump());
    }
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    std::string file(8, '\0');
    std::memcpy(file.data(), &length, 8);
    return file + text + tensors;
}

void refused(const std::string& bytes, const char* text) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)emulator_from_bytes(bytes, "some.ism"), doctest::Contains(text), ism::InputError);
    CHECK_THROWS_WITH_AS((void)emulator_from_bytes(bytes, "some.ism"), doctest::Contains("some.ism"), ism::InputError);
}

}  // namespace

TEST_CASE(".ism: a record comes back as it was, and the same record gives the same bytes") {
    const EmulatorRecord record = small_record();
    const std::string bytes = to_bytes(record);
    const EmulatorRecord back = emulator_from_bytes(bytes, "memory");
    CHECK(to_bytes(back) == bytes);
    CHECK(back.info.axis == record.info.axis);
    CHECK(back.info.parameters.at(2).help == record.info.parameters[2].help);
    CHECK(back.domain.high == record.domain.high);
    CHECK(back.errors.at(0).percentile_99 == record.errors[0].percentile_99);
    CHECK(back.provenance == record.provenance);
    const Residual& block = std::get<Residual>(back.network.layers.at(1));
    CHECK(block.layers.at(0).alpha == std::get<Residual>(record.network.layers[1]).layers[0].alpha);
}

TEST_CASE(".ism: written whole, read from disk") {
    const auto path = (std::filesystem::temp_directory_path() / "ismulate_test_emulator.ism").string();
    write_emulator(path, small_record());
    CHECK(to_bytes(read_emulator(path)) == to_bytes(small_record()));
    std::filesystem::remove(path);
    CHECK_THROWS_AS((void)read_emulator(path), ism::InputError);
}

TEST_CASE(".ism: no single changed byte goes unnoticed, and no missing end") {
    const std::string bytes = to_bytes(small_record());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
        std::string meaning = bytes;  // white space in the header may change without changing it
        try {
            meaning = to_bytes(emulator_from_bytes(damaged, "x"));
        } catch (const ism::InputError&) {
        }
        CHECK_MESSAGE(meaning == bytes, "byte ", i);
    }
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 97) {
        CHECK_THROWS_AS((void)emulator_from_bytes(std::string_view(bytes).substr(0, size), "x"), ism::InputError);
    }
    refused(bytes + "x", "1 bytes follow");
    refused(bytes.substr(0, bytes.size() - 3), "truncated");
}

TEST_CASE(".ism: foreign files are refused with a sentence") {
    refused("", "empty");
    refused("PK\x03\x04 some zip archive, perhaps a pickled network", "no emulator");
    refused(std::string(8, '\xff') + "{}", "no emulator");
    refused(std::string("\x02\0\0\0\0\0\0\0{}", 10), "no emulator");
    refused(std::string("\x05\0\0\0\0\0\0\0{nope", 13), "not understood");
    const std::string bytes = to_bytes(small_record());
    json header = header_of(bytes);
    header["__metadata__"]["format"] = "pt";
    refused(with_header(bytes, header), "no emulator");
    header["__metadata__"]["format"] = "ismulate-emulator";
    header["__metadata__"]["format_version"] = "2";
    refused(with_header(bytes, header), "newer than this program");
    header["__metadata__"]["format_version"] = "two";
    refused(with_header(bytes, header), "'two'");
}

TEST_CASE(".ism: damaged files are refused with a sentence") {
    const std::string bytes = to_bytes(small_record());
    std::string damaged = bytes;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    refused(damaged, "checksum (SHA-256) of the tensors");
    json header = header_of(bytes);
    header["__metadata__"]["domain"] = R"({"high": [1e99, 10, 10], "low": [0.1, 0.1, 0.1]})";
    refused(with_header(bytes, header, false), "checksum (SHA-256) of the header");
    std::string poisoned = bytes;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(poisoned.data() + poisoned.size() - 4, &nan, 4);
    refused(with_header(poisoned, header_of(bytes)), "NaN");
}

TEST_CASE(".ism: nonsense with right checksums is refused with a sentence") {
    const std::string bytes = to_bytes(small_record());
    const auto spoiled = [&](auto spoil, const char* text) {
        json changed = header_of(bytes);
        spoil(changed, changed["__metadata__"]);
        refused(with_header(bytes, changed), text);
    };
    spoiled([](json& h, json&) { h.erase("layer.0.bias"); }, "gap");
    spoiled([](json& h, json&) { h["layer.0.bias"]["shape"] = {5}; }, "does not fit");
    spoiled([](json& h, json&) { h["layer.0.bias"]["shape"] = {-4}; }, "not understood");
    spoiled([](json& h, json&) { h["layer.0.bias"]["shape"] = {1U << 31, 1U << 31, 1U << 31}; }, "does not fit");
    spoiled([](json& h, json&) { h["layer.0.bias"]["shape"] = {2, 2}; }, "(2 x 2)");
    spoiled([](json& h, json&) { h["layer.0.bias"]["dtype"] = "I32"; }, "I32");
    spoiled([](json& h, json&) { h["other"] = h["layer.0.bias"], h.erase("layer.0.bias"); }, "missing");
    spoiled([](json&, json& m) { m["architecture"] = "[]"; }, "steps");
    spoiled([](json&, json& m) { m["architecture"] = "{\"a\": [1, 2"; }, "not understood");
    spoiled([](json&, json& m) { m.erase("parameters"); }, "'parameters'");
    spoiled([](json&, json& m) { m["parameters"] = "[]"; }, "0 parameters are declared");
    spoiled([](json&, json& m) { m["domain"] = R"({"high": [0, 10, 10], "low": [0.1, 0.1, 0.1]})"; },
            "training domain");
    spoiled([](json&, json& m) { m["domain"] = R"({"high": [10], "low": [0.1]})"; }, "training domain");
    spoiled(
        [](json&, json& m) {
            json steps = json::parse(m["architecture"].get<std::string>());
            steps[1]["kind"] = "attention";
            m["architecture"] = steps.dump();
        },
        "unknown kind 'attention'");
}

TEST_CASE(".ism: what cannot be used is not written") {
    EmulatorRecord record = small_record();
    std::get<Dense>(record.network.layers[0]).weights[0] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH_AS((void)to_bytes(record), doctest::Contains("NaN"), ism::InputError);
    record = small_record();
    record.domain.low[0] = 0;  // learned in log
    CHECK_THROWS_AS((void)to_bytes(record), ism::InputError);
    record = small_record();
    record.info.axis.values.pop_back();
    CHECK_THROWS_AS((void)to_bytes(record), ism::InputError);
}

TEST_CASE(".ism: the bytes that version 1 of the format was given stay what they are") {
    const std::string path = ISM_SOURCE_DIR "/tests/reference/emulator_written.ism";
    CHECK(to_bytes(read_emulator(path)) == ism::read_whole(path));
}

TEST_CASE(".ism: the file of the NumPy twin, written from the description of the format alone, is read") {
    const EmulatorRecord twin = read_emulator(ISM_SOURCE_DIR "/tests/reference/emulator_twin.ism");
    CHECK(twin.info.parameters.at(1).name == "age");
    CHECK(twin.network.layers.size() == 14);
    CHECK_RELATIVE(twin.info.axis.values.back(), 3000, 1e-12);
}
