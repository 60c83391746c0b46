#include "ir/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/visible_text.h"

namespace rondo::ir {

std::string_view SourceText::line(int number) const {
  std::string_view rest = text;
  for (int current = 1; current < number; ++current) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  std::string_view result = rest.substr(0, rest.find('\n'));
  if (!result.empty() && result.back() == '\r') result.remove_suffix(1);
  return result;
}

void Diagnostics::error(Location where, std::string message) {
  muted_ = errors_ >= limit;
  if (!muted_) diagnostics_.push_back({Severity::Error, std::move(where), std::move(message)});
  ++errors_;
}

void Diagnostics::warning(Location where, std::string message) {
  muted_ = false;
  diagnostics_.push_back({Severity::Warning, std::move(where), std::move(message)});
}

void Diagnostics::note(Location where, std::string message) {
  if (!muted_) diagnostics_.push_back({Severity::Note, std::move(where), std::move(message)});
}

namespace {

std::string_view label(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  __builtin_unreachable();
}

std::string_view color_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "\033[1;31m";
    case Severity::Warning:
      return "\033[1;35m";
    case Severity::Note:
      return "\033[1;36m";
  }
  __builtin_unreachable();
}

// The line of source and a caret below it; tabs are kept, so that the caret stands where the eye expects it.
// Source comes from anyone: control characters are shown as '?', and long lines are cut around the caret.
void render_excerpt(const Location& where, std::string& out) {
  constexpr int window = 140;
  std::string line(where.source->line(where.line));
  for (char& c : line)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  const int column = std::clamp(where.column, 1, static_cast<int>(line.size()) + 1);
  const int first = column > window ? column - window / 2 : 1;
  line = line.substr(static_cast<size_t>(first - 1), window);
  const int offset = column - first;
  const int room = std::max(1, static_cast<int>(line.size()) - offset);
  std::string pad;
  for (int i = 0; i < offset; ++i) pad += line[static_cast<size_t>(i)] == '\t' ? '\t' : ' ';
  const int tail = std::clamp(where.length, 1, room) - 1;
  out += fmt::format("{:>5} | {}\n      | {}^{}\n", where.line, visible(line), pad,
                     std::string(static_cast<size_t>(tail), '~'));
}

// A message may quote what somebody wrote, of any length and with anything in it.
std::string shown(std::string_view message) {
  constexpr size_t longest = 4000;
  if (message.size() <= longest) return visible(message);
  return fmt::format("{} ... and {} bytes more", visible(message.substr(0, longest)),
                     message.size() - longest);
}

}  // namespace

std::string Diagnostics::render(bool color) const {
  std::string out;
  for (const Diagnostic& d : diagnostics_) {
    if (d.where.source && d.where.line > 0)
      out += fmt::format("{}:{}:{}: ", visible(d.where.source->name), d.where.line, d.where.column);
    else if (d.where.source)
      out += fmt::format("{}: ", visible(d.where.source->name));
    else if (d.severity != Severity::Note)
      out += "rondo: ";
    if (color)
      out += fmt::format("{}{}:\033[0m {}\n", color_of(d.severity), label(d.severity), shown(d.message));
    else
      out += fmt::format("{}: {}\n", label(d.severity), shown(d.message));
    if (d.where.source && d.where.line > 0 && !d.where.source->text.empty()) render_excerpt(d.where, out);
  }
  if (errors_ > limit) out += fmt::format("rondo: and {} more errors\n", errors_ - limit);
  return out;
}

void internal_error(const char* file, int line, const std::string& message) {
  throw InternalError(fmt::format("internal error at {}:{}: {}; please report it", file, line, message));
}

}  // namespace rondo::ir
