#include "frontend/repl/tensor_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "frontend/cli/run_report.h"

namespace rondo::repl {

namespace {

constexpr int64_t shown_whole = 200, rows_whole = 24, shown_of_end = 3;

bool is_short(const ir::Tensor& tensor) {
  return tensor.count() <= shown_whole && tensor.count() <= rows_whole * tensor.dims().back();
}

std::string element_text(const ir::Tensor& tensor, int64_t at) {
  if (tensor.dtype() == ir::DType::Bool) return tensor.at(at) != 0 ? "true" : "false";
  if (tensor.dtype() == ir::DType::I64)
    return fmt::format("{}", tensor.as<int64_t>()[static_cast<size_t>(at)]);
  return number_text(tensor.at(at));
}

class Printer {
 public:
  Printer(const ir::Tensor& tensor, int columns)
      : tensor_(tensor), columns_(static_cast<size_t>(columns)), whole_(is_short(tensor)) {}

  std::string text() {
    measure(0, 0);
    axis(0, 0);
    return out_ + "\n";
  }

 private:
  // The positions of an axis that are shown; -1 stands for those that are left out.
  std::vector<int64_t> shown(size_t axis) const {
    const int64_t extent = tensor_.dims()[axis];
    std::vector<int64_t> positions;
    for (int64_t i = 0; i < extent; ++i) {
      if (whole_ || extent <= 2 * shown_of_end || i < shown_of_end || i >= extent - shown_of_end) {
        positions.push_back(i);
      } else {
        positions.push_back(-1);
        i = extent - shown_of_end - 1;
      }
    }
    return positions;
  }

  bool is_last(size_t axis) const { return axis + 1 == tensor_.dims().size(); }

  void measure(size_t axis, int64_t before) {
    for (int64_t i : shown(axis)) {
      if (i < 0) continue;
      const int64_t at = before * tensor_.dims()[axis] + i;
      if (is_last(axis))
        width_ = std::max(width_, element_text(tensor_, at).size());
      else
        measure(axis + 1, at);
    }
  }

  void axis(size_t axis, int64_t before) {
    out_ += '[';
    bool first = true;
    for (int64_t i : shown(axis)) {
      if (!first) out_ += is_last(axis) ? "," : "," + std::string(tensor_.dims().size() - axis - 1, '\n');
      if (is_last(axis))
        number(axis, i < 0 ? "..." : element_text(tensor_, before * tensor_.dims()[axis] + i), first);
      else
        part(axis, i, before, first);
      first = false;
    }
    out_ += ']';
  }

  void part(size_t axis, int64_t i, int64_t before, bool first) {
    if (!first) out_ += std::string(axis + 1, ' ');
    if (i < 0)
      out_ += "...";
    else
      this->axis(axis + 1, before * tensor_.dims()[axis] + i);
  }

  void number(size_t axis, const std::string& text, bool first) {
    const size_t line = out_.size() - (out_.rfind('\n') == std::string::npos ? 0 : out_.rfind('\n') + 1);
    if (!first && line + width_ + 3 > columns_)
      out_ += "\n" + std::string(axis + 1, ' ');
    else if (!first)
      out_ += ' ';
    out_ += text == "..." ? text : fmt::format("{:>{}}", text, width_);
  }

  const ir::Tensor& tensor_;
  size_t columns_;
  bool whole_;
  size_t width_ = 0;
  std::string out_;
};

}  // namespace

std::string number_text(double number) {
  return std::isnan(number) ? "nan" : fmt::format("{:.6g}", number);
}

std::string type_text(const ir::Tensor& tensor) {
  return fmt::format("{} {}", name_of(tensor.dtype()), ir::shape_text(tensor.dims()));
}

std::string tensor_text(const ir::Tensor& tensor, int columns) {
  if (tensor.rank() == 0) return fmt::format("{}  {}\n", name_of(tensor.dtype()), element_text(tensor, 0));
  if (tensor.count() == 0) return type_text(tensor) + "\n[]\n";
  return type_text(tensor) + "\n" + Printer(tensor, columns).text();
}

}  // namespace rondo::repl
