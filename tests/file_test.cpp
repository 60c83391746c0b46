// File tests: each tests/filetests/*.rondo is a cell with commands in its head, run as one test.
//
//   #! set units=4 features=2      values of parameters; further words are options: mask, lengths, time=N,
//   lanes=N,
//                                  disable=PASS, unroll=auto|true|false, pin-unroll=K
//   #! run batch=3 time=5          interpreter, loop program, and native code looped, unrolled and automatic
//   at 4, 8 and 16
//                                  lanes: all give the same bits
//   #! print-after PASS            the recurrence or loop program behind a pass is exactly the following `#>
//   ` lines
//   #! remark PASS: TEXT           the pass leaves a remark with this text
//   #! no-remark PASS: TEXT        it leaves none
//   #! error LINE: TEXT            an error on that line (0: nowhere in particular) with this text, and no
//   other
//
// With RONDO_BLESS=1 the `#> ` lines are written anew; at most 200 of them a file, so that somebody reads
// them.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/text/program.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "random_recurrence.h"

using namespace rondo;
namespace fs = std::filesystem;

namespace {

struct Command {
  std::string verb, rest;
  std::vector<std::string> expected;  // the `#> ` lines behind it
};

struct FileTest {
  std::string path;
  std::vector<Command> commands;
  std::string text;
};

FileTest read_test(const fs::path& path) {
  FileTest test{path.string(), {}, {}};
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  test.text = all.str();
  std::istringstream lines(test.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#! ")) {
      const size_t space = line.find(' ', 3);
      test.commands.push_back(
          {line.substr(3, space - 3), space == std::string::npos ? "" : line.substr(space + 1), {}});
    } else if (line.starts_with("#>") && !test.commands.empty()) {
      test.commands.back().expected.push_back(line.size() > 3 ? line.substr(3) : "");
    }
  }
  return test;
}

// The words of a command as NAME=VALUE pairs; a word alone has an empty value.
std::multimap<std::string, std::string> words_of(const std::string& rest) {
  std::multimap<std::string, std::string> words;
  std::istringstream stream(rest);
  for (std::string word; stream >> word;) {
    const size_t equals = word.find('=');
    words.emplace(word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  return words;
}

// How a test's cell is made into a recurrence and compiled.
struct Setting {
  std::map<std::string, int64_t> parameters;
  passes::Options options;
  bool mask = false, lengths = false;
  std::optional<int64_t> time;
  std::optional<ir::Unroll> unroll;
};

Setting setting_of(const FileTest& test) {
  Setting setting;
  setting.options.verify_each = true;
  for (const Command& command : test.commands) {
    if (command.verb != "set") continue;
    for (const auto& [name, value] : words_of(command.rest)) {
      if (name == "mask")
        setting.mask = true;
      else if (name == "lengths")
        setting.lengths = true;
      else if (name == "time")
        setting.time = std::stoll(value);
      else if (name == "lanes")
        setting.options.lanes = std::stoi(value);
      else if (name == "disable")
        setting.options.disabled.insert(value);
      else if (name == "unroll")
        setting.unroll = ir::unroll_from_name(value);
      else if (name == "expected-batch")
        setting.options.expected_batch = std::stoll(value);
      else if (name == "pin-unroll")
        setting.options.unroll = std::stoi(value);
      else
        setting.parameters[name] = std::stoll(value);
    }
  }
  return setting;
}

// Decisions must not depend on the machine that the test runs on.
ir::Target plain_target() {
  return {"", "", "", 256, 16, true};
}

class Runner {
 public:
  explicit Runner(FileTest test) : test_(std::move(test)), setting_(setting_of(test_)) {}

  void run() {
    INFO(test_.path);
    const auto source = std::make_shared<ir::SourceText>(
        ir::SourceText{fs::path(test_.path).filename().string(), test_.text});
    const auto program = text::Program::parse(source, diagnostics_);
    if (program) recurrence_ = program->instantiate("", setting_.parameters, {}, diagnostics_);
    if (recurrence_) apply_setting();
    const bool expects_errors = std::any_of(test_.commands.begin(), test_.commands.end(),
                                            [](const Command& c) { return c.verb == "error"; });
    if (recurrence_ && !ir::validate(*recurrence_, diagnostics_)) recurrence_.reset();
    if (expects_errors) return check_errors();
    INFO(diagnostics_.render());
    REQUIRE(recurrence_.has_value());
    for (Command& command : test_.commands) execute(command);
    if (blessed_) write_back();
  }

 private:
  void apply_setting() {
    if (setting_.mask) recurrence_->masking = ir::Masking::Mask;
    if (setting_.lengths) recurrence_->masking = ir::Masking::Lengths;
    if (setting_.time) recurrence_->time = setting_.time;
    if (setting_.unroll) recurrence_->unroll = *setting_.unroll;
  }

  void execute(Command& command) {
    INFO("#! " << command.verb << " " << command.rest);
    if (command.verb == "run")
      run_everywhere(command);
    else if (command.verb == "print-after")
      print_after(command);
    else if (command.verb == "remark")
      CHECK(has_remark(command.rest));
    else if (command.verb == "no-remark")
      CHECK_FALSE(has_remark(command.rest));
    else if (command.verb != "set")
      FAIL("unknown command");
  }

  void check_errors() {
    std::vector<const ir::Diagnostic*> errors;
    for (const ir::Diagnostic& d : diagnostics_.all())
      if (d.severity == ir::Severity::Error) errors.push_back(&d);
    INFO(diagnostics_.render());
    size_t expected = 0;
    for (const Command& command : test_.commands) {
      if (command.verb != "error") continue;
      INFO("#! error " << command.rest);
      REQUIRE(expected < errors.size());
      const size_t colon = command.rest.find(": ");
      CHECK(errors[expected]->where.line == std::stoi(command.rest.substr(0, colon)));
      CHECK(errors[expected]->message.find(command.rest.substr(colon + 2)) != std::string::npos);
      ++expected;
    }
    CHECK(expected == errors.size());
  }

  bool has_remark(const std::string& wanted) {
    const size_t colon = wanted.find(": ");
    ir::Diagnostics diagnostics;
    const auto pipeline = passes::run_passes(*recurrence_, plain_target(), setting_.options, diagnostics);
    REQUIRE(pipeline.has_value());
    std::string all;
    bool found = false;
    for (const passes::Remark& remark : pipeline->remarks) {
      all += fmt::format("{}: {}\n", remark.pass, remark.message);
      found = found || (remark.pass == wanted.substr(0, colon) &&
                        remark.message.find(wanted.substr(colon + 2)) != std::string::npos);
    }
    UNSCOPED_INFO(all);
    return found;
  }

  void print_after(Command& command) {
    passes::Options options = setting_.options;
    options.dump_after = options.stop_after = command.rest;
    ir::Diagnostics diagnostics;
    const auto pipeline = passes::run_passes(*recurrence_, plain_target(), options, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(pipeline.has_value());
    std::istringstream stream(pipeline->dumps);
    std::vector<std::string> found;
    std::string line;
    std::getline(stream, line);  // "# after PASS"
    while (std::getline(stream, line)) found.push_back(line);
    while (!found.empty() && found.back().empty()) found.pop_back();
    REQUIRE(found.size() <= 200);
    if (std::getenv("RONDO_BLESS")) {
      command.expected = found;
      blessed_ = true;
    }
    CHECK(fmt::format("{}", fmt::join(found, "\n")) == fmt::format("{}", fmt::join(command.expected, "\n")));
  }

  void run_everywhere(const Command& command) {
    const auto words = words_of(command.rest);
    const int64_t batch = std::stoll(words.find("batch")->second),
                  time = std::stoll(words.find("time")->second);
    tests::Random random(static_cast<uint64_t>(batch * 1000 + time));
    const ir::Arguments arguments = tests::random_arguments(random, *recurrence_, batch, time, false);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(*recurrence_, arguments, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(wanted.has_value());
    static const engine::Engine engine;
    for (ir::Unroll unroll : {ir::Unroll::Never, ir::Unroll::Always, ir::Unroll::Auto})
      for (int lanes : {4, 8, 16}) {
        INFO("unroll=" << ir::name_of(unroll) << " lanes=" << lanes);
        ir::Recurrence chosen = *recurrence_;
        chosen.unroll = unroll;
        if (unroll == ir::Unroll::Always) chosen.time = time;
        passes::Options options = setting_.options;
        options.lanes = lanes;
        const auto compiled = engine.compile(chosen, options, diagnostics);
        REQUIRE(compiled.has_value());
        const auto looped = ir::interpret(*compiled->pipeline.program, chosen, arguments, diagnostics);
        const auto native = engine::run(compiled->kernel, arguments, diagnostics);
        REQUIRE((looped && native));
        check_same(*wanted, *looped);
        check_same(*wanted, *native);
      }
  }

  static void check_same(const ir::Results& wanted, const ir::Results& found) {
    for (size_t i = 0; i < wanted.outputs.size(); ++i) {
      CHECK(ir::same_bits(wanted.outputs[i], found.outputs[i]));
      CHECK(ir::same_bits(wanted.last_output[i], found.last_output[i]));
    }
    for (size_t i = 0; i < wanted.new_states.size(); ++i)
      CHECK(ir::same_bits(wanted.new_states[i], found.new_states[i]));
  }

  void write_back() {
    std::ostringstream out;
    size_t next = 0;
    std::istringstream lines(test_.text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#>")) continue;
      out << line << "\n";
      if (!line.starts_with("#! ")) continue;
      for (const std::string& expected : test_.commands[next++].expected)
        out << (expected.empty() ? "#>" : "#> " + expected) << "\n";
    }
    std::ofstream(test_.path) << out.str();
  }

  FileTest test_;
  Setting setting_;
  ir::Diagnostics diagnostics_;
  std::optional<ir::Recurrence> recurrence_;
  bool blessed_ = false;
};

}  // namespace

TEST_CASE("file tests", "[file]") {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(RONDO_SOURCE_DIR "/tests/filetests"))
    if (entry.path().extension() == ".rondo") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() >= 20);
  for (const fs::path& path : paths) {
    DYNAMIC_SECTION(path.filename().string()) {
      Runner(read_test(path)).run();
    }
  }
}
