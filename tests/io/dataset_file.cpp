#include <ism/io/dataset_file.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <doctest/doctest.h>
#include <error_of.hpp>
#include <hdf5.h>
#include <unistd.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

using namespace ism;
using namespace ism::io;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("ism_dataset_test" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
};

Dataset sample() {
    Dataset data;
    data.info.name = "dust";
    data.info.summary = "a test";
    data.info.parameters = {
        {.name = "U", .unit = "", .low = 0.1, .high = 1e6, .fallback = 1.0, .scale = Scale::log, .help = "field"},
        {.name = "amin",
         .unit = "nm",
         .low = 0.35,
         .high = 2.0,
         .fallback = 0.4,
         .scale = Scale::linear,
         .help = "size"}};
    data.info.axis = {
        .name = "wavelength", .kind = "wavelength", .unit = "um", .values = {1.0, 10.0, 100.0}, .labels = {}};
    data.info.output_name = "total";
    data.info.output_unit = "erg s-1 H-1";
    data.info.output_help = "4 pi nu j_nu";
    data.parameters = {0.1, 0.35, 10.0, 1.0, 1e6, 2.0, 5.0, 0.5};
    data.outputs = {1e-24, 2e-24, 3e-24, nan_value, nan_value, nan_value, 4.0, 5.0, nan_value, 7.0, 8.0, 9.0};
    data.mask = {1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1};
    data.status = {0, 1, 0, 0};
    data.reason = {"", "did not converge after 50 steps: \xc3\xa5", "", ""};
    data.provenance = R"({"program": "ismulate"})";
    return data;
}

void check_same(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))));
}

/// A foreign file made with the bare HDF5 library; `with_names` leaves the attribute out where false.
void write_foreign(const std::string& path, const std::vector<double>& parameters, const std::vector<double>& outputs,
                   bool with_names) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const auto put = [&](const char* name, const std::vector<double>& values, hsize_t width,
                         std::vector<const char*> names) {
        const hsize_t shape[2] = {values.size() / width, width};
        const hid_t space = H5Screate_simple(2, shape, nullptr),
                    dataset = H5Dcreate2(file, name, H5T_IEEE_F64BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        const hsize_t count = names.size();
        const hid_t list = H5Screate_simple(1, &count, nullptr), type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, H5T_VARIABLE);
        if (with_names) {
            const hid_t attribute = H5Acreate2(dataset, "names", type, list, H5P_DEFAULT, H5P_DEFAULT);
            H5Awrite(attribute, type, names.data());
            H5Aclose(attribute);
        }
        H5Tclose(type), H5Sclose(list), H5Dclose(dataset), H5Sclose(space);
    };
    put("parameters", parameters, 2, {"U", "amin"});
    put("outputs", outputs, 1, {"flux"});
    H5Fclose(file);
}

}  // namespace

TEST_CASE("dataset: what is written is read back") {
    const Folder folder;
    const Dataset data = sample();
    write_dataset(folder.file("d.h5"), data);
    const ReadDataset result = read_dataset(folder.file("d.h5"));
    const Dataset& read = result.dataset;
    CHECK(result.warnings.empty());
    check_same(read.parameters, data.parameters);
    check_same(read.outputs, data.outputs);
    CHECK(read.mask == data.mask);
    CHECK(read.status == data.status);
    CHECK(read.reason == data.reason);
    CHECK(read.provenance == data.provenance);
    CHECK(dataset_provenance(folder.file("d.h5")) == data.provenance);
    CHECK(read.info.name == "dust");
    CHECK(read.info.axis == data.info.axis);
    CHECK(read.info.output_unit == "erg s-1 H-1");
    CHECK(read.info.output_help == "4 pi nu j_nu");
    REQUIRE(read.info.parameters.size() == 2);
    CHECK(read.info.parameters[1].name == "amin");
    CHECK(read.info.parameters[1].unit == "nm");
    CHECK(read.info.parameters[0].scale == Scale::log);
    CHECK(read.info.parameters[0].high == 1e6);
    CHECK(read.info.parameters[1].fallback == 0.4);
    CHECK(read.info.parameters[1].help == "size");
}

TEST_CASE("dataset: the same data give the same bytes, whole or in pieces") {
    const Folder folder;
    const Dataset data = sample();
    write_dataset(folder.file("a.h5"), data);
    ::sleep(1);  // a stored time would show
    {
        DatasetWriter writer(folder.file("b.h5"), data.info, 4, data.provenance);
        for (std::size_t i = 0; i < 4; ++i) {
            writer.append({std::span(data.parameters).subspan(2 * i, 2), std::span(data.outputs).subspan(3 * i, 3),
                           std::span(data.mask).subspan(3 * i, 3), std::span(data.status).subspan(i, 1),
                           std::span(data.reason).subspan(i, 1)});
        }
        writer.close();
    }
    CHECK(read_whole(folder.file("a.h5")) == read_whole(folder.file("b.h5")));
}

TEST_CASE("dataset: labels instead of an axis, more of them than an old attribute holds") {
    const Folder folder;
    Dataset data;
    data.info.name = "lines";
    data.info.parameters = {{.name = "Z", .unit = "", .low = 0.0, .high = 1.0, .help = {}}};
    data.info.axis = {.name = "line", .kind = "line", .unit = {}, .values = {}, .labels = {}};
    for (int j = 0; j < 20000; ++j) data.info.axis.labels.push_back("line_" + std::to_string(j));
    data.parameters = {0.5};
    data.outputs.assign(20000, 1.0);
    write_dataset(folder.file("d.h5"), data);
    const Dataset read = read_dataset(folder.file("d.h5")).dataset;
    CHECK(read.info.axis == data.info.axis);
    CHECK(read.size() == 1);
}

TEST_CASE("dataset: a foreign file is accepted with a warning, and refused without names") {
    const Folder folder;
    write_foreign(folder.file("f.h5"), {1.0, 0.4, 1e3, 0.5}, {2.0, -3.0}, true);
    const ReadDataset read = read_dataset(folder.file("f.h5"));
    REQUIRE(read.warnings.size() == 1);
    CHECK(has(read.warnings[0], "does not say its units"));
    CHECK(read.dataset.info.parameters[0].scale == Scale::log);
    CHECK(read.dataset.info.parameters[1].scale == Scale::linear);
    CHECK(read.dataset.info.parameters[1].high == 0.5);
    CHECK(read.dataset.info.axis.labels == std::vector<std::string>{"flux"});
    CHECK(read.dataset.info.output_scale == Scale::linear);
    write_foreign(folder.file("g.h5"), {1.0, 0.4, 1e3, 0.5}, {2.0, 3.0}, false);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("g.h5")); }),
              "g.h5, /parameters: the attribute 'names' is missing"));
    write_foreign(folder.file("h.h5"), {1.0, 0.4, 1e3, 0.5}, {2.0, nan_value}, true);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("h.h5")); }),
              "h.h5, /outputs: row 1, column 0 (from 0) is nan"));
    write_foreign(folder.file("i.h5"), {1.0, 0.4, 1e3, 0.5}, {2.0, 3.0, 4.0}, true);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("i.h5")); }), "it has 3 rows"));
    write_foreign(folder.file("j.h5"), {1.0, nan_value, 1e3, 0.5}, {2.0, 3.0}, true);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("j.h5")); }), "j.h5, /parameters: row 0, column 1"));
}

TEST_CASE("dataset: tables are datasets too") {
    const Folder folder;
    std::ofstream(folder.file("t.csv")) << "U,age [yr],NAME,F8 [Jy],F24 [Jy]\n1,1e6,x,1,2\n1000,2e6,y,,4\n";
    const ReadDataset read = read_dataset(folder.file("t.csv"), {"age", "U"});
    const Dataset& data = read.dataset;
    CHECK(read.warnings == std::vector<std::string>{"column 'NAME' was left out: it holds text"});
    check_same(data.parameters, {1e6, 1, 2e6, 1000});
    check_same(data.outputs, {1, 2, nan_value, 4});
    CHECK(data.mask == std::vector<std::uint8_t>{1, 1, 0, 1});
    CHECK(data.info.axis.labels == std::vector<std::string>{"F8", "F24"});
    CHECK(data.info.output_unit == "Jy");
    CHECK(data.info.parameters[0].unit == "yr");
    CHECK(data.info.parameters[1].scale == Scale::log);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("t.csv")); }), "--parameters a,b,c"));
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("t.csv"), {"U", "ages"}); }), "there is no column 'ages'"));
    CHECK(
        has(error_of([&] { (void)read_dataset(folder.file("t.csv"), {"U", "F8"}); }), "t.csv:3: parameter F8 is nan"));
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("t.csv"), {"U", "U"}); }), "named twice"));
    write_table(folder.file("t.h5"), read_table(folder.file("t.csv")));
    check_same(read_dataset(folder.file("t.h5"), {"age", "U"}).dataset.outputs, data.outputs);
    write_table(folder.file("t.fits"), read_table(folder.file("t.csv")));
    check_same(read_dataset(folder.file("t.fits"), {"age", "U"}).dataset.outputs, data.outputs);
}

TEST_CASE("dataset: missing, foreign and truncated files are refused with their name") {
    const Folder folder;
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("none.h5")); }), "none.h5: there is no such file"));
    std::ofstream(folder.file("text.h5")) << "hello";
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("text.h5")); }), "is no HDF5 file"));
    write_dataset(folder.file("d.h5"), sample());
    const std::string bytes = read_whole(folder.file("d.h5"));
    for (std::size_t size = 0; size < bytes.size(); size += 101) {
        write_atomically(folder.file("cut.h5"), std::string_view(bytes).substr(0, size));
        CHECK_THROWS_AS((void)read_dataset(folder.file("cut.h5")), InputError);
    }
    const hid_t file = H5Fopen(folder.file("d.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "mask", H5P_DEFAULT);
    H5Fclose(file);
    CHECK(has(error_of([&] { (void)read_dataset(folder.file("d.h5")); }), "d.h5, /mask: the dataset is missing"));
}
