#include "neighbours.hpp"

#include <algorithm>
#include <utility>

#define NANOFLANN_FIRST_MATCH  // of two nodes equally far the one with the lower row comes first
#include <nanoflann.hpp>

namespace ism::emulate {
namespace {

/// What nanoflann asks of a set of points.
struct Points {
    std::vector<double> positions;
    std::size_t dimension;

    [[nodiscard]] std::size_t kdtree_get_point_count() const { return positions.size() / dimension; }
    [[nodiscard]] double kdtree_get_pt(std::size_t i, std::size_t k) const { return positions[i * dimension + k]; }
    template <class Box>
    bool kdtree_get_bbox(Box&) const {
        return false;
    }
};

using Index =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Points>, Points, -1, std::size_t>;

}  // namespace

struct Neighbours::Tree {
    Points points;
    Index index;

    Tree(std::vector<double> positions, std::size_t dimension)
        : points{std::move(positions), dimension}, index(static_cast<int>(dimension), points) {}
};

Neighbours::Neighbours(std::vector<double> positions, std::size_t dimension)
    : tree_(std::make_unique<Tree>(std::move(positions), dimension)) {}

Neighbours::~Neighbours() = default;

void Neighbours::find(std::span<const double> position, std::size_t count, Found& found) const {
    count = std::min(count, size());
    found.rows.resize(count);
    found.square_distances.resize(count);
    tree_->index.knnSearch(position.data(), count, found.rows.data(), found.square_distances.data());
}

std::span<const double> Neighbours::position(std::size_t row) const {
    return std::span(tree_->points.positions).subspan(row * tree_->points.dimension, tree_->points.dimension);
}

std::size_t Neighbours::size() const noexcept { return tree_->points.kdtree_get_point_count(); }

std::size_t Neighbours::bytes() const noexcept {
    return tree_->points.positions.size() * sizeof(double) + tree_->index.usedMemory(tree_->index);
}

}  // namespace ism::emulate
