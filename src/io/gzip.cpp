#include <ism/io/gzip.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include <zlib.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::io {
namespace {

constexpr std::size_t largest = std::size_t{2} << 30;
constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits

[[noreturn]] void fail(const std::string& name, const std::string& found) {
    throw InputError(ErrorText{name, found, "a whole gzip file", "nothing was read", "fetch the file again"});
}

}  // namespace

std::string gunzip(std::string_view bytes, const std::string& name) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(&stream, gzip_window) != Z_OK)
        throw MachineError(ErrorText{.where = name, .found = "there is no memory to decompress it"});
    const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, inflateEnd);
    std::string result;
    std::vector<char> buffer(65536);
    int status = Z_OK;
    while (status == Z_OK || (status == Z_STREAM_END && !bytes.empty())) {  // files may be several, end to end
        if (status == Z_STREAM_END) inflateReset(&stream);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = static_cast<uInt>(std::min(bytes.size(), most_at_once));
        const uInt before = stream.avail_in;
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        status = inflate(&stream, Z_NO_FLUSH);
        bytes.remove_prefix(before - stream.avail_in);
        result.append(buffer.data(), buffer.size() - stream.avail_out);
        if (result.size() > largest) fail(name, "it holds more than 2 GiB");
    }
    if (status != Z_STREAM_END) fail(name, "it is damaged or truncated");
    return result;
}

std::string read_maybe_gzip(const std::string& path) {
    std::string bytes = read_whole(path);
    if (bytes.size() > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b') return gunzip(bytes, path);
    return bytes;
}

}  // namespace ism::io
