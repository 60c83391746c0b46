#include <algorithm>
#include <random>
#include <stdexcept>

#include "frontend/engine/kernel_entry.h"
#include "frontend/engine/plan_file.h"
#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

namespace {

using Words = std::vector<std::string>;

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
  static const std::vector<Target> all = [] {
    std::vector<Target> result = reader_targets();
    result.insert(result.end(), {{"text", run_text, cell_seeds, cell_words},
                                 {"plan", read_plan, plan_seeds, plan_words},
                                 {"entry", decode, entry_seeds, entry_words},
                                 {"builder", run_builder, byte_seeds, byte_words},
                                 {"call", run_call, byte_seeds, byte_words}});
    return result;
  }();
  return all;
}

}  // namespace rondo::fuzz
