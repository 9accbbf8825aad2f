#include "plot_path.hpp"

#include <algorithm>
#include <cmath>

#include "markup.hpp"

namespace ism::explain {
namespace {

using Spots = std::vector<Spot>;

std::string pair(const Spot& spot) { return pixels(spot.x) + " " + pixels(spot.y); }

/// The pieces of a line between its gaps.
std::vector<Spots> pieces_of(const Spots& spots) {
    std::vector<Spots> pieces(1);
    for (const Spot& spot : spots) {
        if (spot.drawable())
            pieces.back().push_back(spot);
        else if (!pieces.back().empty())
            pieces.emplace_back();
    }
    if (pieces.back().empty()) pieces.pop_back();
    return pieces;
}

/// What is seen of the spots first .. last - 1, which share a pixel column.
void add_column(const Spots& spots, std::size_t first, std::size_t last, Spots& seen) {
    const auto begin = spots.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = spots.begin() + static_cast<std::ptrdiff_t>(last);
    const auto [low, high] = std::minmax_element(begin, end, [](const Spot& a, const Spot& b) { return a.y < b.y; });
    std::vector<Spots::const_iterator> kept{begin, low, high, end - 1};
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    for (const auto spot : kept) seen.push_back(*spot);
}

Spots thinned(const Spots& spots) {
    Spots seen;
    for (std::size_t first = 0; first < spots.size();) {
        std::size_t last = first + 1;
        while (last < spots.size() && std::floor(spots[last].x) == std::floor(spots[first].x)) ++last;
        add_column(spots, first, last, seen);
        first = last;
    }
    return seen;
}

std::string joined(const Spots& spots) {
    std::string path;
    for (std::size_t i = 0; i < spots.size(); ++i) path += (i == 0 ? "M" : "L") + pair(spots[i]);
    return spots.size() == 1 ? path + "h0" : path;
}

}  // namespace

bool Spot::drawable() const { return std::isfinite(x) && std::isfinite(y); }

std::string line_path(const Spots& spots) {
    std::string path;
    for (const Spots& piece : pieces_of(spots)) path += joined(thinned(piece));
    return path;
}

std::string area_path(const Spots& spots) {
    std::string path;
    for (const Spots& piece : pieces_of(spots)) {
        if (piece.size() > 2) path += joined(piece) + "z";
    }
    return path;
}

std::string dot_path(const Spots& spots) {
    std::string path;
    for (const Spot& spot : spots) {
        if (spot.drawable()) path += "M" + pair(spot) + "h0";
    }
    return path;
}

std::string band_path(const Spots& upper, const Spots& lower) {
    std::string path;
    Spots there, back;
    const auto close = [&] {
        if (there.size() > 1) {
            std::reverse(back.begin(), back.end());
            path += joined(there);
            for (const Spot& spot : back) path += "L" + pair(spot);
            path += "z";
        }
        there.clear();
        back.clear();
    };
    for (std::size_t i = 0; i < std::min(upper.size(), lower.size()); ++i) {
        if (upper[i].drawable() && lower[i].drawable()) {
            there.push_back(upper[i]);
            back.push_back(lower[i]);
        } else {
            close();
        }
    }
    close();
    return path;
}

}  // namespace ism::explain
