#include <ism/io/table.hpp>

#include <cmath>
#include <filesystem>
#include <limits>

#include <doctest/doctest.h>
#include <error_of.hpp>
#include <unistd.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/io/excerpt.hpp>

using namespace ism;
using namespace ism::io;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();

Table sample() {
    Table table;
    table.columns = {
        {"wavelength", "um", "rest wavelength, in \"air\": a text with 'quotes'", {0.5, 1.0, 3e3}, {}},
        {"total", "erg s-1 H-1", "", {1.2345678901234567e-24, nan_value, -0.0}, {}},
        {"NAME", "", "", {}, {"a", "b \"c\", d", ""}},
    };
    table.meta = {
        {"command", "ismulate simulate dust -p U=10: with # and 'quotes'"},
        {"version", "0.1.0"},
        {"number", "1.0"},
        {"two lines", "a\nb"},
        {"provenance",
         R"({"program": "ismulate", "settings": {"field": "mathis", "long": "a value that is so long that the FITS card of seventy-two characters cannot hold it"}})"}};
    return table;
}

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("ism_table_test" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
};

void check_same(const Table& read, const Table& written) {
    REQUIRE(read.columns.size() == written.columns.size());
    REQUIRE(read.row_count() == 3);
    for (std::size_t j = 0; j < written.columns.size(); ++j) {
        CHECK(read.columns[j].name == written.columns[j].name);
        CHECK(read.columns[j].unit == written.columns[j].unit);
        CHECK(read.columns[j].texts == written.columns[j].texts);
        REQUIRE(read.columns[j].values.size() == written.columns[j].values.size());
        for (std::size_t i = 0; i < written.columns[j].values.size(); ++i) {
            const double a = read.columns[j].values[i], b = written.columns[j].values[i];
            CHECK((a == b || (std::isnan(a) && std::isnan(b))));
        }
    }
}

}  // namespace

TEST_CASE("tables: what is written is read back, in every format") {
    const Folder folder;
    const Table table = sample();
    for (const char* name : {"t.ecsv", "t.csv", "t.fits", "t.h5"}) {
        CAPTURE(name);
        write_table(folder.file(name), table);
        const Table read = read_table(folder.file(name));
        check_same(read, table);
        CHECK(read.warnings.empty());
        REQUIRE(read.meta.size() >= 5);
        CHECK(read.meta[0] == table.meta[0]);
        const bool one_line = std::string(name) == "t.csv" || std::string(name) == "t.fits";
        if (!one_line) CHECK(read.meta[3] == table.meta[3]);
        CHECK(read.meta[4] == table.meta[4]);
        if (std::string(name) != "t.csv") CHECK(read.columns[0].help == table.columns[0].help);
    }
}

TEST_CASE("tables: no rows") {
    const Folder folder;
    Table table = sample();
    for (auto& column : table.columns) column.values.clear(), column.texts.clear();
    for (const char* name : {"t.ecsv", "t.csv", "t.fits", "t.h5"}) {
        CAPTURE(name);
        write_table(folder.file(name), table);
        CHECK(read_table(folder.file(name)).row_count() == 0);
        CHECK(read_table(folder.file(name)).columns.size() == 3);
    }
}

TEST_CASE("ECSV as astropy 8.0.2 writes it") {
    const Table table =
        table_from_ecsv(read_whole(std::string(ISM_SOURCE_DIR) + "/tests/reference/astropy.ecsv"), "astropy.ecsv");
    REQUIRE(table.columns.size() == 6);
    REQUIRE(table.row_count() == 3);
    CHECK(table.column("wavelength").unit == "um");
    CHECK(has(table.column("wavelength").help, "goes on and on: until"));
    CHECK(table.column("total").unit == "erg / s");
    CHECK(table.column("total").values[1] == 2.5e-25);
    CHECK(std::isnan(table.column("wavelength").values[2]));
    CHECK(table.column("name").texts == std::vector<std::string>{"a", "b c", ""});
    CHECK(table.column("n").values == std::vector<double>{1, 2, 3});
    CHECK(table.column("b").values == std::vector<double>{1, 0, 1});
    CHECK(std::isnan(table.column("m").values[1]));
    CHECK(table.warnings == std::vector<std::string>{"column 'v' was left out: it holds arrays or objects"});
    const auto meta = [&](const std::string& key) {
        for (const auto& [name, value] : table.meta) {
            if (name == key) return value;
        }
        return std::string("absent");
    };
    CHECK(meta("command") == "ismulate simulate dust -p U=10 --field mathis -o sed.ecsv: with colon # hash");
    CHECK(meta("multi") == "line1\nline2");
    CHECK(meta("empty").empty());
    CHECK(meta("num") == "1.0");
}

TEST_CASE("CSV: units in brackets, other separators, missing entries, numbers that are text") {
    const Table table = table_from_csv("# seed: 7\nU [G0]; NAME ;f\n1e3;x;1.5\n\n2D0; y;\n", "t.csv");
    REQUIRE(table.row_count() == 2);
    CHECK(table.column("U").unit == "G0");
    CHECK(table.column("U").values == std::vector<double>{1000.0, 2.0});
    CHECK(table.column("NAME").texts == std::vector<std::string>{"x", "y"});
    CHECK(std::isnan(table.column("f").values[1]));
    CHECK(table.meta.front() == std::pair<std::string, std::string>{"seed", "7"});
    const Table identifiers = table_from_csv("id\n1234567890123456789\n", "t.csv");
    CHECK(identifiers.column("id").texts.front() == "1234567890123456789");
}

TEST_CASE("tables: errors show where, what and how many") {
    const std::string rows = error_of([] { (void)table_from_csv("U,age\n1,2\n1,2,3\n4\n5,6\n", "cloud.csv"); });
    CHECK(has(rows, "cloud.csv:3: this row has 3 entries"));
    CHECK(has(rows, "\n       2 | 1,2\n  >    3 | 1,2,3\n         | ^^^^^\n"));
    CHECK(has(rows, "2 of 4 rows are affected"));

    const Table text = table_from_csv("U,age\n1,2\n1,2x\n", "cloud.csv");
    const std::string number = error_of([&] { (void)text.numbers("age"); });
    CHECK(has(number, "cloud.csv:3: '2x' in column 'age' is no number"));
    CHECK(has(number, "  >    3 | 1,2x\n         |   ^^\n"));

    const std::string ecsv = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: U, datatype: float64}\nU\n1\nabc\n";
    CHECK(has(error_of([&] { (void)table_from_ecsv(ecsv, "t.ecsv"); }), "t.ecsv:7: 'abc' in column 'U' is no number"));
    CHECK(has(error_of([&] { (void)text.column("agge"); }), "did you mean 'age'?"));
    CHECK(has(error_of([] { (void)table_from_ecsv("a b\n1 2\n", "t.ecsv"); }), "this is no ECSV file"));
    CHECK(has(error_of([] { (void)table_from_csv("a,b\n1,\"2\n", "t.csv"); }), "never closed"));
    CHECK(has(error_of([] { (void)table_from_csv("a,a\n1,2\n", "t.csv"); }), "two columns are called 'a'"));
    CHECK(has(error_of([] { (void)table_from_csv("", "t.csv"); }), "holds no table"));
    CHECK(has(error_of([] { (void)read_table("nowhere.fits"); }), "there is no such file"));
    CHECK(has(error_of([] { (void)read_table(ISM_SOURCE_DIR "/LICENSE"); }), "does not name a table format"));
    CHECK(has(error_of([] {
                  (void)table_from_ecsv("# %ECSV 1.0\n# datatype:\n# - {name: 'a, datatype: float64}\na\n1\n",
                                        "t.ecsv");
              }),
              "t.ecsv:3"));
}

TEST_CASE("tables: every truncation of a binary file is refused or read, never a crash") {
    const Folder folder;
    for (const std::string ending : {"fits", "h5"}) {
        write_table(folder.file("t." + ending), sample());
        const std::string bytes = read_whole(folder.file("t." + ending));
        REQUIRE(bytes.size() > 1000);
        for (std::size_t size = 0; size < bytes.size(); size += 97) {
            write_atomically(folder.file("cut." + ending), std::string_view(bytes).substr(0, size));
            try {
                (void)read_table(folder.file("cut." + ending));
            } catch (const InputError&) {  // the expected end
            }
        }
    }
}

TEST_CASE("excerpt: long lines are cut around the place") {
    const std::string text = "first\n" + std::string(500, 'x') + "bad" + std::string(500, 'y') + "\n";
    const std::string shown = excerpt(text, 506, 3);
    CHECK(has(shown, "bad"));
    CHECK(shown.size() < 400);
    CHECK(line_number(text, 506) == 2);
    CHECK(excerpt("", 0, 1) == "\n  >    1 | \n         | ^");
}

TEST_CASE("large whole numbers, a column density say, are read back as they were written") {
    for (const double value : {188677645093353376.0, 684642032387518.2, 1e15, -4e15, 999999999999999.0, 1e300}) {
        CAPTURE(value);
        ism::io::Table table;
        table.columns = {{"N", "cm-2", "", {value, 2.5}, {}}};
        for (const bool ecsv : {true, false}) {
            const auto again = ecsv ? ism::io::table_from_ecsv(ism::io::to_ecsv(table), "t.ecsv")
                                    : ism::io::table_from_csv(ism::io::to_csv(table), "t.csv");
            CHECK(again.numbers("N").front() == value);
        }
    }
}
