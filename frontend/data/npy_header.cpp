#include "frontend/data/npy_header.h"

#include <fmt/format.h>

#include <charconv>

#include "frontend/data/element.h"

namespace rondo::data {

namespace {

class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string& expected) : text_(text), expected_(expected) {}

  bool parse(NpyHeader& header) {
    if (!take('{')) return fail("'{'");
    bool seen_descr = false, seen_order = false, seen_shape = false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':')) return fail("a key in quotes, and ':'");
      bool* seen = key == "descr" ? &seen_descr : key == "fortran_order" ? &seen_order : &seen_shape;
      if (*seen || (seen == &seen_shape && key != "shape"))
        return fail("each of descr, fortran_order, shape once");
      *seen = true;
      if (seen == &seen_descr && !descr(header)) return false;
      if (header.is_record) return true;
      if (seen == &seen_order && !boolean(header.fortran_order)) return fail("True or False");
      if (seen == &seen_shape && !shape(header.shape)) return false;
      if (!take(',') && peek() != '}') return fail("',' or '}'");
    }
    if (!seen_descr || !seen_order || !seen_shape) return fail("each of descr, fortran_order, shape once");
    return peek() == '\0' || fail("nothing after '}'");
  }

 private:
  bool fail(std::string_view what) {
    if (expected_.empty()) expected_ = fmt::format("{} at byte {} of the header", what, position_);
    return false;
  }

  // The next character that is no white space; '\0' at the end.
  char peek() {
    position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  bool take(char c) {
    if (c != peek()) return false;
    ++position_;
    return true;
  }

  bool string(std::string& out) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) return false;
    out = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
    return out.find('\\') == std::string::npos;
  }

  bool descr(NpyHeader& header) {
    header.is_record = peek() == '[';
    return header.is_record || string(header.descr) || fail("a type string such as '<f4'");
  }

  bool boolean(bool& out) {
    peek();
    const std::string_view rest = text_.substr(position_);
    out = rest.starts_with("True");
    if (!out && !rest.starts_with("False")) return false;
    position_ += out ? 4 : 5;
    return true;
  }

  bool shape(ir::Dims& dims) {
    if (!take('(')) return fail("'(', a tuple of extents");
    while (!take(')')) {
      peek();
      int64_t extent = 0;
      const char* begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error == std::errc::result_out_of_range) return fail("an extent below 2^63");
      if (error != std::errc{} || extent < 0) return fail("an extent that is not negative");
      position_ += static_cast<size_t>(end - begin);
      take('L');  // Python 2 wrote long integers so.
      dims.push_back(extent);
      if (dims.size() > max_rank) return fail(fmt::format("at most {} axes", max_rank));
      // A tuple of one needs its comma: (3) is a number.
      if (!take(',') && (peek() != ')' || dims.size() == 1)) return fail("',' or ')'");
    }
    return true;
  }

  std::string_view text_;
  std::string& expected_;
  size_t position_ = 0;
};

}  // namespace

std::optional<NpyHeader> parse_npy_header(std::string_view text, std::string& expected) {
  NpyHeader header;
  expected.clear();
  // '\0' stands for the end in the parser, so it must not occur.
  if (text.find('\0') != std::string_view::npos) {
    expected = "text without null bytes";
    return std::nullopt;
  }
  if (!HeaderParser(text, expected).parse(header)) return std::nullopt;
  return header;
}

}  // namespace rondo::data
