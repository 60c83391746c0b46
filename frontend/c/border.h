// The border between Rondo and C: no exception crosses it, and what there is to say goes along.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
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

/// The members of a structure that the program knew when it was compiled; the others are as in `unset`.
/// Nothing, and a diagnostic that names `initializer`, where the structure cannot have the size that it says.
template <class Structure>
std::optional<Structure> known_part(const Structure& given, const Structure& unset, const char* initializer,
                                    ir::Diagnostics& diagnostics) {
  constexpr size_t most = 4096;  // no structure of a newer header is larger
  if (given.size < sizeof(size_t) || given.size > most || given.size % alignof(Structure) != 0) {
    diagnostics.error(
        fmt::format("a structure says that its size is {}; begin with {}, and leave 'size' alone", given.size,
                    initializer));
    return std::nullopt;
  }
  Structure result = unset;
  std::memcpy(&result, &given, std::min(given.size, sizeof(Structure)));
  return result;
}

/// How many inputs, states, constants, weights or outputs there are.
size_t leaf_count(const ir::StepGraph& step, rondo_leaf_kind kind);

}  // namespace rondo::c
