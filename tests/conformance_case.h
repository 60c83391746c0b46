// One call of a recurrence, spelt as a test wants it: a cell in a line or two of text, tensors as lists of
// numbers.
#pragma once

#include <string>
#include <vector>

#include "tests/every_engine.h"

namespace rondo::tests {

using Numbers = std::vector<double>;

// The cells of most cases; "$" is the element type. IDENT: the output is the input and the state counts
// steps. ACC: a running sum that is output and state. LIN: y = xW + sU.
inline const std::string ident = "cell ident() { input x : $[1]; state s : $[1]; next s = s + 1; output x }";
inline const std::string acc = "cell acc() { input x : $[1]; state s : $[1]; next s = x + s; output next s }";
inline const std::string lin =
    "cell lin(d, u) { input x : $[d]; state s : $[u]; weight W : $[d, u]; weight U : $[u, u]\n"
    "next s = x @ W + s @ U; output next s }";

/// The samples of most cases, (2, 4, 1), and their mask.
inline const Numbers x0{1, 2, 3, 4, 5, 6, 7, 8};
inline const Numbers m0{1, 0, 1, 0, 0, 1, 1, 0};

/// A recurrence and its arguments. Tensors have the element type of the leaf that they are for.
struct Call {
  ir::Recurrence recurrence;
  ir::Arguments arguments;

  /// Requires that the text is right.
  explicit Call(const std::string& text, ir::DType dtype = ir::DType::F32,
                const std::map<std::string, int64_t>& settings = {});

  Call& input(const std::string& name, ir::Dims dims, const Numbers& numbers);
  Call& state(const std::string& name, ir::Dims dims, const Numbers& numbers);
  Call& constant(const std::string& name, ir::Dims dims, const Numbers& numbers);
  Call& weight(const std::string& name, ir::Dims dims, const Numbers& numbers);
  Call& mask(ir::Dims dims, const Numbers& numbers, ir::DType dtype = ir::DType::Bool);
  Call& lengths(const Numbers& numbers, ir::DType dtype = ir::DType::I32);
  Call& backwards(bool yes = true);
  Call& zero_output(bool yes = true);
  Call& input_length(int64_t length);
  /// Inputs and mask, given so far as (B, T, ...), become (T, B, ...).
  Call& time_major();

  ir::Results run(Engines engines = Engines::All) const {
    return run_everywhere(recurrence, arguments, engines);
  }
  std::string refused() const { return refused_everywhere(recurrence, arguments); }
};

/// X0 through IDENT or ACC, with `h0` as the state of both samples.
Call over_x0(const std::string& text, double h0, ir::DType dtype = ir::DType::F32);

/// All elements in order.
Numbers numbers(const ir::Tensor& tensor);
/// 0, 1, 2, ..., divided by `by`.
Numbers arange(int64_t count, double by = 1);
/// The same number so many times.
Numbers full(int64_t count, double value);
/// Element types that the cases exact in integers run with; the engines for each.
struct Precision {
  ir::DType dtype;
  Engines engines;
};
inline const std::vector<Precision> precisions{{ir::DType::F32, Engines::All},
                                               {ir::DType::F64, Engines::Few}};

/// Errors of a text that must not become a recurrence, one a line.
std::string errors_of_text(const std::string& text);

}  // namespace rondo::tests
