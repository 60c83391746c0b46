// The options that several subcommands share, as values, and how they are added to a subcommand.
//
// Whatever is wrong with an option by itself (no number where one is due, a word that it does not know) is
// thrown as CLI::ValidationError while parsing, and ends with exit status 2. What is wrong in view of the
// cell or the arrays is a diagnostic, and ends with 1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/math.h"
#include "ir/recurrence.h"
#include "passes/context.h"

namespace CLI {
class App;
}

namespace rondo::cli {

/// Which cell of which file, and the values of its parameters.
struct CellOptions {
  std::string file;
  std::string cell;
  std::map<std::string, int64_t> settings;
};

/// The arguments of `tf.keras.backend.rnn` that are no arrays. What is not given is left as the file has it.
struct RecurrenceOptions {
  bool go_backwards = false;
  bool time_major = false;
  bool zero_output_for_mask = false;
  bool flush_denormals = false;
  std::optional<ir::Unroll> unroll;
  std::optional<int64_t> input_length;
  std::optional<ir::Math> math;

  void apply_to(ir::Recurrence& recurrence) const;
};

/// For which machine, and what is pinned of what the passes decide.
struct CompileOptions {
  passes::Options passes;
  std::optional<std::string> plan;  ///< a file (frontend/engine/plan_file.h)
  std::optional<std::string> cpu;
};

/// A file with an array, for the input, state or constant `name`; the name is empty where the user left it
/// out.
struct NamedFile {
  std::string name;
  std::string path;
};

/// The files that arrays come from.
struct ArrayFiles {
  std::vector<NamedFile> inputs, states, constants;
  std::optional<std::string> weights, mask, lengths;
};

/// FILE, --cell and --set; the latter two alone; the last alone.
void add_cell_options(CLI::App& app, CellOptions& options);
void add_choice_options(CLI::App& app, CellOptions& options);
void add_set_option(CLI::App& app, std::map<std::string, int64_t>& settings);

/// `lengths` takes the file where --input-length is one; null where only a number makes sense.
void add_recurrence_options(CLI::App& app, RecurrenceOptions& options, CompileOptions& compile,
                            std::optional<std::string>* lengths);
void add_compile_options(CLI::App& app, CompileOptions& options);
void add_array_options(CLI::App& app, ArrayFiles& files);
void add_weights_option(CLI::App& app, std::optional<std::string>& weights);

/// "h=h0.npy", or "h0.npy" alone.
NamedFile named_file(const std::string& text);

}  // namespace rondo::cli
