#pragma once
#include <memory>
#include <span>
#include <vector>

namespace ism::emulate {

/// The nodes nearest to a point, by a k-d tree (nanoflann). Keeps its own copy of the positions.
class Neighbours {
public:
    /// positions (N x P), dimension P >= 1.
    Neighbours(std::vector<double> positions, std::size_t dimension);
    ~Neighbours();

    struct Found {
        std::vector<std::size_t> rows;  ///< nearest first; ties in the order of the rows
        std::vector<double> square_distances;
    };

    /// The min(count, N) nearest nodes.
    void find(std::span<const double> position, std::size_t count, Found& found) const;
    [[nodiscard]] std::span<const double> position(std::size_t row) const;
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::size_t bytes() const noexcept;

private:
    struct Tree;
    std::unique_ptr<Tree> tree_;
};

}  // namespace ism::emulate
