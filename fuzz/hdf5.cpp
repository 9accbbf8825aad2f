// The readers of HDF5 datasets and tables.
//
// The bytes are not a file but a recipe for one: which of the names that our readers look for exist, with which type,
// shape and values. So every input is a file that the HDF5 library takes, and what is tried is our own reading of it;
// flipped bits inside a file are the library's affair (and a test of tests/io).
#include <hdf5.h>

#include <array>
#include <cstring>
#include <vector>

#include <io/hdf5_handle.hpp>
#include <io/table_formats.hpp>

#include <ism/base/dataset.hpp>
#include <ism/io/dataset_file.hpp>

#include "check_table.hpp"

namespace {

using ism::io::h5::Handle;

/// Takes the recipe byte by byte; zeros when it ends.
class Recipe {
public:
    Recipe(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool ended() const { return at_ >= size_; }
    unsigned byte() { return ended() ? 0U : data_[at_++]; }
    template <std::size_t N>
    const char* choice(const std::array<const char*, N>& words) {
        return words[byte() % N];
    }
    void fill(std::vector<char>& bytes) {
        for (char& c : bytes) c = static_cast<char>(byte());
    }

private:
    const std::uint8_t* data_;
    std::size_t size_, at_ = 0;
};

/// The types that come in files, and some that our readers must pass over.
Handle type_of(Recipe& recipe) {
    switch (recipe.byte() % 7) {
        case 0:
            return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
        case 1:
            return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
        case 2:
            return {H5Tcopy(H5T_STD_I64BE), H5Tclose};
        case 3: {
            Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
            H5Tset_size(text.get(), 1 + recipe.byte() % 12);
            return text;
        }
        case 4: {
            Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
            H5Tset_size(text.get(), H5T_VARIABLE);
            return text;
        }
        case 5: {
            Handle row(H5Tcreate(H5T_COMPOUND, 20), H5Tclose);
            Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
            H5Tset_size(text.get(), 4);
            H5Tinsert(row.get(), "U", 0, H5T_IEEE_F64LE);
            H5Tinsert(row.get(), recipe.byte() % 2 == 0 ? "NAME" : "", 8, text.get());
            H5Tinsert(row.get(), "n", 12, recipe.byte() % 2 == 0 ? H5T_STD_I64LE : H5T_STD_REF_OBJ);
            return row;
        }
        default:
            return {H5Tcopy(H5T_STD_REF_OBJ), H5Tclose};
    }
}

Handle space_of(Recipe& recipe) {
    const int rank = static_cast<int>(recipe.byte() % 4);
    std::array<hsize_t, 3> extents{};
    for (hsize_t& extent : extents) extent = recipe.byte() % 5;
    if (rank == 0) return {H5Screate(recipe.byte() % 2 == 0 ? H5S_SCALAR : H5S_NULL), H5Sclose};
    if (recipe.byte() == 255) extents[0] <<= 40;  // more than the file holds: its space is never reserved
    return {H5Screate_simple(rank, extents.data(), nullptr), H5Sclose};
}

bool variable(const Handle& type) { return H5Tis_variable_str(type.get()) > 0; }

/// Calls write(memory) with values of the type, out of the recipe.
template <class Write>
void with_values(Recipe& recipe, const Handle& type, const Handle& space, Write write) {
    constexpr hssize_t most = 64;
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (count <= 0 || count > most) return;
    const auto n = static_cast<std::size_t>(count);
    if (variable(type)) {
        std::vector<std::string> texts;
        std::vector<const char*> pointers;
        constexpr std::array<const char*, 9> words = {"a", "",   "log",  "linear", "ismulate-dataset",
                                                      "b", "um", "\xff", "U"};
        for (std::size_t i = 0; i < n; ++i) pointers.push_back(recipe.choice(words));
        write(static_cast<const void*>(pointers.data()));
        return;
    }
    std::vector<char> bytes(n * H5Tget_size(type.get()));
    recipe.fill(bytes);
    write(static_cast<const void*>(bytes.data()));
}

void add_attribute(Recipe& recipe, const Handle& object) {
    constexpr std::array<const char*, 16> names = {"format", "version", "names",   "units",   "scales", "low",
                                                   "high",   "help",    "name",    "unit",    "scale",  "axis",
                                                   "kind",   "model",   "summary", "defaults"};
    const char* name = recipe.choice(names);
    const Handle type = type_of(recipe), space = space_of(recipe);
    const Handle attribute(H5Acreate2(object.get(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!attribute.valid()) return;
    with_values(recipe, type, space, [&](const void* data) { H5Awrite(attribute.get(), type.get(), data); });
}

void add_dataset(Recipe& recipe, const Handle& file) {
    constexpr std::array<const char*, 8> names = {"parameters", "outputs", "mask",  "status",
                                                  "reason",     "axis",    "table", "table.__table_column_meta__"};
    const char* name = recipe.choice(names);
    const Handle type = type_of(recipe), space = space_of(recipe), properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_LATE);
    const Handle dataset(
        H5Dcreate2(file.get(), name, type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT), H5Dclose);
    if (!dataset.valid()) return;
    with_values(recipe, type, space,
                [&](const void* data) { H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data); });
    for (unsigned count = recipe.byte() % 8; count > 0; --count) add_attribute(recipe, dataset);
}

/// The bytes of the file that the recipe describes.
std::string cooked(Recipe recipe) {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr std::size_t step = 4096;
    H5Pset_fapl_core(access.get(), step, false);
    const Handle file(H5Fcreate("recipe.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    for (unsigned count = recipe.byte() % 8; count > 0; --count) add_attribute(recipe, file);
    constexpr int most = 8;
    for (int i = 0; i < most && !recipe.ended(); ++i) add_dataset(recipe, file);
    H5Fflush(file.get(), H5F_SCOPE_LOCAL);
    const auto size = H5Fget_file_image(file.get(), nullptr, 0);
    std::string bytes(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    H5Fget_file_image(file.get(), bytes.data(), bytes.size());
    return bytes;
}

void check_dataset(const ism::io::ReadDataset& read) {
    const ism::Dataset& data = read.dataset;
    ism::check_shapes(data);
    fuzz::require_finite(data.parameters);
    fuzz::require(data.size() > 0 && data.info.output_count() > 0);
    for (const auto& parameter : data.info.parameters) {
        fuzz::require(parameter.low <= parameter.high && !parameter.name.empty());
        fuzz::require(parameter.scale == ism::Scale::linear || parameter.low > 0.0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ism::io::h5::Quiet quiet;
    const std::string bytes = cooked(Recipe(data, size));
    fuzz::refused_or_valid([&] { check_dataset(ism::io::dataset_from_hdf5(bytes, "fuzz")); });
    fuzz::refused_or_valid([&] { fuzz::require_valid(ism::io::table_from_hdf5(bytes, "fuzz")); });
    return 0;
}
