#include <ism/base/atomic_file.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <ism/base/errors.hpp>

namespace ism {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_stream = std::size_t{1} << 28;

fs::path folder_of(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    return folder.empty() ? fs::path(".") : folder;
}

/// fsync of a file or a folder by name.
void sync_to_disk(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    const int result = ::fsync(descriptor);
    const int error = errno;
    ::close(descriptor);
    if (result != 0 && error != EINVAL && error != EROFS) {
        throw MachineError({.where = path, .found = std::string("cannot be written to disk: ") + std::strerror(error)});
    }
}

void write_bytes(const std::string& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        throw MachineError({.where = path,
                            .found = std::string("cannot be written: ") + std::strerror(errno),
                            .effect = "nothing was left half-written",
                            .next = "make room on the disk or choose another folder with -o"});
    }
}

}  // namespace

void check_output(const std::string& path, bool force) {
    const fs::path folder = folder_of(path);
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        throw InputError({.where = path,
                          .found = "the folder " + folder.string() + " does not exist",
                          .next = "mkdir -p " + folder.string()});
    }
    if (fs::is_directory(path, ignored))
        throw InputError({.where = path, .found = "it is a folder", .next = "name a file with -o"});
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))  // renaming would replace a device
        throw InputError({.where = path, .found = "it is a device or a pipe", .next = "name a file with -o"});
    if (fs::exists(path, ignored) && !force) {
        throw InputError({.where = path,
                          .found = "it exists already",
                          .effect = "nothing was written",
                          .next = "--force replaces it, -o NAME writes elsewhere"});
    }
    if (::access(folder.c_str(), W_OK) != 0) {
        throw MachineError(
            {.where = path, .found = "the folder " + folder.string() + " cannot be written: " + std::strerror(errno)});
    }
}

void write_atomically(const std::string& path, const std::function<void(const std::string&)>& write) {
    const std::string temporary = path + ".tmp" + std::to_string(::getpid());
    try {
        write(temporary);
        sync_to_disk(temporary);
        fs::rename(temporary, path);
        sync_to_disk(folder_of(path).string());
    } catch (const fs::filesystem_error& error) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        throw MachineError({.where = path, .found = error.code().message()});
    } catch (...) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        throw;
    }
}

void write_atomically(const std::string& path, std::string_view bytes) {
    write_atomically(path, [bytes](const std::string& temporary) { write_bytes(temporary, bytes); });
}

namespace {

/// "name a file in it: run/a.h5, run/b.ism, ...", the first ones by name.
std::string files_to_name(const std::string& folder) {
    constexpr std::size_t shown = 3;
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.is_regular_file(ignored)) names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    std::string text = names.empty() ? "it holds no file" : "name a file in it: ";
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > shown ? text + ", ..." : text;
}

void check_present(const std::string& path) {
    std::error_code ignored;
    if (path.empty()) throw InputError({.found = "the name of a file is empty", .next = "is a shell variable unset?"});
    if (!fs::exists(path, ignored)) throw InputError({.where = path, .found = "there is no such file"});
    if (fs::is_directory(path, ignored))
        throw InputError({.where = path, .found = "it is a folder, a file is needed", .next = files_to_name(path)});
}

}  // namespace

void check_input(const std::string& path) {
    check_present(path);
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored) || fs::file_size(path, ignored) > 0) return;
    throw InputError({.where = path,
                      .found = "the file is empty: it has no byte",
                      .next = "make or fetch it again; a command that was stopped or a full disk leaves such files"});
}

std::string read_whole(const std::string& path) {
    std::error_code ignored;
    check_present(path);
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError({.where = path, .found = std::string("cannot be opened: ") + std::strerror(errno)});
    std::string bytes;
    std::vector<char> piece(std::size_t{1} << 16);
    const bool endless = !fs::is_regular_file(path, ignored);  // a pipe or a device may never end
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
        bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        if (endless && bytes.size() > largest_stream)
            throw InputError({.where = path, .found = "it is no file and gives more than 256 MiB"});
    }
    if (file.bad())
        throw MachineError({.where = path, .found = std::string("reading failed: ") + std::strerror(errno)});
    return bytes;
}

}  // namespace ism
