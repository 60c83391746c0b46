// Rondo, the compiler for recurrences: the C++ interface (C++20), all of it inline above rondo.h.
//
//   rondo::Builder b("gru");
//   rondo::Value x = b.input("x", {features});
//   rondo::State h = b.state("h", {units});
//   ...
//   h.next(z * h + (1 - z) * n);
//   b.output(h.next());
//   rondo::Kernel kernel = rondo::compile(b.cell());
//   rondo::Model model(kernel, {W.data(), U.data(), bias.data()});
//   model.run({.batch = 8, .time = 100, .inputs = {rondo::batch_major(x, 100, features)}, ...});
//   rondo::Stream stream(model);
//
// What goes wrong is thrown as rondo::Error, but for what the real-time functions of Stream and Call::run do,
// which throw nothing. Objects are handles, to be moved; cells, kernels and models may be used from any
// number of threads at once, the others by one at a time. rondo.h has the particulars.
#ifndef RONDO_RONDO_HPP
#define RONDO_RONDO_HPP

#include <rondo/builder.hpp>
#include <rondo/cell.hpp>
#include <rondo/error.hpp>
#include <rondo/kernel.hpp>

#include <string>

namespace rondo {

/// Version of the library that is running, as in "0.1.0".
inline std::string version() {
  return rondo_version();
}

}  // namespace rondo

#endif
