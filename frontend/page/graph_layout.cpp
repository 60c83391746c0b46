#include "frontend/page/graph_layout.h"

#include <algorithm>
#include <tuple>

namespace rondo::page {

namespace {

constexpr double gap = 14, layer_distance = 56, margin = 12, pass_width = 8;
constexpr int sweeps = 12;

// A box, or (box < 0) the place where an edge passes through a layer.
struct Place {
  int box = -1;
  int layer = 0;
  double width = pass_width;
  double x = 0;
  std::vector<int> above{}, below{};  // places
};

class Layout {
 public:
  explicit Layout(GraphLayout& graph) : graph_(graph) {}

  void run() {
    assign_layers();
    make_places();
    for (int sweep = 0; sweep < sweeps; ++sweep) order_layers(sweep % 2 == 0);
    for (int sweep = 0; sweep < sweeps; ++sweep) move_towards_neighbours(sweep % 2 == 0);
    write_back();
  }

 private:
  void assign_layers() {
    const size_t count = graph_.boxes.size();
    layers_.assign(count, 0);
    std::vector<int> waiting(count);
    std::vector<std::vector<int>> to(count);
    for (const Edge& edge : graph_.edges) {
      ++waiting[static_cast<size_t>(edge.to)];
      to[static_cast<size_t>(edge.from)].push_back(edge.to);
    }
    std::vector<int> ready;
    for (size_t i = 0; i < count; ++i)
      if (waiting[i] == 0) ready.push_back(static_cast<int>(i));
    const std::vector<int> sources = ready;
    for (size_t next = 0; next < ready.size(); ++next)
      for (const int below : to[static_cast<size_t>(ready[next])]) {
        int& layer = layers_[static_cast<size_t>(below)];
        layer = std::max(layer, layers_[static_cast<size_t>(ready[next])] + 1);
        if (--waiting[static_cast<size_t>(below)] == 0) ready.push_back(below);
      }
    for (const int source : sources) {
      int first = -1;
      for (const int below : to[static_cast<size_t>(source)])
        first = first < 0 ? layers_[static_cast<size_t>(below)]
                          : std::min(first, layers_[static_cast<size_t>(below)]);
      if (first > 0) layers_[static_cast<size_t>(source)] = first - 1;
    }
  }

  int add_place(int layer, int box, double width) {
    const auto place = static_cast<int>(places_.size());
    places_.push_back({box, layer, width, 0});
    if (rows_.size() <= static_cast<size_t>(layer)) rows_.resize(static_cast<size_t>(layer) + 1);
    rows_[static_cast<size_t>(layer)].push_back(place);
    return place;
  }

  void connect(int above, int below) {
    places_[static_cast<size_t>(above)].below.push_back(below);
    places_[static_cast<size_t>(below)].above.push_back(above);
  }

  void make_places() {
    for (size_t i = 0; i < graph_.boxes.size(); ++i)
      add_place(layers_[i], static_cast<int>(i), graph_.boxes[i].width);
    passes_.resize(graph_.edges.size());
    for (size_t e = 0; e < graph_.edges.size(); ++e) {
      int above = graph_.edges[e].from;
      const int last = layers_[static_cast<size_t>(graph_.edges[e].to)];
      for (int layer = layers_[static_cast<size_t>(above)] + 1; layer < last; ++layer) {
        const int pass = add_place(layer, -1, pass_width);
        passes_[e].push_back(pass);
        connect(above, pass);
        above = pass;
      }
      connect(above, graph_.edges[e].to);
    }
    for (std::vector<int>& row : rows_) pack(row);
  }

  // One beside the other, around x = 0.
  void pack(const std::vector<int>& row) {
    double x = 0;
    for (const int place : row) {
      Place& p = places_[static_cast<size_t>(place)];
      p.x = x + p.width / 2;
      x += p.width + gap;
    }
    for (const int place : row) places_[static_cast<size_t>(place)].x -= (x - gap) / 2;
  }

  double middle_of_neighbours(const Place& place, bool downwards) const {
    const std::vector<int>& neighbours = downwards ? place.above : place.below;
    if (neighbours.empty()) return place.x;
    double sum = 0;
    for (const int neighbour : neighbours) sum += places_[static_cast<size_t>(neighbour)].x;
    return sum / static_cast<double>(neighbours.size());
  }

  template <class Visit>
  void for_each_row(bool downwards, Visit&& visit) {
    for (size_t i = 0; i < rows_.size(); ++i) visit(rows_[downwards ? i : rows_.size() - 1 - i]);
  }

  void order_layers(bool downwards) {
    for_each_row(downwards, [&](std::vector<int>& row) {
      std::vector<std::pair<double, int>> wanted;
      for (const int place : row)
        wanted.emplace_back(middle_of_neighbours(places_[static_cast<size_t>(place)], downwards), place);
      std::stable_sort(wanted.begin(), wanted.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      std::transform(wanted.begin(), wanted.end(), row.begin(),
                     [](const auto& entry) { return entry.second; });
      pack(row);
    });
  }

  // Each place as near to the middle of its neighbours as its row lets it: half of the overlaps is settled
  // from the left, half from the right.
  void move_towards_neighbours(bool downwards) {
    for_each_row(downwards, [&](const std::vector<int>& row) {
      std::vector<double> from_left, from_right(row.size());
      const auto wanted = [&](size_t i) {
        return middle_of_neighbours(places_[static_cast<size_t>(row[i])], downwards);
      };
      const auto distance = [&](size_t i) {
        return (places_[static_cast<size_t>(row[i])].width + places_[static_cast<size_t>(row[i + 1])].width) /
                   2 +
               gap;
      };
      for (size_t i = 0; i < row.size(); ++i)
        from_left.push_back(i == 0 ? wanted(i) : std::max(wanted(i), from_left[i - 1] + distance(i - 1)));
      for (size_t i = row.size(); i-- > 0;)
        from_right[i] =
            i + 1 == row.size() ? wanted(i) : std::min(wanted(i), from_right[i + 1] - distance(i));
      for (size_t i = 0; i < row.size(); ++i)
        places_[static_cast<size_t>(row[i])].x = (from_left[i] + from_right[i]) / 2;
    });
  }

  void write_back() {
    double least = 0, most = 0;
    for (const Place& place : places_) {
      least = std::min(least, place.x - place.width / 2);
      most = std::max(most, place.x + place.width / 2);
    }
    const auto at = [&](const Place& place) {
      return std::pair(place.x - least + margin, margin + box_height / 2 + layer_distance * place.layer);
    };
    for (const Place& place : places_)
      if (place.box >= 0) {
        Box& box = graph_.boxes[static_cast<size_t>(place.box)];
        std::tie(box.x, box.y) = at(place);
      }
    for (size_t e = 0; e < passes_.size(); ++e)
      for (const int pass : passes_[e])
        graph_.edges[e].bends.push_back(at(places_[static_cast<size_t>(pass)]));
    graph_.width = most - least + 2 * margin;
    graph_.height =
        2 * margin + box_height + layer_distance * static_cast<double>(rows_.empty() ? 0 : rows_.size() - 1);
  }

  GraphLayout& graph_;
  std::vector<int> layers_;    // by box
  std::vector<Place> places_;  // the boxes first
  std::vector<std::vector<int>> rows_;
  std::vector<std::vector<int>> passes_;  // by edge
};

}  // namespace

void lay_out(GraphLayout& graph) {
  if (!graph.boxes.empty()) Layout(graph).run();
}

}  // namespace rondo::page
