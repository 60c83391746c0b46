#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "frontend/aot/emit.h"
#include "frontend/aot/targets.h"
#include "frontend/cli/pass_output.h"
#include "frontend/cli/terminal.h"
#include "frontend/data/arrays.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/npz.h"
#include "frontend/data/pending_file.h"
#include "frontend/data/plot.h"
#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "frontend/repl/evaluation.h"
#include "frontend/repl/script.h"
#include "ir/printer.h"

namespace rondo::repl {

namespace {

constexpr int64_t most_lines = 8;

bool is_picture(const std::string& word) {
  return data::has_extension(word, ".png") || data::has_extension(word, ".svg");
}

bool is_other_picture(const std::string& word) {
  constexpr const char* others[] = {".jpg", ".jpeg", ".gif", ".pdf", ".bmp", ".webp", ".eps", ".tiff"};
  return std::any_of(std::begin(others), std::end(others),
                     [&](const char* extension) { return data::has_extension(word, extension); });
}

// Time runs along the last axis but one, as in outputs; a tensor of one axis is one line. Of further axes the
// first element is drawn.
std::vector<data::Series> lines_of(const std::string& name, const ir::Tensor& tensor, std::string& note) {
  const int rank = tensor.rank();
  const int64_t features = rank < 2 ? 1 : tensor.dims()[static_cast<size_t>(rank) - 1];
  const int64_t time = tensor.dims()[static_cast<size_t>(rank < 2 ? 0 : rank - 2)];
  const int64_t shown = std::min(features, most_lines);
  if (shown < features) note += fmt::format("(the first {} of {} columns of {})\n", shown, features, name);
  if (tensor.count() > time * features)
    note += fmt::format("(the first of {} samples of {})\n", tensor.count() / (time * features), name);
  std::vector<data::Series> lines;
  for (int64_t feature = 0; feature < shown; ++feature) {
    data::Series series;
    series.name = features == 1 ? name : fmt::format("{}[{}]", name, feature);
    for (int64_t t = 0; t < time; ++t) series.y.push_back(tensor.at(t * features + feature));
    lines.push_back(std::move(series));
  }
  return lines;
}

std::string quoted(const std::string& name) {
  return ir::is_plain_name(name) ? name : "`" + name + "`";
}

// Names of files may stand in quotes.
std::string unquoted(const std::string& text) {
  const bool quoted = text.size() > 1 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

void plot(Session& session, const std::string& arguments, Turn& turn) {
  std::vector<std::string> words = split_words(arguments, turn.diagnostics);
  std::string file;
  if (!words.empty() && is_picture(words.back())) {
    file = words.back();
    words.pop_back();
  }
  if (words.empty()) words.emplace_back("outputs");
  if (is_other_picture(words.back())) {
    turn.diagnostics.error(
        fmt::format("a picture is a file that ends in .png or .svg, found '{}'", words.back()));
    return;
  }
  data::Plot picture;
  for (const std::string& word : words) {
    const auto tensor = evaluate_one(session, word, turn.diagnostics);
    if (!tensor) return;
    if (tensor->rank() == 0 || tensor->count() == 0) {
      turn.diagnostics.error(fmt::format("'{}' is no line: it needs an axis with elements", word));
      return;
    }
    for (data::Series& series : lines_of(word, *tensor, turn.text))
      picture.series.push_back(std::move(series));
  }
  picture.x_label = "step";
  if (!file.empty()) {
    if (data::write_plot(picture, file, turn.diagnostics)) turn.text += fmt::format("written   {}\n", file);
    return;
  }
  turn.text +=
      data::to_terminal(picture, std::min(cli::terminal_columns(), 120), 14, cli::output_has_color());
}

void emit(Session& session, const std::string& arguments, Turn& turn) {
  std::vector<std::string> words = split_words(arguments, turn.diagnostics);
  if (words.empty()) {
    turn.diagnostics.error("say where to: ':emit build/gru' writes build/gru.o and build/gru.h");
    return;
  }
  const std::string& path = words[0];
  const std::string rest = arguments.substr(arguments.find(path) + path.size());
  const auto call = read_call(session, rest, turn.diagnostics);
  const auto prefix = call ? aot::prefix_of(path, turn.diagnostics) : std::nullopt;
  if (!prefix) return;
  std::optional<cli::Job> job = make_job(session, *call, turn.diagnostics);
  const auto targets = aot::targets_named("", call->compile.cpu.value_or(""), turn.diagnostics);
  const auto options = cli::chosen_options(call->compile, turn.diagnostics);
  if (!job || !targets || !options) return;
  // The object serves sequences of any length.
  if (job->recurrence.unroll != ir::Unroll::Always) job->recurrence.time.reset();
  aot::Options how;
  how.prefix = *prefix;
  how.targets = *targets;
  how.passes = *options;
  how.weights = job->arrays.arguments.weights;
  const auto files = aot::emit(job->recurrence, how, turn.diagnostics);
  const auto written = files ? aot::write(*files, path, turn.diagnostics) : std::nullopt;
  if (!written) return;
  for (size_t i = 0; i < written->size(); ++i)
    turn.text += fmt::format("written   {} ({} bytes)\n", (*written)[i], (*files)[i].bytes.size());
}

void save_session(Session& session, const std::string& arguments, Turn& turn) {
  if (arguments.empty()) {
    turn.diagnostics.error("say where to: ':save work.rondo-session' writes it, and the arrays beside it");
    return;
  }
  const std::string path = unquoted(arguments), arrays = path + ".npz";
  std::string script = "# A session of Rondo: ':load' brings it back.\n\n";
  for (const DefinedCell& cell : session.cells()) script += cell.text + "\n\n";
  for (const auto& [name, value] : session.settings)
    script += fmt::format(":set {}{}{}\n", name, value.empty() ? "" : "=", value);
  for (const auto& [name, size] : session.sizes) script += fmt::format(":set {}={}\n", name, size);
  if (!session.tensors.empty())
    script += fmt::format(":load {}\n", std::filesystem::path(arrays).filename().string());
  // The arrays first: a script never names what is not there.
  if (!session.tensors.empty() &&
      !data::write_npz(arrays, session.tensors, data::Compression::Deflated, turn.diagnostics))
    return;
  if (!data::write_file(path, {std::as_bytes(std::span(script))}, turn.diagnostics)) return;
  turn.text = fmt::format("written   {}\n", path);
  if (!session.tensors.empty()) turn.text += fmt::format("written   {}\n", arrays);
}

void load_file(Session& session, const std::string& arguments, Turn& turn) {
  const std::string path = (std::filesystem::path(session.folder) / unquoted(arguments)).string();
  if (arguments.empty()) {
    turn.diagnostics.error("say what: ':load gru.rondo', ':load weights.npz' or ':load x.npy'");
  } else if (data::has_extension(path, ".npy")) {
    if (auto tensor = data::read_array(path, turn.diagnostics)) {
      const std::string name = std::filesystem::path(path).stem().string();
      turn.text = fmt::format("{} is bound\n", quoted(name));
      turn.tensors.emplace(name, std::move(*tensor));
    }
  } else if (data::has_extension(path, ".npz") || data::has_extension(path, ".safetensors")) {
    auto tensors = data::read_arrays(path, turn.diagnostics);
    if (!tensors) return;
    std::string names;
    for (const auto& [name, tensor] : *tensors) names += (names.empty() ? "" : ", ") + quoted(name);
    turn.text =
        fmt::format("{} {} bound\n", names.empty() ? "nothing" : names, tensors->size() == 1 ? "is" : "are");
    turn.tensors = std::move(*tensors);
  } else {
    load_script(session, path, turn);
  }
}

}  // namespace rondo::repl
