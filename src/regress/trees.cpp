// Forests and boosted trees: grown by XGBoost, kept and evaluated here, so that nothing but numbers has to be kept.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>
#include <ism/regress/regressor.hpp>

#ifdef ISMULATE_XGBOOST
#include <nlohmann/json.hpp>
#include <xgboost/c_api.h>
#include <xgboost/version_config.h>
#endif

namespace ism::regress {

bool has_trees() noexcept {
#ifdef ISMULATE_XGBOOST
    return true;
#else
    return false;
#endif
}

#ifndef ISMULATE_XGBOOST

namespace {
[[noreturn]] void refuse_trees() {
    throw MachineError(ErrorText{.where = "forest, boosting",
                                 .found = "this build was made without XGBoost",
                                 .next = "install libxgboost-dev and build again"});
}
}  // namespace

std::unique_ptr<Regressor> make_forest(const Dataset&) { refuse_trees(); }
std::unique_ptr<Regressor> make_boosting(const Dataset&) { refuse_trees(); }

#else

namespace {

constexpr std::size_t exact_splits_up_to = 20000;  // models; above: splits between 1024 bins
constexpr std::uint64_t lot = 1;

void check(int status) {
    if (status != 0) throw NumericalError(std::string("XGBoost: ") + XGBGetLastError());
}

/// One place of a tree. A leaf has `left` 0 (the root is nobody's child) and its value in `threshold`.
struct Knot {
    float threshold;
    std::uint32_t left, right;
    std::uint32_t parameter;
};

/// The trees of one output; their sum and `base` is its value.
struct Ensemble {
    float base = 0.0F;
    std::vector<Knot> knots{};
    std::vector<std::size_t> roots{};

    [[nodiscard]] float at(const float* position) const {
        float sum = base;
        for (const std::size_t root : roots) {
            const Knot* const tree = knots.data() + root;
            std::uint32_t place = 0;
            while (tree[place].left != 0)
                place = position[tree[place].parameter] < tree[place].threshold ? tree[place].left : tree[place].right;
            sum += tree[place].threshold;
        }
        return sum;
    }
};

/// Models as XGBoost takes them.
class Matrix {
public:
    Matrix(const std::vector<float>& positions, std::size_t p, const std::vector<float>& labels) {
        check(XGDMatrixCreateFromMat_omp(positions.data(), labels.size(), p, std::numeric_limits<float>::quiet_NaN(),
                                         &handle_, 1));
        check(XGDMatrixSetFloatInfo(handle_, "label", labels.data(), labels.size()));
    }
    Matrix(const Matrix&) = delete;
    Matrix& operator=(const Matrix&) = delete;
    ~Matrix() { XGDMatrixFree(handle_); }
    [[nodiscard]] DMatrixHandle get() const { return handle_; }

private:
    DMatrixHandle handle_ = nullptr;
};

using Settings = std::vector<std::pair<std::string, std::string> >;

class Booster {
public:
    Booster(const Matrix& learned, const Settings& settings) {
        const DMatrixHandle matrices[] = {learned.get()};
        check(XGBoosterCreate(matrices, 1, &handle_));
        for (const auto& [name, value] : settings) check(XGBoosterSetParam(handle_, name.c_str(), value.c_str()));
    }
    Booster(const Booster&) = delete;
    Booster& operator=(const Booster&) = delete;
    ~Booster() { XGBoosterFree(handle_); }

    void grow(int round, const Matrix& learned) { check(XGBoosterUpdateOneIter(handle_, round, learned.get())); }

    /// Root of the mean squared error.
    [[nodiscard]] double error(int round, const Matrix& judged) {
        DMatrixHandle matrices[] = {judged.get()};
        const char* names[] = {"judged"};
        const char* text = nullptr;
        check(XGBoosterEvalOneIter(handle_, round, matrices, names, 1, &text));
        const std::string said(text);  // "[3]\tjudged-rmse:0.0123"
        const auto value = number_from(said.substr(said.rfind(':') + 1));
        if (!value) throw Error("XGBoost told no error: " + said);
        return *value;
    }

    [[nodiscard]] Ensemble ensemble() {
        bst_ulong length = 0;
        const char* bytes = nullptr;
        check(XGBoosterSaveModelToBuffer(handle_, R"({"format":"json"})", &length, &bytes));
        const auto model = nlohmann::json::parse(bytes, bytes + length);
        const auto& learner = model.at("learner");
        Ensemble ensemble;
        ensemble.base = std::stof(learner.at("learner_model_param").at("base_score").get<std::string>());
        for (const auto& tree : learner.at("gradient_booster").at("model").at("trees")) add(tree, ensemble);
        return ensemble;
    }

    [[nodiscard]] std::vector<float> predict(const Matrix& matrix) {
        bst_ulong length = 0;
        const float* values = nullptr;
        check(XGBoosterPredict(handle_, matrix.get(), 0, 0, 0, &length, &values));
        return {values, values + length};
    }

private:
    static void add(const nlohmann::json& tree, Ensemble& ensemble) {
        const auto &left = tree.at("left_children"), &right = tree.at("right_children");
        const auto &parameter = tree.at("split_indices"), &threshold = tree.at("split_conditions");
        ensemble.roots.push_back(ensemble.knots.size());
        for (std::size_t i = 0; i < left.size(); ++i) {
            const bool leaf = left[i].get<int>() < 0;
            ensemble.knots.push_back({threshold[i].get<float>(), leaf ? 0 : left[i].get<std::uint32_t>(),
                                      leaf ? 0 : right[i].get<std::uint32_t>(), parameter[i].get<std::uint32_t>()});
        }
    }

    BoosterHandle handle_ = nullptr;
};

/// The trees that are kept must say what XGBoost says; a version that writes them otherwise is noticed here.
void check_agreement(Booster& booster, const Ensemble& ensemble, const Matrix& matrix,
                     const std::vector<float>& positions, std::size_t p) {
    const auto told = booster.predict(matrix);
    float largest = 0.0F;
    for (const float value : told) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < told.size(); i += 1 + told.size() / 200) {
        const float value = ensemble.at(positions.data() + i * p);
        if (!(std::abs(value - told[i]) <= 1e-4F * largest))
            throw Error("the trees that XGBoost " + std::to_string(XGBOOST_VER_MAJOR) + "." +
                        std::to_string(XGBOOST_VER_MINOR) + " wrote were not understood");
    }
}

/// Nodes in single precision.
struct Lessons {
    std::size_t p = 0, m = 0;
    std::vector<float> positions, values;  ///< (N x P), (N x M)

    [[nodiscard]] std::size_t size() const { return positions.size() / p; }
    [[nodiscard]] std::vector<float> label(std::size_t output, const std::vector<std::size_t>& rows) const {
        std::vector<float> column;
        for (const std::size_t row : rows) column.push_back(values[row * m + output]);
        return column;
    }
    [[nodiscard]] std::vector<float> places(const std::vector<std::size_t>& rows) const {
        std::vector<float> chosen;
        for (const std::size_t row : rows)
            chosen.insert(chosen.end(), positions.begin() + static_cast<std::ptrdiff_t>(row * p),
                          positions.begin() + static_cast<std::ptrdiff_t>((row + 1) * p));
        return chosen;
    }
};

Lessons lessons_of(const emulate::ScatteredNodes& nodes) {
    return {nodes.table.info.parameter_count(),
            nodes.table.info.output_count(),
            {nodes.positions.begin(), nodes.positions.end()},
            nodes.table.values};
}

/// All rows in a random order, always the same.
std::vector<std::size_t> mixed_rows(std::size_t count) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < count; ++i) order.push_back(i);
    Random random(lot, 0);
    shuffle(order, random);
    return order;
}

Settings common_settings(std::size_t models) {
    Settings settings{{"objective", "reg:squarederror"},
                      {"base_score", "0"},
                      {"nthread", "1"},
                      {"verbosity", "0"},
                      {"seed", std::to_string(lot)}};
    if (models <= exact_splits_up_to) {
        settings.emplace_back("tree_method", "exact");
    } else {
        settings.emplace_back("tree_method", "hist");
        settings.emplace_back("max_bin", "1024");
    }
    return settings;
}

constexpr int forest_trees = 100;

Ensemble grow_forest(const Lessons& lessons, std::size_t output, const std::vector<std::size_t>& rows) {
    Settings settings = common_settings(lessons.size());
    settings.insert(settings.end(), {{"num_parallel_tree", std::to_string(forest_trees)},
                                     {"subsample", "0.632"},
                                     {"eta", "1"},
                                     {"lambda", "0"},
                                     {"min_child_weight", "1"},
                                     {"max_depth", "20"}});
    const auto places = lessons.places(rows);
    const Matrix matrix(places, lessons.p, lessons.label(output, rows));
    Booster booster(matrix, settings);
    booster.grow(0, matrix);
    Ensemble ensemble = booster.ensemble();
    check_agreement(booster, ensemble, matrix, places, lessons.p);
    return ensemble;
}

constexpr int most_rounds = 1000, patience = 30;

Settings boosting_settings(std::size_t models) {
    Settings settings = common_settings(models);
    settings.insert(settings.end(), {{"eta", "0.1"}, {"max_depth", "7"}, {"lambda", "1"}, {"eval_metric", "rmse"}});
    return settings;
}

/// How many trees make the error of held-out models least.
int best_round_count(const Lessons& lessons, std::size_t output, const std::vector<std::size_t>& rows) {
    const auto cut = rows.end() - static_cast<std::ptrdiff_t>(rows.size() / 10);
    const std::vector<std::size_t> own(rows.begin(), cut), kept(cut, rows.end());
    const Matrix learned(lessons.places(own), lessons.p, lessons.label(output, own));
    const Matrix judged(lessons.places(kept), lessons.p, lessons.label(output, kept));
    Booster booster(learned, boosting_settings(lessons.size()));
    int best = 1;
    double least = std::numeric_limits<double>::infinity();
    for (int round = 0; round < most_rounds && round < best + patience; ++round) {
        throw_if_stopped();
        booster.grow(round, learned);
        const double error = booster.error(round, judged);
        if (!(error < least)) continue;
        least = error;
        best = round + 1;
    }
    return best;
}

Ensemble grow_boosted(const Lessons& lessons, std::size_t output, const std::vector<std::size_t>& rows) {
    const int rounds = best_round_count(lessons, output, rows);
    const auto places = lessons.places(rows);
    const Matrix matrix(places, lessons.p, lessons.label(output, rows));
    Booster booster(matrix, boosting_settings(lessons.size()));
    for (int round = 0; round < rounds; ++round) {
        throw_if_stopped();
        booster.grow(round, matrix);
    }
    Ensemble ensemble = booster.ensemble();
    check_agreement(booster, ensemble, matrix, places, lessons.p);
    return ensemble;
}

class Trees final : public Regressor {
public:
    Trees(const emulate::NodeTable& table, std::string kind, std::vector<Ensemble> ensembles)
        : Regressor(table), kind_(std::move(kind)), ensembles_(std::move(ensembles)) {}

    [[nodiscard]] std::string description() const override {
        std::size_t trees = 0, knots = 0;
        for (const Ensemble& one : ensembles_) {
            trees += one.roots.size();
            knots += one.knots.size();
        }
        return kind_ + ", " + std::to_string(trees) + " trees with " + std::to_string(knots) + " knots for " +
               std::to_string(ensembles_.size()) + " outputs, of " + std::to_string(count_) + " models";
    }
    [[nodiscard]] std::size_t memory() const noexcept override {
        std::size_t bytes = centre_.size() * sizeof(double);
        for (const Ensemble& one : ensembles_)
            bytes += one.knots.size() * sizeof(Knot) + one.roots.size() * sizeof(std::size_t);
        return bytes;
    }

private:
    /// Output by output, so that the trees of one stay near the processor for a whole batch.
    void predict(std::span<const double> positions, std::span<double> values) const override {
        const std::vector<float> places(positions.begin(), positions.end());
        const std::size_t p = info_.parameter_count(), m = info_.output_count();
        for (std::size_t j = 0; j < m; ++j) {
            for (std::size_t i = 0; i < places.size() / p; ++i)
                values[i * m + j] = ensembles_[j].at(places.data() + i * p);
        }
    }

    std::string kind_;
    std::vector<Ensemble> ensembles_;
};

template <class Grow>
std::unique_ptr<Regressor> grown(const Dataset& dataset, std::size_t needed, const std::string& kind,
                                 const Grow& grow) {
    const emulate::ScatteredNodes nodes = emulate::scattered_nodes(dataset, needed);
    const Lessons lessons = lessons_of(nodes);
    const auto rows = mixed_rows(lessons.size());
    std::vector<Ensemble> ensembles(lessons.m);
    parallel_for(lessons.m, [&](std::size_t j) {
        throw_if_stopped();
        ensembles[j] = grow(lessons, j, rows);
    });
    return std::make_unique<Trees>(nodes.table, kind, std::move(ensembles));
}

}  // namespace

std::unique_ptr<Regressor> make_forest(const Dataset& dataset) { return grown(dataset, 2, "forest", grow_forest); }

std::unique_ptr<Regressor> make_boosting(const Dataset& dataset) {
    return grown(dataset, 20, "boosting", grow_boosted);
}

#endif

}  // namespace ism::regress
