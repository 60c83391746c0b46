// The order in which sums run: part of what a program means, so that the same bits come out of every engine.
//
// A contraction over k elements runs upwards from +0 with fused multiply-add, in one chain, or from 8
// elements on in two: the first half and the second, added at the end. Two chains run side by side where one
// would wait for the latency of the multiply-add, as in a batch of one; more would cost a batch of many,
// which has to put the sums of every half but the last aside.
//
// A reduction over k elements has `reduction_lanes` partial results: lane l takes elements l, l + lanes, ...
// upwards, starting at the neutral element; lanes are then joined by halves: lane i with lane i + 8, + 4, +
// 2, + 1. That is how a vector of columns is reduced, at any vector width.
#pragma once

#include <cstdint>

namespace rondo::ir {

inline constexpr int64_t reduction_lanes = 16;

inline constexpr int contraction_blocks(int64_t k) {
  return k >= 8 ? 2 : 1;
}

inline constexpr int64_t contraction_block_size(int64_t k) {
  const int blocks = contraction_blocks(k);
  return (k + blocks - 1) / blocks;
}

}  // namespace rondo::ir
