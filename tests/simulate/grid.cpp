#include <ism/simulate/grid.hpp>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <error_of.hpp>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/io/dataset_file.hpp>

using namespace ism;
using namespace ism::simulate;

namespace {

namespace fs = std::filesystem;

/// A cheap analytic model that can be slow, fail at some points, or do something at the k-th call.
class Toy final : public Model {
public:
    Toy() {
        info_.name = "toy";
        info_.summary = "a test";
        info_.parameters = {
            {.name = "U", .unit = "", .low = 0.1, .high = 1e6, .fallback = 1, .scale = Scale::log, .help = "field"},
            {.name = "amin", .unit = "nm", .low = 0.35, .high = 2, .fallback = 0.4, .help = "size"}};
        info_.axis = {
            .name = "wavelength", .kind = "wavelength", .unit = "um", .values = lin_spaced(1, 7, 7), .labels = {}};
        info_.output_name = "total";
        info_.output_unit = "erg s-1";
    }
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> p, std::span<double> y) const override {
        for (std::size_t i = 0; i < p.size() / 2; ++i) {
            if (at_call) at_call(++calls);
            if (slow > 0) ::usleep(slow);
            if (fail_above < p[2 * i]) throw NumericalError("did not converge\nat all");
            for (std::size_t j = 0; j < 7; ++j)
                y[7 * i + j] = p[2 * i] * std::sin(p[2 * i + 1] + static_cast<double>(j));
            if (p[2 * i + 1] > nan_above) y[7 * i + 3] = NAN;
        }
    }

    unsigned slow = 0;  // microseconds
    double fail_above = 1e9, nan_above = 1e9;
    std::function<void(int)> at_call;
    mutable std::atomic<int> calls{0};

private:
    ModelInfo info_;
};

struct Folder {
    fs::path path = fs::temp_directory_path() / ("ism_grid_test" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
};

GridSettings settings_for(const std::string& output) {
    GridSettings settings;
    settings.design = {.kind = DesignKind::sobol, .size = 300, .counts = {}, .seed = 3};
    settings.output = output;
    settings.provenance = R"({"program": "test", "settings": {"field": "mathis"}})";
    settings.chunk = 7;
    return settings;
}

GridReport run(const Model& model, const GridSettings& settings) {
    SilentProgress progress;
    return run_grid(model, settings, progress);
}

/// The bytes of an uninterrupted run on one thread.
std::string expected_bytes(const Folder& folder, const Toy& model) {
    set_thread_count(1);
    run(model, settings_for(folder.file("expected.h5")));
    set_thread_count(2);
    return read_whole(folder.file("expected.h5"));
}

/// Runs work in a process of its own; its exit status is that of the error, 0 if none.
pid_t in_child(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    int status = 0;
    try {
        work();
    } catch (const Error& error) {
        status = error.exit_status();
        std::ofstream("/dev/null") << error.what();
    }
    ::_exit(status);
}

int exit_status_of(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// A grid that is broken off and taken up again, and the bytes of the same grid from one quiet run.
struct BrokenOff {
    const Folder folder;
    Toy model;
    const std::string expected = expected_bytes(folder, model);
    GridSettings settings = settings_for(folder.file("g.h5"));

    GridReport resumed() {
        CHECK_FALSE(fs::exists(settings.output));
        settings.resume = true;
        const GridReport report = run(model, settings);
        CHECK(report.written);
        CHECK(read_whole(settings.output) == expected);
        CHECK_FALSE(fs::exists(settings.output + ".parts"));
        return report;
    }
};

}  // namespace

TEST_CASE("grid: what the dataset holds") {
    const Folder folder;
    Toy model;
    model.fail_above = 1e5;
    const GridReport report = run(model, settings_for(folder.file("g.h5")));
    CHECK(report.size == 300);
    CHECK(report.computed == 300);
    CHECK(report.written);
    CHECK(report.failed > 30);
    CHECK(has(report.first_failure, "amin = "));
    CHECK(has(report.first_failure, " nm: did not converge at all"));
    const Dataset data = io::read_dataset(folder.file("g.h5")).dataset;
    REQUIRE(data.size() == 300);
    const Design design(settings_for("").design, 2);
    std::size_t failed = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        std::vector<double> x(2), y(7);
        design.point(i, x);
        for (std::size_t k = 0; k < 2; ++k) x[k] = model.info().parameters[k].from_unit_interval(x[k]);
        CHECK(data.parameters[2 * i] == x[0]);
        CHECK(data.parameters[2 * i + 1] == x[1]);
        failed += data.done(i) ? 0 : 1;
        CHECK(data.done(i) == !(x[0] > 1e5));
        if (data.done(i)) {
            model.evaluate(x, y);
            CHECK(std::equal(y.begin(), y.end(), data.outputs.begin() + static_cast<std::ptrdiff_t>(7 * i)));
        } else {
            CHECK(data.reason[i] == "did not converge at all");
            CHECK(std::isnan(data.outputs[7 * i]));
        }
        CHECK(data.used(i, 0) == data.done(i));
    }
    CHECK(failed == report.failed);
    CHECK(has(data.provenance, R"("design":{"kind":"sobol","size":300,"scramble":true,"seed":3})"));
    CHECK_FALSE(fs::exists(folder.file("g.h5.parts")));
    const std::string log = read_whole(folder.file("g.h5.log.json"));
    CHECK(has(log, "\"outcome\": \"done\""));
    CHECK(has(log, "\"host\""));
}

TEST_CASE("grid: a value that is not finite is a failure") {
    const Folder folder;
    Toy model;
    model.nan_above = 1.9;
    const GridReport report = run(model, settings_for(folder.file("g.h5")));
    CHECK(report.failed > 5);
    CHECK(report.failed < 40);
    CHECK(has(report.first_failure, "the model gave nan at wavelength 4 um"));
}

TEST_CASE("grid: no model succeeds") {
    const Folder folder;
    Toy model;
    model.fail_above = 0;
    CHECK(has(error_of<NumericalError>([&] { run(model, settings_for(folder.file("g.h5"))); }),
              "none of the 300 models succeeded"));
    CHECK_FALSE(fs::exists(folder.file("g.h5")));
}

TEST_CASE("grid: threads and shards do not change a byte") {
    const Folder folder;
    Toy model;
    model.fail_above = 3e5;
    const std::string expected = expected_bytes(folder, model);
    for (const unsigned threads : {2U, 5U}) {
        set_thread_count(threads);
        const std::string name = folder.file("t" + std::to_string(threads) + ".h5");
        run(model, settings_for(name));
        CHECK(read_whole(name) == expected);
    }
    set_thread_count(2);
    GridSettings shard = settings_for(folder.file("s.h5"));
    SilentProgress progress;
    for (const std::size_t index : {2U, 0U, 1U}) {
        CHECK(has(error_of<InputError>([&] { merge_grid(shard.output, false, progress); }),
                  index == 2 ? "there are no parts" : "parts are not there"));
        shard.shard = {index, 3};
        const GridReport report = run(model, shard);
        CHECK_FALSE(report.written);
        CHECK(report.computed >= 98);
    }
    const GridReport merged = merge_grid(shard.output, false, progress);
    CHECK(merged.written);
    CHECK(merged.failed > 0);
    CHECK(read_whole(shard.output) == expected);
}

TEST_CASE_FIXTURE(BrokenOff, "grid: killed at any moment, resumed to the same bytes") {
    model.slow = 1000;  // 150 ms on two threads
    Random random(42, 0);
    settings.resume = true;
    std::size_t kills = 0;
    for (int attempt = 0; attempt < 40 && !fs::exists(settings.output); ++attempt) {
        const pid_t child = in_child([&] { run(model, settings); });
        ::usleep(static_cast<useconds_t>(10000 + random.below(60000)));
        ::kill(child, SIGKILL);
        kills += exit_status_of(child) == -SIGKILL ? 1 : 0;
    }
    MESSAGE("killed ", kills, " times");
    CHECK(kills >= 3);
    if (!fs::exists(settings.output)) CHECK(resumed().reused > 0);
    CHECK(read_whole(settings.output) == expected);
    CHECK(run(model, settings).computed == 0);  // complete: nothing to do
}

TEST_CASE("grid: without --resume or --force an earlier run is not touched") {
    const Folder folder;
    Toy model;
    GridSettings settings = settings_for(folder.file("g.h5"));
    settings.shard = {0, 2};
    run(model, settings);
    CHECK(has(error_of<InputError>([&] { run(model, settings); }), "parts of an earlier run are there"));
    settings.shard = {};
    CHECK(has(error_of<InputError>([&] { run(model, settings); }), "--resume"));
    settings.resume = true;
    const GridReport report = run(model, settings);
    CHECK(report.reused > 0);
    CHECK(report.computed > 0);
    CHECK(report.computed + report.reused == 300);
    settings.resume = false;
    CHECK(has(error_of<InputError>([&] { run(model, settings); }), "exists already"));
    settings.force = true;
    CHECK(run(model, settings).computed == 300);
}

TEST_CASE("grid: another configuration is refused, and the difference named") {
    const Folder folder;
    Toy model;
    GridSettings first = settings_for(folder.file("g.h5"));
    first.shard = {0, 2};
    run(model, first);
    const auto refused = [&](const GridSettings& settings) {
        return error_of<InputError>([&] { run(model, settings); });
    };
    GridSettings other = first;
    other.resume = true;
    other.design.seed = 4;
    CHECK(has(refused(other), "design/seed: 3 there, 4 here"));
    other = first;
    other.resume = true;
    other.provenance = R"({"program": "test", "settings": {"field": "bpass"}})";
    CHECK(has(refused(other), "provenance/settings/field: \"mathis\" there, \"bpass\" here"));
    other = first;
    other.resume = true;
    other.chunk = 8;
    CHECK(has(refused(other), "chunk: 7 there, 8 here"));
    other.chunk = 0;  // as the parts have it
    CHECK(run(model, other).reused > 0);
}

TEST_CASE_FIXTURE(BrokenOff, "grid: a damaged part is computed again, with a notice") {
    settings.shard = {0, 2};
    run(model, settings);
    const std::string part = settings.output + ".parts/chunk-000002.part";
    std::string bytes = read_whole(part);
    bytes[bytes.size() / 2] ^= 1;
    write_atomically(part, bytes);
    write_atomically(settings.output + ".parts/chunk-000004.part", std::string_view(bytes).substr(0, 100));
    settings.shard = {};
    const GridReport report = resumed();
    REQUIRE(report.notices.size() == 2);
    CHECK((has(report.notices[0], "checksum") || has(report.notices[1], "checksum")));
}

TEST_CASE_FIXTURE(BrokenOff, "grid: a full disk ends with exit status 4 and keeps the finished parts") {
    const pid_t child = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        set_thread_count(1);
        model.at_call = [](int call) {
            const rlimit limit{300, 300};  // bytes of a file: less than a part
            if (call == 150) ::setrlimit(RLIMIT_FSIZE, &limit);
        };
        run(model, settings);
    });
    CHECK(exit_status_of(child) == 4);
    const GridReport report = resumed();
    CHECK(report.reused >= 140);
    CHECK(report.reused < 160);
}

TEST_CASE_FIXTURE(BrokenOff, "grid: a disk that fills while the parts are merged keeps them too") {
    const pid_t child = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{9000, 9000};  // the parts fit, the dataset does not
        ::setrlimit(RLIMIT_FSIZE, &limit);
        run(model, settings);
    });
    CHECK(exit_status_of(child) == 4);
    CHECK_FALSE(fs::exists(settings.output));
    SilentProgress progress;
    merge_grid(settings.output, false, progress);
    CHECK(read_whole(settings.output) == expected);
}

TEST_CASE_FIXTURE(BrokenOff, "grid: stopped by the user") {
    const pid_t child = in_child([&] {
        set_thread_count(1);
        model.at_call = [](int call) {
            if (call == 100) request_stop(SIGINT);
        };
        run(model, settings);
    });
    CHECK(exit_status_of(child) == 130);
    const GridReport report = resumed();
    CHECK(report.reused >= 91);
    CHECK(report.reused <= 105);
}

TEST_CASE("grid: shards are named from 1") {
    CHECK(shard_from_string("1/8").index == 0);
    CHECK(shard_from_string("8/8").index == 7);
    CHECK(shard_from_string("8/8").count == 8);
    for (const char* text : {"0/8", "9/8", "1", "a/b", "1.5/2", "1/0", "", "/"})
        CHECK_THROWS_AS((void)shard_from_string(text), InputError);
}

TEST_CASE("grid: regular designs, and large chunks chosen by size") {
    const Folder folder;
    const Toy model;
    GridSettings settings = settings_for(folder.file("g.h5"));
    settings.design = {.kind = DesignKind::regular, .counts = {50, 40}};
    settings.chunk = 0;
    CHECK(run(model, settings).computed == 2000);
    const Dataset data = io::read_dataset(folder.file("g.h5")).dataset;
    CHECK(data.size() == 2000);
    CHECK(data.parameters[0] == 0.1);
    CHECK(data.parameters[1999 * 2] == 1e6);
}
