#include "frontend/data/safetensors_header.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "frontend/data/bytes.h"
#include "frontend/data/element.h"

namespace rondo::data {

namespace {

// Receives the events of nlohmann's parser; returning false ends the parse.
class HeaderEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderEvents(std::string& problem) : problem_(problem) {}
  std::vector<SafetensorsEntry> entries;

  bool start_object(size_t) override {
    if (place_ == Place::Outside) return go(Place::Names);
    if (place_ == Place::Value) {
      if (is_metadata_) return go(Place::Metadata);
      fields_seen_ = 0;
      return go(Place::Fields);
    }
    return unexpected("an object");
  }

  bool key(string_t& name) override {
    if (place_ == Place::Metadata) return true;
    if (place_ == Place::Fields) return field(name);
    is_metadata_ = name == "__metadata__";
    if (!names_.insert(name).second) return fail(fmt::format("'{}' stands in it twice", printable(name)));
    if (!is_metadata_) entries.push_back({name, {}, {}, {}});
    return go(Place::Value);
  }

  bool end_object() override {
    if (place_ == Place::Names) return go(Place::Done);
    if (place_ == Place::Fields && fields_seen_ != all_fields)
      return fail(
          fmt::format("'{}': expected dtype, shape and data_offsets", printable(entries.back().name)));
    return go(Place::Names);
  }

  bool start_array(size_t) override {
    if (place_ == Place::ShapeValue) return go(Place::Shape);
    if (place_ == Place::OffsetsValue) return go(Place::Offsets);
    return unexpected("a list");
  }

  bool end_array() override {
    if (place_ == Place::Offsets && entries.back().offsets.size() != 2)
      return fail(fmt::format("'{}': expected two data_offsets", printable(entries.back().name)));
    return go(Place::Fields);
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::Shape) {
      if (value > std::numeric_limits<int64_t>::max()) return unexpected("a number beyond 2^63");
      if (entries.back().shape.size() == max_rank) return unexpected("too many axes");
      entries.back().shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (place_ != Place::Offsets || entries.back().offsets.size() == 2) return unexpected("a number");
    entries.back().offsets.push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::Metadata) return true;
    if (place_ != Place::DTypeValue) return unexpected("a text");
    entries.back().dtype = value;
    return go(Place::Fields);
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number that is not whole");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail(fmt::format("it is not JSON, from its byte {} on", position));
  }

 private:
  enum class Place {
    Outside,
    Names,
    Value,
    Metadata,
    Fields,
    DTypeValue,
    ShapeValue,
    Shape,
    OffsetsValue,
    Offsets,
    Done
  };
  static constexpr int all_fields = 7;

  bool go(Place place) {
    place_ = place;
    return true;
  }
  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  bool unexpected(std::string_view what) {
    const std::string where = entries.empty() ? "" : fmt::format(" at '{}'", printable(entries.back().name));
    return fail(fmt::format("{} stands where it does not belong{}", what, where));
  }

  bool field(const std::string& name) {
    const int bit = name == "dtype" ? 1 : name == "shape" ? 2 : name == "data_offsets" ? 4 : 0;
    if (bit == 0 || (fields_seen_ & bit))
      return fail(fmt::format("'{}': expected dtype, shape and data_offsets once each, found '{}'",
                              printable(entries.back().name), printable(name)));
    fields_seen_ |= bit;
    return go(bit == 1 ? Place::DTypeValue : bit == 2 ? Place::ShapeValue : Place::OffsetsValue);
  }

  std::string& problem_;
  std::set<std::string> names_;
  Place place_ = Place::Outside;
  bool is_metadata_ = false;
  int fields_seen_ = 0;
};

}  // namespace

std::optional<std::vector<SafetensorsEntry>> parse_safetensors_header(std::string_view json,
                                                                      std::string& problem) {
  problem.clear();
  HeaderEvents events(problem);
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &events)) {
    if (problem.empty()) problem = "it is not JSON";
    return std::nullopt;
  }
  return std::move(events.entries);
}

}  // namespace rondo::data
