#include "frontend/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>

#include "frontend/cli/checks.h"
#include "frontend/text/suggestion.h"
#include "passes/pass_manager.h"

namespace rondo::cli {

namespace {

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The name of a leaf: "h", or within another cell "first.h".
bool is_name(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; });
}

void add_setting(std::map<std::string, int64_t>& settings, const std::string& text) {
  const size_t equals = text.find('=');
  const std::optional<int64_t> value =
      equals == std::string::npos ? std::nullopt : whole_number(std::string_view(text).substr(equals + 1));
  const std::string name = text.substr(0, equals);
  if (!value || !is_name(name))
    throw CLI::ValidationError("--set",
                               fmt::format("expected NAME=NUMBER, as in --set units=128, found '{}'", text));
  if (!settings.emplace(name, *value).second)
    throw CLI::ValidationError("--set", fmt::format("'{}' is set twice", name));
}

// An option that may stand several times, with one word each time: what follows may be a file.
void add_repeated(CLI::App& app, const char* flag, const char* form, const char* description,
                  const char* group, std::function<void(const std::string&)> take) {
  app.add_option_function<std::vector<std::string>>(
         flag,
         [take = std::move(take)](const std::vector<std::string>& words) {
           for (const std::string& word : words) take(word);
         },
         description)
      ->type_name(form)
      ->allow_extra_args(false)
      ->group(group);
}

void add_files(CLI::App& app, const char* flag, const char* description, std::vector<NamedFile>& files) {
  add_repeated(app, flag, "[NAME=]FILE", description, "Arrays", [flag, &files](const std::string& text) {
    NamedFile file = named_file(text);
    if (file.path.empty())
      throw CLI::ValidationError(flag, fmt::format("expected NAME=FILE, found '{}'", text));
    for (const NamedFile& other : files)
      if (other.name == file.name)
        throw CLI::ValidationError(flag, file.name.empty()
                                             ? "two files without a name; say which is which: NAME=FILE"
                                             : fmt::format("'{}' is given twice", file.name));
    files.push_back(std::move(file));
  });
}

void set_unroll(const std::string& word, RecurrenceOptions& options, CompileOptions& compile) {
  options.unroll = ir::unroll_from_name(word);
  if (options.unroll) return;
  const std::optional<int64_t> copies = whole_number(word);
  if (!copies || *copies < 1 || *copies > 64)
    throw CLI::ValidationError(
        "--unroll", fmt::format("expected auto, true, false or a number from 1 to 64, found '{}'", word));
  options.unroll = ir::Unroll::Auto;
  compile.passes.unroll = static_cast<int>(*copies);
}

void check_pass(const char* flag, const std::string& word) {
  std::vector<std::string> names;
  for (const passes::PassInfo& pass : passes::all_passes()) names.push_back(pass.name);
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  const std::string nearest = text::suggest(word, names);
  throw CLI::ValidationError(
      flag, fmt::format("there is no pass '{}'{}", word,
                        nearest.empty() ? "; 'rondo explain --passes' lists them" : nearest));
}

void disable_pass(const std::string& word, passes::Options& options) {
  check_pass("--disable-pass", word);
  for (const passes::PassInfo& pass : passes::all_passes())
    if (pass.name == word && pass.essential)
      throw CLI::ValidationError("--disable-pass", fmt::format("'{}' cannot be left out", word));
  options.disabled.insert(word);
}

}  // namespace

NamedFile named_file(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || !is_name(std::string_view(text).substr(0, equals))) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void RecurrenceOptions::apply_to(ir::Recurrence& recurrence) const {
  if (go_backwards) recurrence.go_backwards = true;
  if (time_major) recurrence.time_major = true;
  if (zero_output_for_mask) recurrence.zero_output_for_mask = true;
  if (flush_denormals) recurrence.flush_denormals = true;
  if (unroll) recurrence.unroll = *unroll;
  if (input_length) recurrence.input_length = input_length;
  if (math) recurrence.step = ir::with_math(recurrence.step, *math);
}

void add_cell_options(CLI::App& app, CellOptions& options) {
  app.add_option("FILE", options.file, "cells in the text language; - reads them from standard input")
      ->required()
      ->type_name("");
  add_choice_options(app, options);
}

void add_choice_options(CLI::App& app, CellOptions& options) {
  app.add_option("--cell", options.cell, "the cell to use; the last of the file if not given")
      ->type_name("NAME");
  add_set_option(app, options.settings);
}

void add_set_option(CLI::App& app, std::map<std::string, int64_t>& settings) {
  add_repeated(
      app, "--set", "NAME=NUMBER",
      "a parameter of the cell, as in --set units=128; those not set follow\nfrom the shapes of the arrays, "
      "else from defaults in the file",
      "Options", [&settings](const std::string& text) { add_setting(settings, text); });
}

void add_recurrence_options(CLI::App& app, RecurrenceOptions& options, CompileOptions& compile,
                            std::optional<std::string>* lengths) {
  const char* group = "Recurrence (wins over 'option' lines of the file)";
  app.add_flag("--go-backwards", options.go_backwards, "the last step of the inputs first")->group(group);
  app.add_flag("--time-major", options.time_major,
               "arrays are (time, batch, ...) instead of (batch, time, ...)")
      ->group(group);
  app.add_flag("--zero-output-for-mask", options.zero_output_for_mask,
               "outputs of masked steps are zeros instead of the previous output")
      ->group(group);
  app.add_flag("--flush-denormals", options.flush_denormals,
               "numbers too small for all their digits count as zeros")
      ->group(group);
  app.add_option_function<std::string>(
         "--math",
         [&options](const std::string& word) {
           options.math = ir::math_from_name(word);
           if (!options.math)
             throw CLI::ValidationError("--math", fmt::format("expected strict or fast, found '{}'", word));
         },
         "fast: tanh and sigmoid by fewer operations, within 5e-7 rather than a\nfew units in the last place")
      ->type_name("strict|fast")
      ->group(group);
  app.add_option_function<std::string>(
         "--input-length",
         [&options, lengths](const std::string& text) {
           options.input_length = whole_number(text);
           if (options.input_length && *options.input_length < 0)
             throw CLI::ValidationError("--input-length", fmt::format("'{}' is negative", text));
           if (options.input_length) return;
           if (!lengths)
             throw CLI::ValidationError("--input-length", fmt::format("expected a number, found '{}'", text));
           *lengths = text;
         },
         lengths ? "a number: how many steps run, the outputs behind them are zeros; or a\n.npy file with "
                   "one length "
                   "for each sample: steps from there on are masked"
                 : "how many steps run; the outputs behind them are zeros")
      ->type_name(lengths ? "N|FILE" : "N")
      ->group(group);
  app.add_option_function<std::string>(
         "--unroll", [&options, &compile](const std::string& word) { set_unroll(word, options, compile); },
         "copies of the step: auto (the compiler chooses), true (all steps),\nfalse (a loop of one), or a "
         "number; never "
         "changes a value")
      ->type_name("auto|true|false|N")
      ->group(group);
}

void add_compile_options(CLI::App& app, CompileOptions& options) {
  const char* group = "Compiler";
  app.add_option("--cpu", options.cpu,
                 "processor to make code for, by LLVM's name (x86-64-v3, znver4); this\nmachine's "
                 "if not given")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--plan", options.plan,
                 "follow a plan that 'rondo explain --write-plan' wrote and you edited")
      ->type_name("FILE.json")
      ->group(group);
  app.add_option("--lanes", options.passes.lanes, "elements of a vector: 1, 2, 4 ... 64")
      ->check(one_of({"1", "2", "4", "8", "16", "32", "64"}))
      ->type_name("N")
      ->group(group);
  add_repeated(app, "--disable-pass", "PASS", "leave a pass out ('rondo explain --passes' lists them)", group,
               [&options](const std::string& word) { disable_pass(word, options.passes); });
  app.add_option_function<std::string>(
         "--dump-after",
         [&options](const std::string& word) {
           if (word != "all") check_pass("--dump-after", word);
           options.passes.dump_after = word;
         },
         "print what a pass leaves, or each pass")
      ->type_name("PASS|all")
      ->group(group);
  app.add_option_function<std::string>(
         "--stop-after",
         [&options](const std::string& word) {
           check_pass("--stop-after", word);
           options.passes.stop_after = word;
         },
         "print what the pass leaves and end there")
      ->type_name("PASS")
      ->group(group);
}

void add_weights_option(CLI::App& app, std::optional<std::string>& weights) {
  app.add_option("--weights", weights,
                 "the weights by name, .npz or .safetensors; a single one may have any name")
      ->type_name("FILE")
      ->group("Arrays");
}

void add_array_options(CLI::App& app, ArrayFiles& files) {
  add_weights_option(app, files.weights);
  add_files(app, "--input", "an input, .npy, (batch, time, ...); an only one needs no name", files.inputs);
  add_files(app, "--state", "an initial state, .npy, (batch, ...); zeros if not given", files.states);
  add_files(app, "--constant", "a constant of the samples, .npy, (batch, ...)", files.constants);
  app.add_option("--mask", files.mask,
                 "steps to keep, .npy, (batch, time) or (batch, time, 1): kept where not 0")
      ->type_name("FILE")
      ->group("Arrays");
}

}  // namespace rondo::cli
