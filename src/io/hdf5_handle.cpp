#include <io/hdf5_handle.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::io::h5 {
namespace {

Handle text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

void write_attribute_of(const Handle& object, const std::string& name, hid_t type, const Handle& space,
                        const void* data, const std::string& path) {
    const Handle attribute(H5Acreate2(object.get(), name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    check_written(attribute.get(), path);
    if (data != nullptr) check_written(H5Awrite(attribute.get(), type, data), path);
}

Handle scalar_space() { return {H5Screate(H5S_SCALAR), H5Sclose}; }

Handle list_space(std::size_t count) {
    const hsize_t size = count;
    return {H5Screate_simple(1, &size, nullptr), H5Sclose};
}

/// HDF5 closes what is open when the program ends; after a full disk that crashes it (1.10.8). Our handles close
/// everything.
void no_cleanup_at_exit() {
    static const herr_t once = H5dont_atexit();
    static_cast<void>(once);
}

/// Access properties: the format of HDF5 1.8, which holds long lists of names; no locks, which network disks refuse.
Handle access_properties() {
    Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(properties.get(), false, true);
#endif
    return properties;
}

/// Calls read(type, buffer) for texts of either kind and collects them.
template <class Read>
std::vector<std::string> collect_texts(const Handle& object, const Handle& type, const Handle& space, Read read) {
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (count <= 0 || H5Tget_class(type.get()) != H5T_STRING) return {};
    if (!can_hold(object, {static_cast<hsize_t>(count)}, H5Tget_size(type.get()))) return {};
    const auto n = static_cast<std::size_t>(count);
    std::vector<std::string> texts;
    if (H5Tis_variable_str(type.get()) > 0) {
        std::vector<char*> pointers(n, nullptr);
        const Handle memory(H5Tcopy(type.get()), H5Tclose);
        if (read(memory.get(), pointers.data()) < 0) return {};  // HDF5 has freed what it had read
        for (const char* pointer : pointers) texts.push_back(valid_utf8(pointer == nullptr ? "" : pointer));
        H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, pointers.data());
        return texts;
    }
    const std::size_t width = H5Tget_size(type.get());
    std::vector<char> bytes(n * width);
    if (width == 0 || read(type.get(), bytes.data()) < 0) return {};
    for (std::size_t i = 0; i < n; ++i) {
        const std::string whole(bytes.data() + i * width, width);
        texts.push_back(valid_utf8(whole.substr(0, whole.find('\0'))));
    }
    return texts;
}

}  // namespace

Quiet::Quiet() {
    // A file that could not be written to the end cannot be closed either, and HDF5's clean-up at exit would crash on
    // it. All files that can be closed are closed by their handles.
    [[maybe_unused]] static const herr_t once = H5dont_atexit();
    no_cleanup_at_exit();
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Quiet::~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

std::string last_message() {
    std::string text;
    const auto keep = [](unsigned, const H5E_error2_t* error, void* data) -> herr_t {
        auto& message = *static_cast<std::string*>(data);
        if (message.empty() && error->desc != nullptr) message = error->desc;
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep, &text);
    if (text.empty()) return "the HDF5 library gives no reason";
    constexpr std::string_view mark = "error message = '";  // what the system said, amid file descriptors and addresses
    const auto begin = text.find(mark);
    if (begin == std::string::npos) return text;
    const std::string reason = text.substr(begin + mark.size());
    return reason.substr(0, reason.find('\''));
}

void check_written(std::int64_t result, const std::string& path) {
    if (result >= 0) return;
    throw MachineError({.where = path,
                        .found = "cannot be written: " + last_message(),
                        .next = "make room on the disk or choose another folder with -o"});
}

Handle create_file(const std::string& path) {
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose), access = access_properties();
    H5Pset_obj_track_times(creation.get(), false);
    Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
    check_written(file.get(), path);
    return file;
}

Handle open_file(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) throw InputError({.where = path, .found = "there is no such file"});
    const Handle access = access_properties();
    Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (file.valid()) return file;
    const std::string reason = last_message();  // the next call forgets it
    const bool hdf5 = H5Fis_hdf5(path.c_str()) > 0;
    throw InputError({.where = path,
                      .found = (hdf5 ? "is a damaged or truncated HDF5 file: " : "is no HDF5 file: ") + reason,
                      .next = "a table of numbers can be given as .ecsv, .csv or .fits"});
}

Handle open_bytes(std::string_view bytes, const std::string& name) {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr std::size_t step = 65536;
    H5Pset_fapl_core(access.get(), step, false);
    H5Pset_file_image(access.get(), const_cast<char*>(bytes.data()), bytes.size());  // HDF5 keeps a copy
    Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (file.valid()) return file;
    throw InputError({.where = name, .found = "is no HDF5 file: " + last_message()});
}

bool can_hold(const Handle& object, const std::vector<hsize_t>& shape, std::size_t value_size) {
    const Handle file(H5Iget_file_id(object.get()), H5Fclose);
    hsize_t size = 0;
    if (H5Fget_filesize(file.get(), &size) < 0) return false;
    auto bytes = static_cast<double>(value_size);
    for (const hsize_t extent : shape) bytes *= static_cast<double>(extent);
    constexpr double packing = 1024.0;
    return bytes <= packing * static_cast<double>(size);
}

Handle create_dataset(const Handle& file, const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
                      const std::string& path) {
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(properties.get(), false);
    H5Pset_layout(properties.get(), H5D_CONTIGUOUS);
    H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(properties.get(), H5D_FILL_TIME_IFSET);
    Handle dataset(H5Dcreate2(file.get(), name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                   H5Dclose);
    check_written(dataset.get(), path);
    return dataset;
}

void write_attribute(const Handle& object, const std::string& name, const std::string& value, const std::string& path) {
    const char* pointer = value.c_str();
    write_attribute_of(object, name, text_type().get(), scalar_space(), &pointer, path);
}

void write_attribute(const Handle& object, const std::string& name, std::int64_t value, const std::string& path) {
    write_attribute_of(object, name, H5T_STD_I64LE, scalar_space(), &value, path);
}

void write_attribute(const Handle& object, const std::string& name, const std::vector<double>& values,
                     const std::string& path) {
    write_attribute_of(object, name, H5T_IEEE_F64LE, list_space(values.size()),
                       values.empty() ? nullptr : values.data(), path);
}

void write_attribute(const Handle& object, const std::string& name, const std::vector<std::string>& values,
                     const std::string& path) {
    std::vector<const char*> pointers;
    for (const auto& value : values) pointers.push_back(value.c_str());
    write_attribute_of(object, name, text_type().get(), list_space(values.size()),
                       pointers.empty() ? nullptr : pointers.data(), path);
}

bool has_attribute(const Handle& object, const std::string& name) { return H5Aexists(object.get(), name.c_str()) > 0; }

std::vector<std::string> text_attribute(const Handle& object, const std::string& name) {
    if (!has_attribute(object, name)) return {};
    const Handle attribute(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose), space(H5Aget_space(attribute.get()), H5Sclose);
    return collect_texts(object, type, space,
                         [&](hid_t memory, void* data) { return H5Aread(attribute.get(), memory, data); });
}

std::vector<double> number_attribute(const Handle& object, const std::string& name) {
    if (!has_attribute(object, name)) return {};
    const Handle attribute(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose), space(H5Aget_space(attribute.get()), H5Sclose);
    const H5T_class_t kind = H5Tget_class(type.get());
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || count <= 0) return {};
    if (!can_hold(object, {static_cast<hsize_t>(count)}, H5Tget_size(type.get()))) return {};
    std::vector<double> values(static_cast<std::size_t>(count));
    if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0) return {};
    return values;
}

bool has_dataset(const Handle& file, const std::string& name) {
    if (H5Lexists(file.get(), name.c_str(), H5P_DEFAULT) <= 0) return false;
    const Handle object(H5Oopen(file.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    return object.valid() && H5Iget_type(object.get()) == H5I_DATASET;
}

Handle open_dataset(const Handle& file, const std::string& name) {
    return {H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), H5Dclose};
}

std::vector<hsize_t> shape_of(const Handle& dataset) {
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
    if (!shape.empty()) H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
    return shape;
}

bool is_numeric(const Handle& dataset) {
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type.get());
    return kind == H5T_FLOAT || kind == H5T_INTEGER;
}

std::vector<std::string> read_texts(const Handle& dataset) {
    const Handle type(H5Dget_type(dataset.get()), H5Tclose), space(H5Dget_space(dataset.get()), H5Sclose);
    return collect_texts(dataset, type, space, [&](hid_t memory, void* data) {
        return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    });
}

}  // namespace ism::io::h5
