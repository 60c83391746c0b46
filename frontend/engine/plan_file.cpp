#include "frontend/engine/plan_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace rondo::engine {

namespace {

using Json = nlohmann::ordered_json;
using passes::PackingPlan;
using passes::Placement;
using passes::StagePlan;

constexpr std::string_view columns = "columns", samples = "samples";

// --- writing ---

Json as_json(const StagePlan& plan) {
  Json json;
  json["lanes"] = *plan.lanes;
  json["tiles"] = Json::array();
  for (const ir::Tile& tile : *plan.tiles)
    json["tiles"].push_back(fmt::format("{}x{}", tile.rows, tile.vectors));
  json["packing"] = nullptr;
  if (plan.packing && plan.packing->vectors > 0)
    json["packing"] = {{"vectors", plan.packing->vectors}, {"rows", plan.packing->rows}};
  return json;
}

Json placements_of(const passes::Pipeline& pipeline) {
  const ir::StepGraph& step = pipeline.recurrence.step;
  const std::vector<std::string> labels = passes::node_labels(step);
  const std::vector<bool> placeable = passes::placeable_nodes(step);
  Json json = Json::object();
  for (size_t i = 0; i < labels.size(); ++i)
    if (placeable[i]) json[labels[i]] = passes::name_of(pipeline.plan.placements[i]);
  return json;
}

// Objects of the top level one entry a line, what is in them on one line each: easy to read and to edit.
std::string laid_out(const Json& plan) {
  std::string out = "{\n";
  for (const auto& [key, value] : plan.items()) {
    out += fmt::format("  {}: ", Json(key).dump());
    if (!value.is_object() || value.empty()) {
      out += value.dump() + ",\n";
      continue;
    }
    out += "{\n";
    for (const auto& [name, entry] : value.items())
      out += fmt::format("    {}: {},\n", Json(name).dump(), entry.dump());
    out.erase(out.size() - 2, 1);
    out += "  },\n";
  }
  out.erase(out.size() - 2, 1);
  return out + "}\n";
}

// --- reading ---

// What is wrong with an entry, for the user; `path` says which.
struct NotAPlan {
  std::string path, problem;
};

std::string shortened(const Json& json) {
  constexpr size_t most = 60;
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

[[noreturn]] void refuse(const std::string& path, std::string_view expected, const Json& found) {
  throw NotAPlan{path, fmt::format("expected {}, found {}", expected, shortened(found))};
}

void check_object(const std::string& path, const Json& json) {
  if (!json.is_object()) refuse(path, "an object { ... }", json);
}

void check_keys(const std::string& path, const Json& json, const std::vector<std::string>& known) {
  check_object(path, json);
  for (const auto& [key, value] : json.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      refuse(path, fmt::format("no entries but {}", fmt::join(known, ", ")), Json(key));
}

std::string read_text(const std::string& path, const Json& json) {
  if (!json.is_string()) refuse(path, "a text", json);
  return json.get<std::string>();
}

int read_number(const std::string& path, const Json& json, int least, int most) {
  if (!json.is_number_integer() || json < least || json > most)
    refuse(path, fmt::format("a whole number from {} to {}", least, most), json);
  return json.get<int>();
}

template <class Read>
auto read_list(const std::string& path, const Json& json, Read&& read) {
  constexpr size_t most = 64;
  if (!json.is_array() || json.size() > most) refuse(path, "a list [ ... ]", json);
  std::vector<decltype(read(path, json))> result;
  for (const Json& entry : json) result.push_back(read(path, entry));
  return result;
}

Placement read_placement(const std::string& path, const Json& json) {
  std::vector<std::string_view> names;
  for (const Placement placement : passes::all_placements) {
    names.push_back(passes::name_of(placement));
    if (json.is_string() && json == names.back()) return placement;
  }
  refuse(path, fmt::format("\"{}\"", fmt::join(names, "\", \"")), json);
}

ir::Tile read_tile(const std::string& path, const Json& json) {
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  const char* const end = text.data() + text.size();
  ir::Tile tile;
  const auto rows = std::from_chars(text.data(), end, tile.rows);
  if (rows.ec == std::errc() && rows.ptr != end && *rows.ptr == 'x') {
    const auto vectors = std::from_chars(rows.ptr + 1, end, tile.vectors);
    if (vectors.ec == std::errc() && vectors.ptr == end) return tile;
  }
  refuse(path, "tiles of rows x vectors, as in \"3x1\"", json);
}

PackingPlan read_packing(const std::string& path, const Json& json) {
  if (json.is_null()) return {};
  check_keys(path, json, {"vectors", "rows"});
  if (!json.contains("vectors") || !json.contains("rows"))
    refuse(path, "both \"vectors\" and \"rows\"", json);
  return {read_number(path + ".vectors", json["vectors"], 1, 64),
          read_list(path + ".rows", json["rows"],
                    [](const std::string& at, const Json& entry) { return read_number(at, entry, 1, 64); })};
}

StagePlan read_stage(const std::string& path, const Json& json) {
  check_keys(path, json, {"lanes", "tiles", "packing"});
  StagePlan plan;
  if (json.contains("lanes")) plan.lanes = read_number(path + ".lanes", json["lanes"], 1, 64);
  if (json.contains("tiles")) plan.tiles = read_list(path + ".tiles", json["tiles"], read_tile);
  if (json.contains("packing")) plan.packing = read_packing(path + ".packing", json["packing"]);
  return plan;
}

void read_axis(const std::string& path, const Json& json, passes::Options& options) {
  if (json != columns && json != samples)
    refuse(path, fmt::format("\"{}\" or \"{}\"", columns, samples), json);
  options.samples_across_lanes = json == samples;
}

std::string read_disabled_pass(const std::string& path, const Json& json) {
  std::vector<std::string> names;
  for (const passes::PassInfo& pass : passes::all_passes()) {
    if (pass.essential) continue;
    if (json == pass.name) return pass.name;
    names.push_back(pass.name);
  }
  refuse(path, fmt::format("passes that can be left out ({})", fmt::join(names, ", ")), json);
}

// What the command line says counts before what the plan says.
void read_plan(const Json& json, passes::Options& options) {
  check_keys("the plan", json, {"cell", "vector_axis", "unroll", "disabled_passes", "placements", "stages"});
  if (json.contains("cell")) options.pins.cell = read_text("cell", json["cell"]);
  if (json.contains("vector_axis")) read_axis("vector_axis", json["vector_axis"], options);
  if (json.contains("unroll") && !options.unroll)
    options.unroll = read_number("unroll", json["unroll"], 1, 64);
  if (json.contains("disabled_passes"))
    for (const std::string& pass : read_list("disabled_passes", json["disabled_passes"], read_disabled_pass))
      options.disabled.insert(pass);
  if (json.contains("placements")) {
    check_object("placements", json["placements"]);
    for (const auto& [label, placement] : json["placements"].items())
      options.pins.placements[label] = read_placement("placements." + label, placement);
  }
  if (json.contains("stages")) {
    check_object("stages", json["stages"]);
    for (const auto& [stage, plan] : json["stages"].items())
      options.pins.stages[stage] = read_stage("stages." + stage, plan);
  }
}

// JSON whose objects have each key once: of two entries one would be lost in silence.
Json parse_unambiguous(const std::string& text) {
  std::vector<std::set<Json>> keys;  // of the objects that are open
  const auto look = [&keys](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed).second)
      throw NotAPlan{"the plan", shortened(parsed) + " stands twice in one object"};
    return true;
  };
  return Json::parse(text, look, true, true);
}

ir::Location location_of(const std::shared_ptr<const ir::SourceText>& source, size_t byte) {
  const std::string_view before = std::string_view(source->text).substr(0, byte > 0 ? byte - 1 : 0);
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {source, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(before.size() - line_begin) + 1};
}

}  // namespace

std::string plan_text(const passes::Pipeline& pipeline, const passes::Options& options) {
  Json json;
  json["cell"] = pipeline.recurrence.step.name;
  json["vector_axis"] = pipeline.program->samples_across_lanes ? samples : columns;
  json["unroll"] = pipeline.program->unroll;
  json["disabled_passes"] = options.disabled;
  json["placements"] = placements_of(pipeline);
  json["stages"] = Json::object();
  for (const auto& [key, plan] : pipeline.plan.stages) json["stages"][key] = as_json(plan);
  return laid_out(json);
}

bool apply_plan(const std::string& text, const std::string& name, passes::Options& options,
                ir::Diagnostics& diagnostics) {
  const auto source = std::make_shared<const ir::SourceText>(ir::SourceText{name, text});
  try {
    read_plan(parse_unambiguous(text), options);
    return true;
  } catch (const Json::parse_error& error) {
    diagnostics.error(
        location_of(source, error.byte),
        "this is no plan: the JSON is broken here; write a plan to edit with 'rondo explain --write-plan'");
  } catch (const Json::out_of_range&) {
    diagnostics.error(fmt::format("{}: this is no plan: it has a number that is too large", name));
  } catch (const NotAPlan& problem) {
    diagnostics.error(fmt::format("{}: {}: {}", name, problem.path, problem.problem));
  }
  return false;
}

}  // namespace rondo::engine
