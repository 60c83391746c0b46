#include "frontend/cli/compile_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "frontend/aot/emit.h"
#include "frontend/aot/targets.h"
#include "frontend/cli/cell_job.h"
#include "frontend/cli/checks.h"
#include "frontend/cli/pass_output.h"
#include "frontend/cli/progress.h"
#include "frontend/cli/terminal.h"

namespace rondo::cli {

namespace {

struct CompileCommandOptions {
  CellOptions cell;
  RecurrenceOptions recurrence;
  CompileOptions compile;
  KnownOptions known;
  std::string out, target;
  std::vector<aot::FileKind> kinds{aot::FileKind::Object, aot::FileKind::Header};
};

bool compile(const CompileCommandOptions& options, ir::Diagnostics& diagnostics) {
  const std::optional<std::string> prefix = aot::prefix_of(options.out, diagnostics);
  if (!prefix) return false;
  const auto targets = aot::targets_named(options.target, options.compile.cpu.value_or(""), diagnostics);
  const std::optional<passes::Options> pinned = chosen_options(options.compile, diagnostics);
  if (!targets || !pinned) return false;
  std::optional<CellJob> job = load_cell_job(options.cell, options.recurrence, options.known, diagnostics);
  if (!job) return false;
  aot::Options how{*prefix, *targets, *pinned, options.kinds, std::nullopt};
  if (options.known.weights) how.weights = std::move(job->weights);
  const Progress progress("compiling");
  const auto files = aot::emit(job->recurrence, how, diagnostics);
  if (!files) return false;
  const auto written = aot::write(*files, options.out, diagnostics);
  if (!written) return false;
  for (size_t i = 0; i < written->size(); ++i)
    fmt::print("{} ({} bytes)\n", (*written)[i], (*files)[i].bytes.size());
  return true;
}

int work(const CompileCommandOptions& options) {
  ir::Diagnostics diagnostics;
  const bool done = compile(options, diagnostics);
  const int status = report(diagnostics);
  return done ? status : 1;
}

void set_kinds(const std::vector<std::string>& words, std::vector<aot::FileKind>& kinds) {
  kinds.clear();
  for (const std::string& word : words) {
    const std::optional<aot::FileKind> kind = aot::file_kind_from_name(word);
    if (!kind)
      throw CLI::ValidationError("--emit",
                                 fmt::format("expected obj, header, asm, llvm or bc, found '{}'", word));
    if (std::find(kinds.begin(), kinds.end(), *kind) == kinds.end()) kinds.push_back(*kind);
  }
}

void add_output_options(CLI::App& app, CompileCommandOptions& options) {
  const char* group = "Files";
  app.add_option(
         "-o", options.out,
         "the files to write, less their endings; the last part is the prefix of all\nnames in C: with "
         "build/lstm there are lstm_run, lstm_prepare ...")
      ->required()
      ->type_name("PREFIX")
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--emit", [&options](const std::vector<std::string>& words) { set_kinds(words, options.kinds); },
         "what to write: obj (PREFIX.o), header (.h), asm (.s), llvm (.ll), bc (.bc);\nobj,header if not "
         "given")
      ->type_name("KIND,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
}

}  // namespace

Command add_compile_command(CLI::App& program) {
  const auto options = std::make_shared<CompileCommandOptions>();
  CLI::App* app = program.add_subcommand("compile", "Compile a cell ahead of time: an object and a C header");
  add_cell_options(*app, options->cell);
  add_output_options(*app, *options);
  add_known_options(*app, options->known);
  app->get_option("--weights")
      ->description(
          "weights that become part of the object, .npz or .safetensors; without it the\nprogram that "
          "links it gives them");
  add_recurrence_options(*app, options->recurrence, options->compile, nullptr);
  add_compile_options(*app, options->compile);
  app->get_option("--cpu")->description(
      "processor to make code for, by LLVM's name; 'native' for this one. If not\ngiven: x86-64-v3, ARMv8-A, "
      "RV64GC, ARMv7-A with VFPv4, WebAssembly with SIMD");
  app->add_option("--target", options->target,
                  "machine to make code for: aarch64-linux-gnu, riscv64-linux-gnu,\narm-linux-gnueabihf, "
                  "x86_64-linux-gnu, wasm32 or the like; this one's kind if\nnot given")
      ->type_name("TRIPLE")
      ->group("Compiler");
  app->add_option("--batch", options->compile.passes.expected_batch,
                  "samples that calls are expected to have; any number stays right, and with 1\nsmall cells "
                  "have less code")
      ->type_name("N")
      ->check(whole_number_between(1, int64_t{1} << 20))
      ->group("Compiler");
  app->footer(
      "Examples:\n"
      "  rondo compile lstm.rondo --set features=64 --set units=128 -o lstm\n"
      "  rondo compile lstm.rondo --weights lstm.npz -o build/lstm --target aarch64-linux-gnu\n"
      "  rondo compile lstm.rondo --weights lstm.npz -o build/lstm --batch 1 --time 1\n"
      "  rondo compile gru.rondo --weights gru.npz -o gru --emit obj,header,asm --cpu native");
  return {app, [options] { return work(*options); }};
}

}  // namespace rondo::cli
