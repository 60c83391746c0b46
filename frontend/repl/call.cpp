#include "frontend/repl/call.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "frontend/cli/array_axes.h"
#include "frontend/cli/cell_file.h"
#include "frontend/cli/checks.h"
#include "frontend/repl/evaluation.h"
#include "frontend/text/suggestion.h"

namespace rondo::repl {

namespace {

void add_options(CLI::App& app, Call& call) {
  app.set_help_flag();
  cli::add_recurrence_options(app, call.recurrence, call.compile, &call.lengths);
  cli::add_compile_options(app, call.compile);
  cli::add_set_option(app, call.sizes);
  app.add_option("--mask", call.mask);
  app.add_option("--weights", call.weights);
  app.add_option("--threads", call.threads)->check(cli::whole_number_between(1, 256));
  app.add_option_function<std::string>("--engine", [&call](const std::string& word) {
    if (word != "jit" && word != "interpreter")
      throw CLI::ValidationError("--engine", fmt::format("expected jit or interpreter, found '{}'", word));
    call.interpreter = word == "interpreter";
  });
}

// "--unroll=4" and "--unroll": the option's name; empty for other words.
std::string option_name(const std::string& word) {
  return word.starts_with("--") ? word.substr(2, word.find('=') - 2) : "";
}

std::string word_of(const std::string& name, const std::string& value) {
  return value.empty() ? "--" + name : fmt::format("--{}={}", name, value);
}

bool takes_value(const std::string& name) {
  Call call;
  CLI::App app;
  add_options(app, call);
  const CLI::Option* option = app.get_option_no_throw("--" + name);
  return option && option->get_items_expected_min() > 0;
}

// With "--unroll 4" as one word, "--unroll=4".
std::vector<std::string> call_words(const std::string& text, ir::Diagnostics& diagnostics) {
  std::vector<std::string> words;
  for (std::string& word : split_words(text, diagnostics)) {
    const bool wanted = !words.empty() && !option_name(words.back()).empty() &&
                        words.back().find('=') == std::string::npos && takes_value(option_name(words.back()));
    if (wanted)
      words.back() += "=" + word;
    else
      words.push_back(std::move(word));
  }
  return words;
}

bool says(const std::vector<std::string>& words, const std::string& option) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return option_name(word) == option; });
}

// Options alone come behind the last call, in place of what it said of them.
std::vector<std::string> continued(const Session& session, std::vector<std::string> words) {
  if (!words.empty() && !words[0].starts_with("-")) return words;
  ir::Diagnostics quiet;  // it has been read before
  std::vector<std::string> all;
  for (std::string& word : call_words(session.last_call, quiet)) {
    const std::string name = option_name(word);
    if (name.empty() || name == "set" || !says(words, name)) all.push_back(std::move(word));
  }
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// CLI11 is handed the options alone: it would take an array like [1, 2] for a list of words.
bool parse(std::vector<std::string> words, Call& call, ir::Diagnostics& diagnostics) {
  const auto options = std::stable_partition(words.begin(), words.end(),
                                             [](const std::string& word) { return !word.starts_with("-"); });
  if (options != words.begin()) {
    call.cell = words.front();
    call.arrays.assign(words.begin() + 1, options);
  }
  words.erase(words.begin(), options);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  CLI::App app;
  add_options(app, call);
  try {
    app.parse(words);
    return true;
  } catch (const CLI::ExtrasError& error) {
    const std::string unknown = app.remaining().front();
    diagnostics.error(fmt::format("there is no option '{}'{}", unknown,
                                  text::suggest(option_name(unknown), call_options())));
    diagnostics.note("an array that begins with a minus goes in parentheses, as in (-x)");
  } catch (const CLI::ParseError& error) {
    diagnostics.error(error.what());
  }
  return false;
}

// Finds the place of each array of a call.
class Binder {
 public:
  Binder(const Session& session, const Call& call, ir::Diagnostics& diagnostics)
      : session_(session), call_(call), diagnostics_(diagnostics) {}

  std::optional<cli::LoadedArrays> bind(const cli::LeafNames& names) {
    const int before = diagnostics_.error_count();
    for (const std::string& word : call_.arrays) take(word, names);
    find("input", names.inputs, arrays_.arguments.inputs);
    find("constant", names.constants, arrays_.arguments.constants);
    find("weight", names.weights, arrays_.arguments.weights);
    if (call_.mask) arrays_.arguments.mask = evaluate_one(session_, *call_.mask, diagnostics_);
    if (call_.lengths)
      arrays_.arguments.lengths = whole(evaluate_one(session_, *call_.lengths, diagnostics_));
    if (diagnostics_.error_count() > before) return std::nullopt;
    return std::move(arrays_);
  }

 private:
  using Tensors = std::map<std::string, ir::Tensor>;

  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void take(const std::string& word, const cli::LeafNames& names) {
    const cli::NamedFile named = cli::named_file(word);
    const std::string name = named.name.empty() ? next_input(word, names) : named.name;
    if (name.empty()) return;
    Tensors* place = place_of(name, names);
    if (!place) return;
    std::optional<ir::Tensor> tensor = evaluate_one(session_, named.path, diagnostics_);
    if (!tensor) return;
    arrays_.origins[name] = named.path;
    if (!place->emplace(name, std::move(*tensor)).second)
      diagnostics_.error(fmt::format("'{}' of cell '{}' is given twice", name, call_.cell));
  }

  std::string next_input(const std::string& word, const cli::LeafNames& names) {
    for (const std::string& input : names.inputs)
      if (!arrays_.arguments.inputs.contains(input)) return input;
    diagnostics_.error(
        fmt::format("'{}' is one array more than cell '{}' has inputs ({}); name what is no input, "
                    "as in h={}",
                    word, call_.cell, fmt::join(names.inputs, ", "), word));
    return "";
  }

  Tensors* place_of(const std::string& name, const cli::LeafNames& names) {
    if (contains(names.inputs, name)) return &arrays_.arguments.inputs;
    if (contains(names.states, name)) return &arrays_.arguments.states;
    if (contains(names.constants, name)) return &arrays_.arguments.constants;
    if (contains(names.weights, name)) return &arrays_.arguments.weights;
    std::vector<std::string> all = names.inputs;
    for (const auto* more : {&names.states, &names.constants, &names.weights})
      all.insert(all.end(), more->begin(), more->end());
    diagnostics_.error(fmt::format("cell '{}' has no '{}'{}; it has {}", call_.cell, name,
                                   text::suggest(name, all), fmt::join(all, ", ")));
    return nullptr;
  }

  void find(std::string_view kind, const std::vector<std::string>& wanted, Tensors& found) {
    for (const std::string& name : wanted) {
      if (found.contains(name)) continue;
      const bool grouped = call_.weights && kind == "weight";
      const std::string full = grouped ? *call_.weights + "." + name : name;
      const auto tensor = session_.tensors.find(full);
      if (tensor != session_.tensors.end()) {
        found.emplace(name, tensor->second);
        arrays_.origins[name] = full;
      } else {
        diagnostics_.error(
            fmt::format("cell '{}' wants the {} '{}', and there is no '{}'; bind it, as in '{} = ...', "
                        "or give it with the call, as in {}=...",
                        call_.cell, kind, name, full, full, name));
      }
    }
  }

  // Numbers that a user writes are f32; lengths that are whole count as the integers that they are.
  static std::optional<ir::Tensor> whole(std::optional<ir::Tensor> lengths) {
    if (!lengths || !ir::is_float(lengths->dtype())) return lengths;
    ir::Tensor integers = lengths->converted(ir::DType::I64);
    return ir::same_bits(integers.converted(lengths->dtype()), *lengths) ? std::move(integers) : lengths;
  }

  const Session& session_;
  const Call& call_;
  ir::Diagnostics& diagnostics_;
  cli::LoadedArrays arrays_;
};

}  // namespace

std::vector<std::string> split_words(const std::string& text, ir::Diagnostics& diagnostics) {
  std::vector<std::string> words;
  std::string word;
  int open = 0;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '(' || c == '[')) ++open;
    if (!quoted && (c == ')' || c == ']')) --open;
    if (!quoted && c == '#' && open == 0) break;
    if ((c == ' ' || c == '\t' || c == '\n') && open <= 0 && !quoted) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (open != 0 || quoted) diagnostics.error("a bracket or a quote stays open, or closes nothing");
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> call_options() {
  Call call;
  CLI::App app;
  add_options(app, call);
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  return names;
}

bool check_setting(const std::string& name, const std::string& value, ir::Diagnostics& diagnostics) {
  Call call;
  return parse({word_of(name, value)}, call, diagnostics);
}

std::string whole_call(const Session& session, const std::string& text) {
  ir::Diagnostics quiet;
  return fmt::format("{}", fmt::join(continued(session, call_words(text, quiet)), " "));
}

std::optional<Call> read_call(const Session& session, const std::string& text, ir::Diagnostics& diagnostics) {
  std::vector<std::string> words = continued(session, call_words(text, diagnostics));
  if (diagnostics.has_errors()) return std::nullopt;
  if (words.empty() || words[0].starts_with("-")) {
    diagnostics.error("nothing has run yet; name a cell and its arrays, as in 'run ema x'");
    return std::nullopt;
  }
  for (const auto& [name, value] : session.settings)
    if (!says(words, name)) words.push_back(word_of(name, value));
  Call call;
  if (!parse(std::move(words), call, diagnostics)) return std::nullopt;
  const std::optional<text::Program> program = session.program(call.cell, diagnostics);
  if (!program) return std::nullopt;
  call.sizes.merge(session.sizes_of(*program, call.cell));
  return call;
}

std::optional<cli::Job> make_job(const Session& session, const Call& call, ir::Diagnostics& diagnostics) {
  const std::optional<text::Program> program = session.program(call.cell, diagnostics);
  if (!program) return std::nullopt;
  // The names of a cell's leaves, and how many axes they have, do not depend on its sizes.
  const auto trial = cli::try_cell(*program, call.cell, call.sizes, diagnostics);
  if (!trial) return std::nullopt;
  const ir::StepGraph& step = trial->recurrence.step;
  auto arrays = Binder(session, call, diagnostics).bind(cli::LeafNames::of(step));
  if (!arrays || !cli::check_axes(step, arrays->arguments, diagnostics)) return std::nullopt;
  auto recurrence = program->instantiate(call.cell, call.sizes, arrays->per_sample_shapes(), diagnostics);
  if (!recurrence) return std::nullopt;
  return cli::make_job(std::move(*recurrence), std::move(*arrays), call.recurrence, diagnostics);
}

std::optional<ir::Recurrence> make_recurrence(const Session& session, const Call& call, std::string& note,
                                              ir::Diagnostics& diagnostics) {
  const std::optional<text::Program> program = session.program(call.cell, diagnostics);
  if (!program) return std::nullopt;
  ir::Diagnostics quiet;
  if (std::optional<cli::Job> job = make_job(session, call, quiet)) return std::move(job->recurrence);
  if (!call.arrays.empty()) return make_job(session, call, diagnostics), std::nullopt;
  auto trial = cli::try_cell(*program, call.cell, call.sizes, diagnostics);
  if (!trial) return std::nullopt;
  for (const auto& [name, size] : trial->made_up)
    note += fmt::format("{}{}={}", note.empty() ? "" : ", ", name, size);
  if (!note.empty()) note = fmt::format("(with {}; other sizes by --set, or by arrays)\n", note);
  call.recurrence.apply_to(trial->recurrence);
  if (!ir::validate(trial->recurrence, diagnostics)) return std::nullopt;
  return std::move(trial->recurrence);
}

}  // namespace rondo::repl
