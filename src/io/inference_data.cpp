#include <ism/io/inference_data.hpp>

#include <algorithm>
#include <numeric>

#include <netcdf.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::io {
namespace {

/// A netCDF file that is being written; closed at the end whatever happens.
class NetcdfFile {
public:
    explicit NetcdfFile(const std::string& path) : path_(path) {
        check(nc_create(path.c_str(), NC_NETCDF4 | NC_CLOBBER, &id_));
        open_ = true;
    }
    NetcdfFile(const NetcdfFile&) = delete;
    NetcdfFile& operator=(const NetcdfFile&) = delete;
    ~NetcdfFile() {
        if (open_) nc_close(id_);
    }
    [[nodiscard]] int id() const noexcept { return id_; }
    void close() {
        open_ = false;
        check(nc_close(id_));
    }
    void check(int status) const {
        if (status == NC_NOERR) return;
        throw MachineError({.where = path_,
                            .found = std::string("cannot be written: ") + nc_strerror(status),
                            .next = "make room on the disk or choose another folder with -o"});
    }

private:
    std::string path_;
    int id_ = 0;
    bool open_ = false;
};

void write_text(const NetcdfFile& file, int group, int variable, const std::string& name, const std::string& text) {
    if (!text.empty()) file.check(nc_put_att_text(group, variable, name.c_str(), text.size(), text.c_str()));
}

/// Declares a dimension and its coordinate variable; returns both identifiers.
std::pair<int, int> declare(const NetcdfFile& file, int group, const NetcdfDimension& dimension) {
    int at = 0, variable = 0;
    file.check(nc_def_dim(group, dimension.name.c_str(), dimension.length, &at));
    const int type = dimension.labels.empty() ? NC_INT64 : NC_STRING;
    file.check(nc_def_var(group, dimension.name.c_str(), type, 1, &at, &variable));
    return {at, variable};
}

void fill(const NetcdfFile& file, int group, int variable, const NetcdfDimension& dimension) {
    if (dimension.labels.empty()) {
        std::vector<long long> numbers(dimension.length);
        std::iota(numbers.begin(), numbers.end(), 0LL);
        return file.check(nc_put_var_longlong(group, variable, numbers.data()));
    }
    std::vector<const char*> labels;
    for (const std::string& label : dimension.labels) labels.push_back(label.c_str());
    file.check(nc_put_var_string(group, variable, labels.data()));
}

std::size_t index_of_dimension(const NetcdfGroup& group, const std::string& name) {
    const auto found = std::find_if(group.dimensions.begin(), group.dimensions.end(),
                                    [&](const NetcdfDimension& one) { return one.name == name; });
    if (found == group.dimensions.end()) throw Error("group " + group.name + " has no dimension " + name);
    return static_cast<std::size_t>(found - group.dimensions.begin());
}

void write_group(const NetcdfFile& file, const NetcdfGroup& group,
                 const std::vector<std::pair<std::string, std::string>>& attributes) {
    int id = 0;
    file.check(nc_def_grp(file.id(), group.name.c_str(), &id));
    for (const auto& [name, text] : attributes) write_text(file, id, NC_GLOBAL, name, text);
    std::vector<int> dimensions, coordinates, variables;
    for (const NetcdfDimension& dimension : group.dimensions) {
        if (!dimension.labels.empty() && dimension.labels.size() != dimension.length)
            throw Error("dimension " + dimension.name + " has another number of labels than its length");
        const auto [at, variable] = declare(file, id, dimension);
        dimensions.push_back(at);
        coordinates.push_back(variable);
    }
    for (const NetcdfVariable& variable : group.variables) {
        std::vector<int> over;
        std::size_t size = 1;
        for (const std::string& name : variable.dimensions) {
            const std::size_t d = index_of_dimension(group, name);
            over.push_back(dimensions[d]);
            size *= group.dimensions[d].length;
        }
        if (size != variable.values.size()) throw Error("variable " + variable.name + " does not fit its dimensions");
        int at = 0;
        file.check(nc_def_var(id, variable.name.c_str(), NC_DOUBLE, static_cast<int>(over.size()), over.data(), &at));
        write_text(file, id, at, "units", variable.unit);
        write_text(file, id, at, "long_name", variable.help);
        variables.push_back(at);
    }
    file.check(nc_enddef(file.id()));
    for (std::size_t d = 0; d < dimensions.size(); ++d) fill(file, id, coordinates[d], group.dimensions[d]);
    for (std::size_t v = 0; v < variables.size(); ++v)
        file.check(nc_put_var_double(id, variables[v], group.variables[v].values.data()));
    file.check(nc_redef(file.id()));
}

}  // namespace

void write_inference_data(const std::string& path, const std::vector<NetcdfGroup>& groups,
                          const std::vector<std::pair<std::string, std::string>>& attributes) {
    write_atomically(path, [&](const std::string& temporary) {
        NetcdfFile file(temporary);
        for (const auto& [name, text] : attributes) write_text(file, file.id(), NC_GLOBAL, name, text);
        for (const NetcdfGroup& group : groups) write_group(file, group, attributes);
        file.close();
    });
}

}  // namespace ism::io
