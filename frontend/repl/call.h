// `gru x h=h0 --go-backwards`: a cell, its arrays and the options of `rondo run`, over what a session has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/job.h"
#include "frontend/repl/session.h"

namespace rondo::repl {

struct Call {
  std::string cell;
  std::vector<std::string> arrays;  ///< expressions; `name=expression` where a leaf is named
  cli::RecurrenceOptions recurrence;
  cli::CompileOptions compile;
  std::map<std::string, int64_t> sizes;
  std::optional<std::string> mask, lengths;  ///< expressions
  std::optional<std::string> weights;        ///< a group: `w` for `w.W`, `w.U` ...
  int threads = 1;
  bool interpreter = false;
};

/// Words are parted by blanks outside brackets and quotes. The settings of the session count where a call
/// does not say otherwise; an empty text, or one that begins with an option, goes on from the last call.
std::optional<Call> read_call(const Session& session, const std::string& text, ir::Diagnostics& diagnostics);

/// The text of a call, with what it goes on from and without settings.
std::string whole_call(const Session& session, const std::string& text);

/// A call with all its arrays. Those that it does not name are the inputs in their order; what is still
/// missing is looked for under the name that the cell has for it, but for states, which begin with zeros.
std::optional<cli::Job> make_job(const Session& session, const Call& call, ir::Diagnostics& diagnostics);

/// The recurrence alone, for looking at code: where arrays are missing, with the sizes that `--set` gives,
/// else with small ones, which `note` then tells of.
std::optional<ir::Recurrence> make_recurrence(const Session& session, const Call& call, std::string& note,
                                              ir::Diagnostics& diagnostics);

/// The options, by name without dashes: for completion and `:set`.
std::vector<std::string> call_options();

/// Whether `name` is such an option and `value` (empty for a flag) one that it takes; reports it otherwise.
bool check_setting(const std::string& name, const std::string& value, ir::Diagnostics& diagnostics);

std::vector<std::string> split_words(const std::string& text, ir::Diagnostics& diagnostics);

}  // namespace rondo::repl
