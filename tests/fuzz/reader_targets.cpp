#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "frontend/data/safetensors.h"
#include "ir/interpreter.h"
#include "ir/printer.h"
#include "tests/fuzz/small_cells.h"
#include "tests/fuzz/targets.h"
#include "tests/random_recurrence.h"

namespace rondo::fuzz {

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// A file in memory, by a name that readers can open.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes bytes) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (file_ < 0 || write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("no file in memory");
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

std::string whole(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// All files of a folder of the tree.
Words files_in(const char* folder, const char* extension) {
  Words result;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(RONDO_SOURCE_DIR) / folder))
    if (entry.path().extension() == extension) result.push_back(whole(entry.path()));
  std::sort(result.begin(), result.end());
  return result;
}

// What a writer makes of a few arrays, by way of a file.
template <class Write>
std::string written(Write&& write) {
  ir::Diagnostics diagnostics;
  char name[] = "/tmp/rondo-fuzz-XXXXXX";
  const char* folder = mkdtemp(name);
  if (!folder) throw std::runtime_error("no folder for seeds");
  const std::string path = std::string(folder) + "/seed";
  write(path, diagnostics);
  std::string bytes = whole(path);
  fs::remove_all(folder);
  return bytes;
}

template <auto Read>
void read_file(Bytes bytes) {
  const MemoryFile file(bytes);
  ir::Diagnostics diagnostics;
  const auto arrays = Read(file.path(), diagnostics);
  if (!arrays && !diagnostics.has_errors()) throw std::logic_error("refused without a reason");
  diagnostics.render();
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

// A cell prints as a text that is the same cell, and runs or says why not.
void check_cell(const ir::Recurrence& cell) {
  const std::string text = ir::print(cell);
  const std::vector<ir::Recurrence> again =
      small_cells({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  require(again.size() == 1, "a cell prints as no cell:\n" + text);
  require(ir::print(again[0]) == text, "a cell prints as another:\n" + text);
  ir::Diagnostics diagnostics;
  if (!ir::validate(cell, diagnostics)) return;
  constexpr int64_t batch = 2, time = 3;
  if (cell.time.value_or(time) > 2 * time) return;
  tests::Random random(cell.step.size());
  const ir::Arguments arguments =
      tests::random_arguments(random, cell, batch, cell.time.value_or(time), true);
  require(ir::interpret(cell, arguments, diagnostics).has_value() || diagnostics.has_errors(),
          "no result, and no reason");
  diagnostics.render();
}

void check(Bytes text) {
  for (const ir::Recurrence& cell : small_cells(text)) check_cell(cell);
}

std::optional<ir::Tensor> read_one(const std::string& path, ir::Diagnostics& diagnostics) {
  return data::read_npy(path, diagnostics);
}

Words npy_seeds() {
  ir::Tensor tensor(ir::DType::F32, {2, 3});
  return {written([&](const std::string& path, ir::Diagnostics& d) { data::write_npy(path, tensor, d); }),
          written([&](const std::string& path, ir::Diagnostics& d) {
            data::write_npy(path, ir::Tensor(ir::DType::Bool, {}), d);
          })};
}
Words npy_words() {
  return {"\x93NUMPY\x01",
          "{'descr': '",
          "<f4",
          ">f8",
          "|b1",
          "<f2",
          "|O",
          "'fortran_order': True",
          "'shape': (",
          "18446744073709551616",
          "9223372036854775807",
          "-1",
          ",)",
          "}\n"};
}

Words npz_seeds() {
  return files_in("tests/data", ".npz");
}
Words npz_words() {
  return {"PK\x03\x04", "PK\x01\x02", "PK\x05\x06", ".npy", "\xff\xff\xff\xff"};
}

Words safetensors_seeds() {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string size(8, '\0');
  size[0] = static_cast<char>(header.size());
  return {size + header + std::string(4, '\0')};
}
Words safetensors_words() {
  return {
      "\"dtype\":",           "\"BF16\"", "\"F8_E4M3\"", "\"shape\":[", "\"data_offsets\":[", "__metadata__",
      "18446744073709551615", "-1",       "[[[[",        "}}"};
}

}  // namespace

Words cell_seeds() {
  return files_in("cells", ".rondo");
}
Words cell_words() {
  return {"cell ",      "input ",
          "state ",     "constant ",
          "weight ",    "next ",
          "output ",    "option ",
          "split(",     "where(",
          "sum(",       "concatenate(",
          "f32[",       "f64[",
          "i32[",       "bool[",
          " @ ",        " ** ",
          "[::-1]",     "[...]",
          "axis=",      "unroll = ",
          "mask",       "go_backwards = true",
          "0x7fffffff", "9223372036854775807",
          "1e308",      "nan",
          "`",          "{",
          "}",          "((((((((",
          "softmax(",   "take(",
          "pad(",       "reshape(",
          "-1",         "//",
          "#",          "\n"};
}

const std::vector<Target>& reader_targets() {
  static const std::vector<Target> all = {
      {"check", check, cell_seeds, cell_words},
      {"npy", read_file<read_one>, npy_seeds, npy_words},
      {"npz", read_file<data::read_npz>, npz_seeds, npz_words},
      {"safetensors", read_file<data::read_safetensors>, safetensors_seeds, safetensors_words},
  };
  return all;
}

}  // namespace rondo::fuzz
