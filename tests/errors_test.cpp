// The corpus of mistakes: tests/errors holds wrong cells, command lines and scripts of the REPL, each with
// what must be said about it, to the letter.
//
//   === what somebody did wrong
//   the cell, the lines of a shell, or the lines of the REPL
//   ---
//   all that is printed, and the exit status where there is one
//
// With RONDO_BLESS=1 what is said now is written behind each `---`, for somebody to read as a newcomer would:
// does it say where, what was expected, what was found, and what to do?
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <sstream>

#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "tests/parsing.h"
#include "tests/run_program.h"

using namespace rondo;
namespace fs = std::filesystem;

namespace {

struct Mistake {
  std::string title, text, said;
};

struct Chapter {
  std::string head;  // what the file is about
  std::vector<Mistake> mistakes;
};

Chapter read_chapter(const fs::path& path) {
  Chapter chapter;
  std::string* part = &chapter.head;
  std::istringstream lines(test::read_whole(path.string()));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      chapter.mistakes.push_back({line.substr(4), "", ""});
      part = &chapter.mistakes.back().text;
    } else if (line == "---" && !chapter.mistakes.empty() && part == &chapter.mistakes.back().text) {
      part = &chapter.mistakes.back().said;
    } else {
      *part += line + "\n";
    }
  }
  // The blank line ahead of the next entry.
  for (Mistake& mistake : chapter.mistakes)
    if (mistake.said.ends_with("\n\n")) mistake.said.pop_back();
  return chapter;
}

void write_chapter(const fs::path& path, const Chapter& chapter) {
  std::ofstream file(path);
  file << chapter.head;
  for (const Mistake& mistake : chapter.mistakes)
    file << (&mistake == chapter.mistakes.data() ? "" : "\n")
         << fmt::format("=== {}\n{}---\n{}", mistake.title, mistake.text, mistake.said);
}

using Say = std::function<std::string(const std::string& text)>;

// Every file of a folder; returns how many mistakes it holds.
size_t check_folder(const std::string& folder, const Say& say) {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(RONDO_SOURCE_DIR "/tests/errors/" + folder))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  size_t count = 0;
  for (const fs::path& path : paths) {
    Chapter chapter = read_chapter(path);
    count += chapter.mistakes.size();
    for (Mistake& mistake : chapter.mistakes) {
      INFO(path.filename().string() << ": " << mistake.title);
      const std::string said = say(mistake.text);
      if (std::getenv("RONDO_BLESS")) mistake.said = said;
      CHECK(said == mistake.said);
      CHECK(said.find("error: ") != std::string::npos);
      CHECK(said.find("internal error") == std::string::npos);
    }
    if (std::getenv("RONDO_BLESS")) write_chapter(path, chapter);
  }
  return count;
}

std::string said_of_cell(const std::string& text) {
  Parsed parsed = parse_cell(text);
  if (parsed.recurrence) ir::validate(*parsed.recurrence, parsed.diagnostics);
  return parsed.diagnostics.render();
}

// A folder with the files that command lines name.
class Desk {
 public:
  Desk() {
    scratch_.write("gather.rondo",
                   "cell gather(features) {\n  input  x : f32[features]\n  state  s : f32[features]\n"
                   "  weight w : f32[features]\n  weight v : f32[features]\n  next s = s + w * x + v\n"
                   "  output next s\n}\n");
    scratch_.write("count.rondo", "cell count() {\n  input x : i32[1]\n  output x\n}\n");
    scratch_.write("pair.rondo",
                   "cell pair() {\n  input  left, right : f32[2]\n  constant c : f32[2]\n"
                   "  output left + right * c\n}\n");
    array("x.npy", ir::DType::F32, {2, 3, 2});
    array("x5.npy", ir::DType::F32, {2, 3, 5});
    array("longer.npy", ir::DType::F32, {2, 4, 2});
    array("series.npy", ir::DType::F32, {400});
    array("matrix.npy", ir::DType::F32, {400, 2});
    array("mask.npy", ir::DType::Bool, {2, 3});
    array("mask_turned.npy", ir::DType::Bool, {3, 2});
    array("lengths_real.npy", ir::DType::F32, {2});
    array("c.npy", ir::DType::F32, {2, 2});
    array("one.npy", ir::DType::F32, {1, 2});
    array("none.npy", ir::DType::F32, {2, 0, 2});
    array("real.npy", ir::DType::F32, {1, 1, 1});
    ir::Tensor large(ir::DType::I64, {1, 1, 1});
    large.as<int64_t>()[0] = int64_t{1} << 40;
    write("large.npy", large);
    archive("w.npz", {{"w", {2}}, {"v", {2}}});
    archive("square.npz", {{"w", {2, 2}}, {"v", {2}}});
    archive("unlike.npz", {{"w", {2}}, {"v", {3}}});
    archive("other.npz", {{"w", {2}}, {"bias", {2}}});
    const std::string whole = test::read_whole(scratch_.path("x.npy"));
    scratch_.write("cut.npy", whole.substr(0, whole.size() - 5));
    scratch_.write("notes.txt", "not an array\n");
    scratch_.write("notes.npy", "not an array\n");
    scratch_.write("notes.npz", "not an archive\n");
    scratch_.write("weights.h5", "\x89HDF\r\n\x1a\n");
    scratch_.write("empty.npy", "");
    fs::create_directory(scratch_.path("folder"));
  }

  // Standard output, standard error, and the exit status of the last command.
  std::string said_of_shell(const std::string& lines) const {
    return said({"env", "-C", scratch_.path(""), "sh", "-c", lines}, "");
  }
  std::string said_of_repl(const std::string& lines) const {
    return said({"env", "-C", scratch_.path(""), RONDO_PROGRAM, "repl"}, lines);
  }

 private:
  void write(const std::string& name, const ir::Tensor& tensor) const {
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npy(scratch_.path(name), tensor, diagnostics));
  }
  void array(const std::string& name, ir::DType dtype, ir::Dims dims) const {
    write(name, ir::Tensor(dtype, std::move(dims)));
  }
  void archive(const std::string& name, const std::map<std::string, ir::Dims>& shapes) const {
    std::map<std::string, ir::Tensor> arrays;
    for (const auto& [array, dims] : shapes) arrays.emplace(array, ir::Tensor(ir::DType::F32, dims));
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npz(scratch_.path(name), arrays, data::Compression::Stored, diagnostics));
  }

  std::string said(std::vector<std::string> words, const std::string& input) const {
    const std::string path = fs::path(RONDO_PROGRAM).parent_path().string() + ":" + std::getenv("PATH");
    const test::Outcome outcome = test::run_command(
        std::move(words), input, {{"PATH", path}, {"RONDO_CACHE_DIR", "/dev/null"}, {"COLUMNS", "100"}});
    return outcome.out + outcome.err + fmt::format("[exit status {}]\n", outcome.status);
  }

  test::Scratch scratch_;
};

}  // namespace

TEST_CASE("every wrong cell is told what it must be told", "[errors]") {
  CHECK(check_folder("cells", said_of_cell) >= 100);
}

TEST_CASE("every wrong command line is told what it must be told", "[errors][cli]") {
  const Desk desk;
  CHECK(check_folder("command_line", [&](const std::string& text) { return desk.said_of_shell(text); }) >=
        50);
}

TEST_CASE("every wrong line of the REPL is told what it must be told", "[errors][repl]") {
  const Desk desk;
  CHECK(check_folder("repl", [&](const std::string& text) { return desk.said_of_repl(text); }) >= 20);
}
