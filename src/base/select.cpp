#include <ism/base/select.hpp>

#include <algorithm>

#include <fnmatch.h>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism {
namespace {

template <class T>
std::vector<T> columns_of(const std::vector<T>& table, std::size_t width, const std::vector<std::size_t>& indices) {
    std::vector<T> chosen;
    if (table.empty()) return chosen;
    chosen.reserve(table.size() / width * indices.size());
    for (std::size_t row = 0; row < table.size(); row += width) {
        for (const std::size_t j : indices) chosen.push_back(table[row + j]);
    }
    return chosen;
}

/// Marks the labels that fit; a label is also one of its own, whatever brackets are in it.
std::size_t mark(const std::vector<std::string>& labels, const std::string& glob, bool mark_as,
                 std::vector<bool>& marks) {
    std::size_t found = 0;
    for (std::size_t j = 0; j < labels.size(); ++j) {
        if (labels[j] != glob && ::fnmatch(glob.c_str(), labels[j].c_str(), 0) != 0) continue;
        marks[j] = mark_as;
        ++found;
    }
    return found;
}

}  // namespace

std::vector<std::size_t> chosen_outputs(const Axis& axis, const std::string& globs) {
    const std::string where = "--outputs " + globs;
    if (axis.labels.empty())
        throw InputError({.where = where,
                          .found = "the outputs have no names: they are on an axis of kind '" + axis.kind + "'",
                          .next = "leave it out"});
    std::vector<std::string> included, excluded;
    for (const std::string_view part : split(globs, ',')) {
        const std::string glob(trimmed(part));
        if (glob.empty()) continue;
        (glob.front() == '!' ? excluded : included).push_back(glob.front() == '!' ? glob.substr(1) : glob);
    }
    std::vector<bool> marks(axis.labels.size(), included.empty());
    const auto refuse_unknown = [&](const std::string& glob) {
        const std::string offer = did_you_mean(glob, axis.labels);
        throw InputError({.where = where,
                          .found = "'" + glob + "' fits none of the " + std::to_string(axis.labels.size()) +
                                   " outputs" + (offer.empty() ? "" : "; " + offer),
                          .allowed = "names of outputs, with * and ? for any letters; ! before a name excludes it",
                          .next = "ismulate describe FILE --json lists them"});
    };
    for (const std::string& glob : included) {
        if (mark(axis.labels, glob, true, marks) == 0) refuse_unknown(glob);
    }
    for (const std::string& glob : excluded) {
        if (mark(axis.labels, glob, false, marks) == 0) refuse_unknown(glob);
    }
    std::vector<std::size_t> indices;
    for (std::size_t j = 0; j < marks.size(); ++j) {
        if (marks[j]) indices.push_back(j);
    }
    if (indices.empty())
        throw InputError(
            {.where = where, .found = "it leaves nothing of " + std::to_string(marks.size()) + " outputs"});
    return indices;
}

Dataset columns(const Dataset& dataset, const std::vector<std::size_t>& indices) {
    check_shapes(dataset);
    const std::size_t m = dataset.info.output_count();
    Dataset chosen;
    chosen.info = dataset.info;
    chosen.info.axis.labels = columns_of(dataset.info.axis.labels, m, indices);
    chosen.info.axis.values = columns_of(dataset.info.axis.values, m, indices);
    chosen.parameters = dataset.parameters;
    chosen.outputs = columns_of(dataset.outputs, m, indices);
    chosen.mask = columns_of(dataset.mask, m, indices);
    chosen.status = dataset.status;
    chosen.reason = dataset.reason;
    chosen.provenance = dataset.provenance;
    return chosen;
}

}  // namespace ism
