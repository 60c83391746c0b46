// Objects ahead of time.
#include <cstring>

#include "frontend/aot/emit.h"
#include "frontend/aot/targets.h"
#include "frontend/c/border.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

std::vector<aot::FileKind> kinds_of(int32_t files) {
  std::vector<aot::FileKind> kinds;
  for (const auto& [bit, kind] : {std::pair{RONDO_EMIT_OBJECT, aot::FileKind::Object},
                                  {RONDO_EMIT_HEADER, aot::FileKind::Header},
                                  {RONDO_EMIT_ASSEMBLY, aot::FileKind::Assembly},
                                  {RONDO_EMIT_LLVM, aot::FileKind::LlvmText},
                                  {RONDO_EMIT_BITCODE, aot::FileKind::Bitcode}})
    if (files & bit) kinds.push_back(kind);
  return kinds;
}

bool take_weights(const ir::StepGraph& step, const void* const* weights,
                  std::optional<std::map<std::string, ir::Tensor>>& taken, ir::Diagnostics& diagnostics) {
  if (!weights) return true;
  taken.emplace();
  for (size_t i = 0; i < step.weights.size(); ++i) {
    const auto& [name, node] = step.weights[i];
    if (!given(weights[i], name.c_str(), diagnostics)) return false;
    ir::Tensor tensor(step.type(node).dtype, step.type(node).dims);
    std::memcpy(tensor.bytes(), weights[i], tensor.byte_count());
    taken->emplace(name, std::move(tensor));
  }
  return true;
}

}  // namespace

rondo_status rondo_emit(const rondo_cell* cell, const char* path, const rondo_emit_options* options,
                        rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics) || !given(path, "path", diagnostics)) return false;
    const rondo_emit_options unset = RONDO_EMIT_INIT;
    const auto known = c::known_part(options ? *options : unset, unset, "RONDO_EMIT_INIT", diagnostics);
    if (!known) return false;
    const auto prefix = aot::prefix_of(path, diagnostics);
    if (!prefix) return false;
    const auto targets =
        aot::targets_named(known->target ? known->target : "", known->cpu ? known->cpu : "", diagnostics);
    if (!targets) return false;
    aot::Options how{*prefix, *targets, {}, kinds_of(known->files), std::nullopt};
    if (!take_weights(cell->recurrence->step, known->weights, how.weights, diagnostics)) return false;
    const auto files = aot::emit(*cell->recurrence, how, diagnostics);
    return files && aot::write(*files, path, diagnostics);
  });
}
