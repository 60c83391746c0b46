// Functions over the primitives: what users call by name, and what becomes a few nodes of the step graph.
//
// Each takes values as `GraphBuilder` does and reports mistakes to it. Formulas are Keras's where Keras has
// the function; the comment says which.
#pragma once

#include <vector>

#include "ir/graph_builder.h"

namespace rondo::ir {

Value relu(GraphBuilder& g, Value x);                      ///< max(x, 0)
Value leaky_relu(GraphBuilder& g, Value x, double slope);  ///< x where x >= 0, else slope * x
Value elu(GraphBuilder& g, Value x, double alpha);         ///< x where x > 0, else alpha * (exp(x) - 1)
Value selu(GraphBuilder& g, Value x);           ///< the self-normalising constants of Klambauer et al., 2017
Value softplus(GraphBuilder& g, Value x);       ///< log(1 + exp(x)), without overflow
Value softsign(GraphBuilder& g, Value x);       ///< x / (1 + |x|)
Value silu(GraphBuilder& g, Value x);           ///< x * sigmoid(x)
Value gelu(GraphBuilder& g, Value x);           ///< x * (1 + erf(x / sqrt(2))) / 2
Value hard_sigmoid(GraphBuilder& g, Value x);   ///< clip(0.2 x + 0.5, 0, 1), as Keras 2 and tf.keras
Value hard_sigmoid6(GraphBuilder& g, Value x);  ///< clip(x / 6 + 0.5, 0, 1), as Keras 3
Value hard_tanh(GraphBuilder& g, Value x);      ///< clip(x, -1, 1)
Value square(GraphBuilder& g, Value x);         ///< x * x
Value reciprocal(GraphBuilder& g, Value x);     ///< 1 / x
Value rsqrt(GraphBuilder& g, Value x);          ///< 1 / sqrt(x)
Value clip(GraphBuilder& g, Value x, Value low, Value high);  ///< min(max(x, low), high)
Value sign(GraphBuilder& g, Value x);                         ///< -1, 0 or 1; NaN stays NaN

Value mean(GraphBuilder& g, Value x, std::vector<int> axes, bool keepdims);
Value variance(GraphBuilder& g, Value x, std::vector<int> axes,
               bool keepdims);  ///< of the population, as numpy's var

/// exp(x - max) / sum(exp(x - max)) along one axis.
Value softmax(GraphBuilder& g, Value x, int axis);
/// (x - mean) / sqrt(variance + epsilon) over the last axis, times gamma, plus beta; gamma and beta may be
/// left out (nothing).
Value layer_norm(GraphBuilder& g, Value x, Value gamma, Value beta, double epsilon);

/// `parts` equal pieces along an axis.
std::vector<Value> split(GraphBuilder& g, Value x, int64_t parts, int axis);
/// Pieces between the given positions along an axis, as numpy's split with a list.
std::vector<Value> split_at(GraphBuilder& g, Value x, const std::vector<int64_t>& positions, int axis);
/// New axis of extent 1.
Value expand_dims(GraphBuilder& g, Value x, int axis);
/// Joins along a new axis.
Value stack(GraphBuilder& g, std::vector<Value> parts, int axis);

}  // namespace rondo::ir
