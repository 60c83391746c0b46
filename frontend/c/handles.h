// What stands behind the opaque types of include/rondo/rondo.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/stream.h"
#include "frontend/text/program.h"
#include "include/rondo/rondo.h"
#include "ir/graph_builder.h"

struct rondo_messages {
  std::vector<rondo::ir::Diagnostic> list;
  std::string text;  // all of them, rendered
};

struct rondo_text {
  std::string text;
};

struct rondo_program {
  rondo::text::Program program;
  std::vector<std::string> cells;
};

struct rondo_builder {
  rondo::ir::Diagnostics diagnostics;
  rondo::ir::GraphBuilder builder;
  std::shared_ptr<const rondo::ir::SourceText> source;  // that `at` named last
  std::vector<rondo::ir::Value> values;                 // by id
  bool failed = false;                                  // there was not enough memory
  bool finished = false;                                // it made its cell, or said why there is none

  explicit rondo_builder(const char* cell) : builder(cell, diagnostics) {}
};

struct rondo_cell {
  std::shared_ptr<const rondo::ir::Recurrence> recurrence;
};

struct rondo_kernel {
  std::shared_ptr<const rondo::engine::Compiled> compiled;
  rondo::ir::Target target;
};

struct rondo_model {
  rondo::engine::Model model;
};

struct rondo_call {
  rondo::engine::Call call;
  std::vector<rondo::ir::Tensor> memory;  // for what the caller did not give or want
};

struct rondo_stream {
  rondo::engine::Stream stream;
};
