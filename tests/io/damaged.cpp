// Damaged and hostile files: every reader refuses them with a sentence, and asks for no memory that the file cannot
// fill.
#include <array>
#include <cmath>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <error_of.hpp>
#include <hdf5.h>
#include <unistd.h>
#include <zlib.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/units.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/io/dustem.hpp>
#include <ism/io/gzip.hpp>
#include <ism/io/table.hpp>

using namespace ism;
using namespace ism::io;

/// What libhdf5 forgets to free when it meets a damaged file is not ours.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("ism_damaged_test" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
};

std::string gzipped(const std::string& text) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16, memory = 8;
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, memory, Z_DEFAULT_STRATEGY);
    std::string bytes(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    deflate(&stream, Z_FINISH);
    bytes.resize(stream.total_out);
    deflateEnd(&stream);
    return bytes;
}

Table small_table() {
    Table table;
    table.columns = {{"U", "um", "a help", {1.0, 2.5, 3.0}, {}}, {"NAME", "", "", {}, {"a", "bc", ""}}};
    return table;
}

Dataset small_dataset() {
    Dataset data;
    data.info.name = "m";
    data.info.parameters = {{.name = "U", .unit = "", .low = 1.0, .high = 4.0, .fallback = 2.0, .help = ""}};
    data.info.axis.labels = {"a", "b"};
    data.parameters = {1.0, 2.0, 4.0};
    data.outputs = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    return data;
}

/// An HDF5 file with /parameters (N x 1) and /outputs (N x 1) of this many rows, whose space was never written.
void write_hollow(const std::string& path, std::array<hsize_t, 2> extents) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    constexpr std::array<hsize_t, 2> chunk{1, 1};
    H5Pset_chunk(properties, 2, chunk.data());
    const hid_t space = H5Screate_simple(2, extents.data(), nullptr);
    for (const char* name : {"parameters", "outputs"})
        H5Dclose(H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(properties);
    H5Fclose(file);
}

/// Whether a byte lies in a global heap of HDF5, where texts of any length are kept. libhdf5 1.10 itself copies as many
/// bytes as a damaged heap says, past the end of the memory it has for them; no caller can prevent that.
bool in_heap_of_texts(const std::string& file, std::size_t at) {
    constexpr std::size_t collection = 4096;  // size of a heap that holds little
    const std::size_t heap = file.rfind("GCOL", at);
    return heap != std::string::npos && at < heap + collection;
}

/// Reads the file with each of its bytes changed and cut at each length: refused or read, nothing else. `step` passes
/// over most of the places of large files.
template <class Read>
void damage_everywhere(const std::string& path, std::size_t step, Read read) {
    const std::string whole = read_whole(path);
    for (std::size_t i = 0; i < whole.size(); i += step) {
        CAPTURE(i);
        if (in_heap_of_texts(whole, i)) continue;
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1U << (i % 8)));
        write_atomically(path, changed);
        CHECK_NOTHROW(error_of([&] { read(path); }));
        write_atomically(path, std::string_view(whole).substr(0, i));
        CHECK_NOTHROW(error_of([&] { read(path); }));
    }
}

}  // namespace

TEST_CASE("damage: a changed byte or a cut anywhere is refused or read, in every format of tables") {
    const Folder folder;
    for (const char* name : {"t.ecsv", "t.csv", "t.fits", "t.h5"}) {
        CAPTURE(name);
        write_table(folder.file(name), small_table());
        const bool text = std::string(name).ends_with("csv");
        damage_everywhere(folder.file(name), text ? 1 : 41, [](const std::string& path) { (void)read_table(path); });
    }
}

TEST_CASE("damage: a changed byte or a cut anywhere in a dataset is refused or read") {
    const Folder folder;
    write_dataset(folder.file("d.h5"), small_dataset());
    damage_everywhere(folder.file("d.h5"), 17, [](const std::string& path) { (void)read_dataset(path); });
}

TEST_CASE("damage: headers that claim more than the file holds") {
    const Folder folder;
    write_hollow(folder.file("rows.h5"), {hsize_t{1} << 40, 1});
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("rows.h5")); }), "more than the file can hold"));
    write_hollow(folder.file("overflow.h5"), {hsize_t{1} << 33, hsize_t{1} << 33});  // 2^66 values are 4 in 64 bits
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("overflow.h5")); }), "more than the file can hold"));
    const std::string counted = "999999\n" + std::string(10, '1') + "\n";
    CHECK(has(error_of([&] { (void)parse_dustem_wavelengths(counted, "L.DAT"); }), "the file ends before"));
}

TEST_CASE("damage: ranges of a dataset that cannot be learned") {
    const Folder folder;
    const std::string path = folder.file("d.h5");
    const auto refusal = [&](const auto& change) {
        Dataset data = small_dataset();
        change(data.info.parameters.front());
        write_dataset(path, data);
        return error_of([&] { (void)read_dataset(path); });
    };
    CHECK(has(refusal([](Parameter& p) { p.low = std::nan(""); }), "the range of U is nan .. 4"));
    CHECK(has(refusal([](Parameter& p) { p.low = 5.0; }), "low <= high"));
    CHECK(has(refusal([](Parameter& p) { p.scale = Scale::log, p.low = 0.0; }), "log scale"));
    CHECK(has(refusal([](Parameter& p) { p.name.clear(); }), "no name"));
    CHECK(refusal([](Parameter&) {}) == "no error of this kind");
}

TEST_CASE("damage: gzip files end to end are one file; what is cut or followed by something else is refused") {
    const std::string two = gzipped("first ") + gzipped("second");
    CHECK(gunzip(two, "t.gz") == "first second");
    for (std::size_t size = 0; size < two.size(); ++size) {
        std::string read;
        const std::string text = error_of([&] { read = gunzip(two.substr(0, size), "t.gz"); });
        if (size == gzipped("first ").size()) {
            CHECK(read == "first ");
        } else {
            CHECK(has(text, "t.gz: it is damaged or truncated"));
        }
    }
    CHECK(has(error_of([&] { (void)gunzip(two + "x", "t.gz"); }), "damaged"));
}

TEST_CASE("damage: FITS tables in gzip, whole and cut") {
    const Folder folder;
    write_table(folder.file("t.fits"), small_table());
    const std::string packed = gzipped(read_whole(folder.file("t.fits")));
    write_atomically(folder.file("t.fits.gz"), packed);
    CHECK(read_table(folder.file("t.fits.gz")).column("U").values[1] == 2.5);
    write_atomically(folder.file("t.fits.gz"), std::string_view(packed).substr(0, packed.size() / 2));
    CHECK(has(error_of([&] { (void)read_table(folder.file("t.fits.gz")); }), "truncated"));
    write_atomically(folder.file("t.fits.gz"),
                     gzipped(read_whole(folder.file("t.fits")).substr(0, 5765)));  // in the first row
    CHECK(has(error_of([&] { (void)read_table(folder.file("t.fits.gz")); }), "t.fits.gz"));
}

TEST_CASE("damage: one column of texts keeps its empty entries in CSV") {
    Table table;
    table.columns = {{"NAME", "", "", {}, {"a", "", "#b", ""}}};
    CHECK(table_from_csv(to_csv(table), "t.csv").column("NAME").texts == table.columns[0].texts);
}

TEST_CASE("damage: a table of which nothing can be used says so") {
    const std::string text =
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: v, datatype: string, subtype: 'float64[2]'}\nv\n\"[1,2]\"\n";
    CHECK(has(error_of([&] { (void)table_from_ecsv(text, "t.ecsv"); }), "no column can be used: column 'v'"));
    CHECK(has(error_of([&] { (void)table_from_csv("a [\xb5m]\n1\n", "t.csv"); }), "UTF-8"));
}

TEST_CASE("damage: a population's type is no path, a unit's size is a number") {
    const std::string grains = "sdist\n1.0\n../../x 5 logn 0.5E-02 2.0 1e-7 1e-5 3e-6 0.4\n";
    CHECK(has(error_of([&] { (void)parse_dustem_grains(grains, "G.DAT"); }), "G.DAT:3: type '../../x'"));
    CHECK(has(error_of([] { (void)Unit("Em30 Em30"); }), "beyond what a number can hold"));
}

TEST_CASE("damage: a FITS keyword without quotes and without end") {
    const Folder folder;
    write_table(folder.file("t.fits"), small_table());
    std::string bytes = read_whole(folder.file("t.fits"));
    const std::size_t card = bytes.find("TTYPE1  =");
    REQUIRE(card != std::string::npos);
    bytes.replace(card + 10, 70, std::string(70, 'U'));
    write_atomically(folder.file("t.fits"), bytes);
    CHECK(has(error_of([&] { (void)read_table(folder.file("t.fits")); }), "keyword 'TTYPE1'"));
}
