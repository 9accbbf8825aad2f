#include <ism/io/gzip.hpp>

#include <algorithm>
#include <array>

#include <zlib.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::io {
namespace {

constexpr std::size_t largest = std::size_t{2} << 30;

[[noreturn]] void fail(const std::string& name, const std::string& found) {
    throw InputError(ErrorText{name, found, "a whole gzip file", "nothing was read", "fetch the file again"});
}

}  // namespace

std::string gunzip(std::string_view bytes, const std::string& name) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw MachineError(name + ": no memory to decompress");
    std::string result;
    std::array<char, 65536> buffer;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), largest));
    int status = Z_OK;
    while (status == Z_OK && result.size() < largest) {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        status = inflate(&stream, Z_NO_FLUSH);
        result.append(buffer.data(), buffer.size() - stream.avail_out);
        if (status == Z_BUF_ERROR) break;
    }
    inflateEnd(&stream);
    if (status != Z_STREAM_END) fail(name, "a gzip file that is damaged, truncated or larger than 2 GiB");
    return result;
}

std::string read_maybe_gzip(const std::string& path) {
    std::string bytes = read_whole(path);
    if (bytes.size() > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b') return gunzip(bytes, path);
    return bytes;
}

}  // namespace ism::io
