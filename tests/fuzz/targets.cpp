#include "tests/fuzz/targets.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "frontend/data/safetensors.h"
#include "frontend/engine/kernel_entry.h"
#include "frontend/engine/plan_file.h"
#include "frontend/text/program.h"

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

std::optional<ir::Tensor> read_one(const std::string& path, ir::Diagnostics& diagnostics) {
  return data::read_npy(path, diagnostics);
}

Words text_seeds() {
  return files_in("cells", ".rondo");
}
Words text_words() {
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

void read_plan(Bytes bytes) {
  passes::Options options;
  ir::Diagnostics diagnostics;
  const bool good = engine::apply_plan({bytes.begin(), bytes.end()}, "plan.json", options, diagnostics);
  if (good == diagnostics.has_errors()) throw std::logic_error("neither refused nor taken");
  diagnostics.render();
}
Words plan_seeds() {
  return {
      R"({"cell": "c", "vector_axis": "columns", "unroll": 2, "disabled_passes": ["hoist"],)"
      R"("placements": {"%7": "before the loop"},)"
      R"("stages": {"step 0": {"lanes": 8, "tiles": ["3x1", "1x2"], "packing": {"vectors": 1, "rows": [4, 1]}}}})"};
}
Words plan_words() {
  return {"\"in the step\"", "null", "1e999", "[[[[", "//", "\"0x0\"", "-1", "64", "\"packing\": null"};
}

void decode(Bytes bytes) {
  const auto image = engine::decode_entry(std::as_bytes(bytes), "key");
  if (!image) return;
  // What is taken is, to the last bit, what the image is encoded as.
  const std::vector<std::byte> again = engine::encode_entry("key", *image);
  if (!std::ranges::equal(std::as_bytes(bytes), again))
    throw std::logic_error("an entry was taken that nobody encoded");
}
Words entry_seeds() {
  runtime::CodeImage image;
  const std::vector<std::byte> bytes = engine::encode_entry("key", image);
  return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}
Words entry_words() {
  return {"key", std::string(8, '\xff'), std::string(8, '\0')};
}

// Calls are drawn from bytes of any kind.
Words byte_seeds() {
  std::mt19937_64 random(11);
  Words seeds;
  for (int i = 0; i < 32; ++i) {
    std::string& seed = seeds.emplace_back(200, '\0');
    for (char& byte : seed) byte = static_cast<char>(random());
  }
  return seeds;
}
Words byte_words() {
  return {std::string(4, '\0'), "\xff", "\x01\x02\x03\x04"};
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
      {"text", run_text, text_seeds, text_words},
      {"npy", read_file<read_one>, npy_seeds, npy_words},
      {"npz", read_file<data::read_npz>, npz_seeds, npz_words},
      {"safetensors", read_file<data::read_safetensors>, safetensors_seeds, safetensors_words},
      {"plan", read_plan, plan_seeds, plan_words},
      {"entry", decode, entry_seeds, entry_words},
      {"builder", run_builder, byte_seeds, byte_words},
      {"call", run_call, byte_seeds, byte_words},
  };
  return all;
}

}  // namespace rondo::fuzz
