// What goes wrong, as exceptions, and handles of the C interface that free themselves.
#ifndef RONDO_ERROR_HPP
#define RONDO_ERROR_HPP

#include <rondo/rondo.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rondo {

enum class Severity { Error = RONDO_ERROR, Warning = RONDO_WARNING, Note = RONDO_NOTE };

/// Lines and columns count from 1; line 0 means nowhere in particular.
struct Message {
  Severity severity;
  std::string text;
  std::string source;
  int line, column, length;
};

/// What was given is wrong. `what()` is all messages as text for people, with lines of source and carets.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& text, std::vector<Message> messages = {})
      : std::runtime_error(text), messages_(std::move(messages)) {}
  const std::vector<Message>& messages() const { return messages_; }

 private:
  std::vector<Message> messages_;
};

namespace detail {

template <auto free>
struct Freer {
  template <class Handle>
  void operator()(Handle* handle) const {
    free(handle);
  }
};
template <class Handle, auto free>
using Owned = std::unique_ptr<Handle, Freer<free>>;

[[noreturn]] inline void raise(rondo_status status, const rondo_messages* messages) {
  if (status == RONDO_NO_MEMORY) throw std::bad_alloc();
  std::vector<Message> list;
  for (size_t i = 0; i < rondo_messages_count(messages); ++i) {
    rondo_message m;
    if (rondo_messages_get(messages, i, &m) == RONDO_OK)
      list.push_back({static_cast<Severity>(m.severity), m.text, m.source, m.line, m.column, m.length});
  }
  std::string text = rondo_messages_text(messages);
  if (text.empty())
    text = status == RONDO_INTERNAL ? "a mistake in Rondo; please report it" : "wrong argument";
  throw Error(text, std::move(list));
}

/// Calls `make(&handle, &messages)` and returns the handle, or throws what the messages say.
template <class Handle, auto free, class Make>
Owned<Handle, free> make(Make&& make) {
  Handle* handle = nullptr;
  rondo_messages* messages = nullptr;
  const rondo_status status = make(&handle, &messages);
  const Owned<rondo_messages, rondo_messages_free> said(messages);
  if (status != RONDO_OK) raise(status, messages);
  return Owned<Handle, free>(handle);
}

template <class Make>
std::string text_of(Make&& make_text) {
  const auto text =
      make<rondo_text, rondo_text_free>([&](rondo_text** out, rondo_messages**) { return make_text(out); });
  return {rondo_text_data(text.get()), rondo_text_size(text.get())};
}

}  // namespace detail

}  // namespace rondo

#endif
