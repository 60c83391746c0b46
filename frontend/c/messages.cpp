// Messages and texts.
#include "frontend/c/border.h"

namespace rondo::c {

void deliver(const ir::Diagnostics& diagnostics, rondo_messages** messages) {
  if (!messages || diagnostics.all().empty()) return;
  *messages = new rondo_messages{diagnostics.all(), diagnostics.render()};
}

void report_internal(const std::exception& problem, rondo_messages** messages) noexcept {
  try {
    ir::Diagnostics diagnostics;
    diagnostics.error(problem.what());
    deliver(diagnostics, messages);
  } catch (const std::exception&) {
    return;  // the status has to do
  }
}

namespace {

rondo_severity severity_of(ir::Severity severity) {
  switch (severity) {
    case ir::Severity::Error:
      return RONDO_ERROR;
    case ir::Severity::Warning:
      return RONDO_WARNING;
    case ir::Severity::Note:
      return RONDO_NOTE;
  }
  __builtin_unreachable();
}

}  // namespace

}  // namespace rondo::c

const char* rondo_version(void) {
  return RONDO_VERSION;
}

size_t rondo_messages_count(const rondo_messages* messages) {
  return messages ? messages->list.size() : 0;
}

rondo_status rondo_messages_get(const rondo_messages* messages, size_t index, rondo_message* message) {
  if (index >= rondo_messages_count(messages) || !message) return RONDO_WRONG;
  const rondo::ir::Diagnostic& diagnostic = messages->list[index];
  const rondo::ir::Location& where = diagnostic.where;
  *message = {rondo::c::severity_of(diagnostic.severity),
              diagnostic.message.c_str(),
              where.source ? where.source->name.c_str() : "",
              where.line,
              where.column,
              where.length};
  return RONDO_OK;
}

const char* rondo_messages_text(const rondo_messages* messages) {
  return messages ? messages->text.c_str() : "";
}

void rondo_messages_free(rondo_messages* messages) {
  delete messages;
}

const char* rondo_text_data(const rondo_text* text) {
  return text->text.c_str();
}

size_t rondo_text_size(const rondo_text* text) {
  return text->text.size();
}

void rondo_text_free(rondo_text* text) {
  delete text;
}
