// The border between Rondo and C: no exception crosses it, and what there is to say goes along.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

#include "frontend/c/handles.h"

namespace rondo::c {

/// Hands the diagnostics over where there is something to say and someone to say it to.
void deliver(const ir::Diagnostics& diagnostics, rondo_messages** messages);

/// Leaves what a mistake of Rondo's own says, if there is memory for it.
void report_internal(const std::exception& problem, rondo_messages** messages) noexcept;

/// Runs `work(diagnostics)`, which returns whether all went well. RONDO_WRONG where it did not.
template <class Work>
rondo_status guarded(rondo_messages** messages, Work&& work) noexcept {
  if (messages) *messages = nullptr;
  try {
    ir::Diagnostics diagnostics;
    const bool fine = work(diagnostics);
    deliver(diagnostics, messages);
    return fine ? RONDO_OK : RONDO_WRONG;
  } catch (const std::bad_alloc&) {
    return RONDO_NO_MEMORY;
  } catch (const std::length_error&) {  // a text or a list longer than any can be
    return RONDO_NO_MEMORY;
  } catch (const std::exception& problem) {
    report_internal(problem, messages);
    return RONDO_INTERNAL;
  }
}

/// Reports, and returns false, where a pointer that must not be null is null.
template <class T>
bool given(T* pointer, const char* name, ir::Diagnostics& diagnostics) {
  if (!pointer) diagnostics.error(std::string("'") + name + "' is null");
  return pointer != nullptr;
}

/// The members of an option structure that the program knew when it was compiled; the others are as in
/// `unset`.
template <class Options>
Options known_part(const Options& options, const Options& unset) {
  Options result = unset;
  std::memcpy(&result, &options, std::min(options.size, sizeof(Options)));
  return result;
}

/// How many inputs, states, constants, weights or outputs there are.
size_t leaf_count(const ir::StepGraph& step, rondo_leaf_kind kind);

}  // namespace rondo::c
