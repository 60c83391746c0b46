// Ways into Rondo that take bytes from anybody, each as a function that a fuzzer can call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rondo::fuzz {

using Bytes = std::span<const uint8_t>;

struct Target {
  std::string_view name;
  /// Must come back from any bytes, within bounded time and memory; throws std::logic_error where something
  /// lies.
  void (*run)(Bytes bytes);
  /// Inputs to begin with, and words that inputs are made of.
  std::vector<std::string> (*seeds)();
  std::vector<std::string> (*words)();
};

/// "check" (parses, checks and builds the cells of a text, reads back what they print as, and interprets
/// small ones), "npy", "npz", "safetensors": those that need no compiler.
const std::vector<Target>& reader_targets();

/// These, and "text", "plan", "entry", "builder", "call".
const std::vector<Target>& targets();

/// Texts of cells, and words of the language.
std::vector<std::string> cell_seeds();
std::vector<std::string> cell_words();

/// Runs the small cells of a text in the interpreter, as a loop program and, one in eight, as native code,
/// and compares the bits.
void run_text(Bytes bytes);

/// Takes the bytes as calls of a C builder, with any values, extents, names and enumerators. What comes of
/// them is a cell whose text reads back, or messages.
void run_builder(Bytes bytes);

/// Takes the bytes as the structures of one C call, its views anywhere. What is not refused gives the bits of
/// the same call over dense copies.
void run_call(Bytes bytes);

}  // namespace rondo::fuzz
