#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <Eigen/Dense>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/regress/regressor.hpp>

namespace ism::regress {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstRows = Eigen::Map<const Rows>;

constexpr std::size_t most_order = 20, most_terms = 600;
constexpr std::size_t most_judged = 20000;  // models that are left out, one at a time
constexpr std::size_t block = 512;          // models at a time, so that memory does not grow with their number

/// Exponents of the products of up to `order` in some variables, by rising total degree.
class Products {
public:
    /// In the coordinates `columns` of a position.
    Products(std::vector<std::size_t> columns, std::size_t order)
        : columns_(std::move(columns)), p_(columns_.size()), order_(order) {
        std::vector<std::size_t> degrees(p_);
        for (std::size_t total = 0; total <= order; ++total) {
            extend(degrees, 0, total);
            ends_.push_back(exponents_.size() / p_);
        }
    }

    /// Terms of total degree up to `order`.
    [[nodiscard]] std::size_t terms(std::size_t order) const { return ends_[order]; }
    [[nodiscard]] std::size_t order() const { return order_; }
    [[nodiscard]] std::size_t bytes() const { return exponents_.size() * sizeof(std::uint8_t); }

    /// The products (T) at one position of the unit cube.
    void at(std::span<const double> position, std::span<double> values) const {
        thread_local std::vector<double> legendre, slopes;
        polynomials(position, legendre, slopes);
        for (std::size_t t = 0; t < values.size(); ++t) {
            values[t] = 1.0;
            for (std::size_t k = 0; k < p_; ++k) values[t] *= legendre[k * (order_ + 1) + exponents_[t * p_ + k]];
        }
    }

    /// d product / d position (T x P); 0 along the other coordinates.
    void slopes_at(std::span<const double> position, Rows& out) const {
        thread_local std::vector<double> legendre, slopes;
        polynomials(position, legendre, slopes);
        out.setZero();
        for (Eigen::Index t = 0; t < out.rows(); ++t) {
            for (std::size_t k = 0; k < p_; ++k) {
                double product = 1.0;
                for (std::size_t l = 0; l < p_; ++l) {
                    const std::size_t place = l * (order_ + 1) + exponents_[static_cast<std::size_t>(t) * p_ + l];
                    product *= l == k ? slopes[place] : legendre[place];
                }
                out(t, static_cast<Eigen::Index>(columns_[k])) = product;
            }
        }
    }

private:
    void extend(std::vector<std::size_t>& degrees, std::size_t k, std::size_t left) {
        if (k + 1 == p_) {
            degrees[k] = left;
            for (const std::size_t degree : degrees) exponents_.push_back(static_cast<std::uint8_t>(degree));
            return;
        }
        for (std::size_t degree = 0; degree <= left; ++degree) {
            degrees[k] = degree;
            extend(degrees, k + 1, left - degree);
        }
    }

    /// sqrt(2 n + 1) P_n(2 x - 1), orthonormal on [0, 1], by the three-term recurrence, and their slopes in x.
    void polynomials(std::span<const double> position, std::vector<double>& values, std::vector<double>& slopes) const {
        values.assign(p_ * (order_ + 1), 1.0);
        slopes.assign(values.size(), 0.0);
        for (std::size_t k = 0; k < p_; ++k) {
            double* const p = values.data() + k * (order_ + 1);
            double* const d = slopes.data() + k * (order_ + 1);
            const double x = 2.0 * position[columns_[k]] - 1.0;
            for (std::size_t n = 1; n <= order_; ++n) {
                const auto degree = static_cast<double>(n);
                const double before = n > 1 ? p[n - 2] : 0.0, slope_before = n > 1 ? d[n - 2] : 0.0;
                p[n] = ((2.0 * degree - 1.0) * x * p[n - 1] - (degree - 1.0) * before) / degree;
                d[n] = slope_before + 2.0 * (2.0 * degree - 1.0) * p[n - 1];  // P'_n = P'_{n-2} + (2n - 1) P_{n-1}
            }
            for (std::size_t n = 0; n <= order_; ++n) {
                const double norm = std::sqrt(2.0 * static_cast<double>(n) + 1.0);
                p[n] *= norm;
                d[n] *= norm;
            }
        }
    }

    std::vector<std::size_t> columns_;
    std::size_t p_, order_;
    std::vector<std::uint8_t> exponents_;  // (T x P)
    std::vector<std::size_t> ends_;
};

/// Parameters that vary: products with the others would say the same twice.
std::vector<std::size_t> varying(const ModelInfo& info) {
    std::vector<std::size_t> columns;
    for (std::size_t k = 0; k < info.parameter_count(); ++k) {
        if (info.parameters[k].high > info.parameters[k].low) columns.push_back(k);
    }
    return columns.empty() ? std::vector<std::size_t>{0} : columns;
}

/// How many products of up to `order` there are in `p` variables: (order + p)! / (order! p!).
double product_count(std::size_t p, std::size_t order) {
    double count = 1.0;
    for (std::size_t k = 1; k <= p; ++k) count *= static_cast<double>(order + k) / static_cast<double>(k);
    return std::round(count);
}

std::size_t largest_order(std::size_t p, std::size_t models) {
    const double most = std::min(static_cast<double>(most_terms), static_cast<double>(models) / 2.0);
    std::size_t order = 0;
    while (order < most_order && product_count(p, order + 1) <= most) ++order;
    return order;
}

/// Products (n x T) of the models `rows`.
Rows products_of(const Products& products, const emulate::ScatteredNodes& nodes, std::span<const std::size_t> rows) {
    const std::size_t p = nodes.table.info.parameter_count(), terms = products.terms(products.order());
    Rows values(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(terms));
    for (std::size_t i = 0; i < rows.size(); ++i)
        products.at(std::span(nodes.positions).subspan(rows[i] * p, p), {values.data() + i * terms, terms});
    return values;
}

/// Their values (n x M).
Rows values_of(const emulate::NodeTable& table, std::span<const std::size_t> rows) {
    const std::size_t m = table.info.output_count();
    Rows values(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(m));
    for (std::size_t k = 0; k < rows.size() * m; ++k)
        values.data()[k] = static_cast<double>(table.values[rows[k / m] * m + k % m]);
    return values;
}

/// At most `most` models, evenly spread over the dataset.
std::vector<std::size_t> some_rows(std::size_t count, std::size_t most) {
    std::vector<std::size_t> rows;
    const std::size_t chosen = std::min(count, most);
    for (std::size_t i = 0; i < chosen; ++i) rows.push_back(i * count / chosen);
    return rows;
}

template <class Work>
void for_blocks(std::size_t count, const Work& work) {
    for (std::size_t first = 0; first < count; first += block) {
        throw_if_stopped();
        work(first, std::min(block, count - first));
    }
}

struct NormalEquations {
    Eigen::MatrixXd gram;   ///< (T x T)
    Eigen::MatrixXd right;  ///< (T x M)
};

NormalEquations normal_equations(const Products& products, const emulate::ScatteredNodes& nodes) {
    const auto terms = static_cast<Eigen::Index>(products.terms(products.order()));
    const auto outputs = static_cast<Eigen::Index>(nodes.table.info.output_count());
    NormalEquations normal{Eigen::MatrixXd::Zero(terms, terms), Eigen::MatrixXd::Zero(terms, outputs)};
    const auto rows = some_rows(nodes.table.count, nodes.table.count);
    for_blocks(rows.size(), [&](std::size_t first, std::size_t count) {
        const auto some = std::span(rows).subspan(first, count);
        const Rows x = products_of(products, nodes, some);
        normal.gram.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
        normal.right.noalias() += x.transpose() * values_of(nodes.table, some);
    });
    return normal;
}

/// Sum of squared leave-one-out errors of the models `judged` for each order, at one penalty. The factor of a leading
/// block is the leading block of the factor, so one factorisation serves all orders; where h_ii reaches 1 the error is
/// infinite.
std::vector<double> leave_one_out(const Products& products, const emulate::ScatteredNodes& nodes,
                                  const NormalEquations& normal, std::span<const std::size_t> judged, double penalty) {
    std::vector<double> errors(products.order() + 1, std::numeric_limits<double>::infinity());
    Eigen::MatrixXd penalised = normal.gram;
    penalised.diagonal().array() += penalty;
    const Eigen::LLT<Eigen::MatrixXd> factor(penalised);
    if (factor.info() != Eigen::Success) return errors;
    const Eigen::MatrixXd projected = factor.matrixL().solve(normal.right);
    std::fill(errors.begin(), errors.end(), 0.0);
    for_blocks(judged.size(), [&](std::size_t first, std::size_t count) {
        const auto some = judged.subspan(first, count);
        const Eigen::MatrixXd z = factor.matrixL().solve(products_of(products, nodes, some).transpose());
        Rows left = values_of(nodes.table, some);
        Eigen::VectorXd hat = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count));
        for (std::size_t order = 0, begin = 0; order <= products.order(); ++order) {
            const auto from = static_cast<Eigen::Index>(begin);
            const auto more = static_cast<Eigen::Index>(products.terms(order) - begin);
            begin = products.terms(order);
            left.noalias() -= z.middleRows(from, more).transpose() * projected.middleRows(from, more);
            hat += z.middleRows(from, more).colwise().squaredNorm().transpose();
            const Eigen::ArrayXd room = (1.0 - hat.array()).max(0.0);
            errors[order] += (left.rowwise().squaredNorm().array() / room.square()).sum();
        }
    });
    return errors;
}

struct Choice {
    std::size_t order = 0;
    double penalty = 0.0;
    double error = std::numeric_limits<double>::infinity();  ///< root of the mean squared leave-one-out error
};

/// The order and penalty with the least leave-one-out error.
Choice choose(const Products& products, const emulate::ScatteredNodes& nodes, const NormalEquations& normal) {
    Choice best;
    const auto judged = some_rows(nodes.table.count, most_judged);
    const double values = static_cast<double>(judged.size()) * static_cast<double>(nodes.table.info.output_count());
    for (const double relative : {1e-13, 1e-10, 1e-7, 1e-4, 1e-2}) {
        const double penalty = relative * static_cast<double>(nodes.table.count);
        const auto errors = leave_one_out(products, nodes, normal, judged, penalty);
        for (std::size_t order = 0; order < errors.size(); ++order) {
            if (errors[order] < best.error) best = {order, penalty, errors[order]};
        }
    }
    if (!std::isfinite(best.error)) throw NumericalError("polynomial: the normal equations cannot be factorised");
    best.error = std::sqrt(best.error / values);
    return best;
}

class Polynomial final : public Regressor {
public:
    Polynomial(const emulate::NodeTable& table, const Choice& choice, Rows coefficients)
        : Regressor(table),
          choice_(choice),
          products_(varying(table.info), choice.order),
          coefficients_(std::move(coefficients)) {}

    [[nodiscard]] std::string description() const override {
        return "order " + std::to_string(choice_.order) + ", " + std::to_string(coefficients_.rows()) +
               " terms, chosen by leaving one of " + std::to_string(count_) + " models out (error " +
               to_text(choice_.error, 2) + ")";
    }
    [[nodiscard]] std::size_t memory() const noexcept override {
        return static_cast<std::size_t>(coefficients_.size()) * sizeof(double) + products_.bytes() +
               centre_.size() * sizeof(double);
    }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }

private:
    void predict(std::span<const double> positions, std::span<double> values) const override {
        const std::size_t p = info_.parameter_count(), m = info_.output_count();
        const auto terms = static_cast<std::size_t>(coefficients_.rows());
        Rows x;
        for_blocks(positions.size() / p, [&](std::size_t first, std::size_t count) {
            x.resize(static_cast<Eigen::Index>(count), coefficients_.rows());
            for (std::size_t i = 0; i < count; ++i)
                products_.at(positions.subspan((first + i) * p, p), {x.data() + i * terms, terms});
            Eigen::Map<Rows>(values.data() + first * m, static_cast<Eigen::Index>(count), coefficients_.cols())
                .noalias() = x * coefficients_;
        });
    }

    void predict_slopes(std::span<const double> position, std::span<double> values,
                        std::span<double> slopes) const override {
        predict(position, values);
        const auto p = static_cast<Eigen::Index>(info_.parameter_count());
        Rows products(coefficients_.rows(), p);
        products_.slopes_at(position, products);
        Eigen::Map<Rows>(slopes.data(), coefficients_.cols(), p).noalias() = coefficients_.transpose() * products;
    }

    Choice choice_;
    Products products_;
    Rows coefficients_;  ///< (T x M)
};

}  // namespace

std::unique_ptr<Regressor> make_polynomial(const Dataset& dataset) {
    const emulate::ScatteredNodes nodes = emulate::scattered_nodes(dataset, 2);
    const auto columns = varying(dataset.info);
    const Products products(columns, largest_order(columns.size(), nodes.table.count));
    const NormalEquations normal = normal_equations(products, nodes);
    const Choice choice = choose(products, nodes, normal);
    const auto terms = static_cast<Eigen::Index>(products.terms(choice.order));
    Eigen::MatrixXd penalised = normal.gram.topLeftCorner(terms, terms);
    penalised.diagonal().array() += choice.penalty;
    Rows coefficients = penalised.llt().solve(normal.right.topRows(terms));
    return std::make_unique<Polynomial>(nodes.table, choice, std::move(coefficients));
}

}  // namespace ism::regress
