// Where the boxes of a directed graph without cycles stand: in layers from top to bottom, edges downwards.
//
// The method of K. Sugiyama, S. Tagawa, M. Toda (1981): longest-path layers, places for edges that pass
// through layers, sweeps that put each box near the middle of its neighbours, then coordinates. A graph of a
// few hundred boxes takes milliseconds; a library for this would be larger than the compiler's own front end.
#pragma once

#include <utility>
#include <vector>

namespace rondo::page {

struct Box {
  double width = 0;
  double x = 0, y = 0;  ///< of its middle; set by `lay_out`
};

struct Edge {
  int from = 0, to = 0;                            ///< positions among the boxes
  std::vector<std::pair<double, double>> bends{};  ///< where it passes through layers; set by `lay_out`
};

struct GraphLayout {
  std::vector<Box> boxes;
  std::vector<Edge> edges;  ///< each `from` before its `to` in some order of all boxes
  double width = 0, height = 0;
};

inline constexpr double box_height = 24;

/// Sets all positions. A box without edges upwards stands just above the first box that it leads to.
void lay_out(GraphLayout& graph);

}  // namespace rondo::page
