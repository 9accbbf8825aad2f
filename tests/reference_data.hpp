#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// A file of the reference data, which stand beside the project and are no part of it. Where the whole folder is absent
/// the program ends with 77: ctest shows the test as skipped, not as passed.
inline std::string reference_data(const std::string& path) {
    const std::filesystem::path folder = ISM_REFERENCE_DATA;
    if (!std::filesystem::is_directory(folder)) {
        std::printf("skipped: the reference data %s are not here\n", folder.string().c_str());
        std::exit(77);
    }
    return (folder / path).string();
}

/// The rows of exactly `columns` numbers (separated by blanks or commas) in a text file; other lines are passed over.
/// Empty where the file cannot be read: callers count the rows.
inline std::vector<std::vector<double>> number_rows(const std::string& path, std::size_t columns) {
    std::vector<std::vector<double>> rows;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        for (char& c : line) c = c == ',' ? ' ' : c;
        std::istringstream words(line);
        std::vector<double> row;
        double value = 0.0;
        while (words >> value) row.push_back(value);
        if (row.size() == columns && words.eof()) rows.push_back(row);
    }
    return rows;
}
