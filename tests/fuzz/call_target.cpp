#include <rondo/rondo.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/fuzz/feed.h"

namespace rondo::fuzz {

namespace {

// Two inputs and two outputs, a mask and states of two types: what a call can have.
const std::string text =
    "cell many() { option mask = true; input x : f32[3]; input k : i32[1]; constant c : f64[2]\n"
    "  state s : f32[3]; state n : f64[2]; weight a : f32[3]\n"
    "  next s = s + a * (x - s) * f32(k); next n = n * 0.5 + c; output y = next s\n"
    "  output z = n * 2 }";

struct Row {
  int64_t elements, bytes;  // of a row; of an element
};
constexpr Row inputs[] = {{3, 4}, {1, 4}}, constants[] = {{2, 8}}, states[] = {{3, 4}, {2, 8}},
              outputs[] = {{3, 4}, {2, 8}}, mask[] = {{1, 1}};

// Made once; the process ends with it.
const rondo_model* model() {
  static const rondo_model* const made = [] {
    rondo_program* program = nullptr;
    rondo_cell* cell = nullptr;
    rondo_kernel* kernel = nullptr;
    rondo_model* result = nullptr;
    rondo_messages* messages = nullptr;
    const float rates[3] = {0.5F, 0.25F, 1};
    const void* weights[] = {rates};
    if (rondo_program_parse("many", text.data(), text.size(), &program, &messages) != RONDO_OK ||
        rondo_program_cell(program, nullptr, nullptr, 0, &cell, &messages) != RONDO_OK ||
        rondo_compile(cell, nullptr, &kernel, &messages) != RONDO_OK ||
        rondo_model_new(kernel, weights, &result, &messages) != RONDO_OK)
      throw std::logic_error(rondo_messages_text(messages));
    rondo_kernel_free(kernel);
    rondo_cell_free(cell);
    rondo_program_free(program);
    return result;
  }();
  return made;
}

// A call over views into one stretch of memory.
class Calling {
 public:
  explicit Calling(Feed& feed) : feed_(feed), memory_(1024) {
    arguments_.batch = feed.below(8) == 0 ? feed.integer() : feed.below(4);
    arguments_.time = feed.below(8) == 0 ? feed.integer() : 1 + feed.below(4);
    if (feed.below(16) == 0) arguments_.size = static_cast<size_t>(feed.integer());
    if (feed.below(16) == 0) arguments_.threads = static_cast<int32_t>(feed.integer());
    arguments_.inputs = views(inputs);
    arguments_.constants = views(constants);
    arguments_.initial_states = views(states);
    arguments_.outputs = views(outputs);
    arguments_.last_outputs = views(outputs);
    arguments_.final_states = views(states);
    arguments_.mask = *views(mask);
    for (size_t i = 0; i < memory_.size(); ++i) memory_[i] = 0.25 * static_cast<double>(i % 16);
  }

  void run() {
    // What is not given is allocated: so many samples are refused, unless memory has them. A sanitizer ends
    // the process where memory cannot be had; of numbers that nothing can have there is no such question.
    if (arguments_.batch >= int64_t{1} << 24 && arguments_.batch < int64_t{1} << 59) return;
    rondo_call* call = bind(arguments_);
    if (!call) return;
    const std::unique_ptr<rondo_call, void (*)(rondo_call*)> bound(call, rondo_call_free);
    if (!in_memory()) return;  // the caller's word, and not true
    const std::vector<std::vector<std::byte>> wanted = run_densely();
    rondo_call_run(call);
    if (results() != wanted) throw std::logic_error("views give other bits than dense arrays");
  }

 private:
  std::byte* begin() { return reinterpret_cast<std::byte*>(memory_.data()); }
  int64_t size() const { return static_cast<int64_t>(memory_.size() * sizeof(double)); }

  // Null now and then, one view each.
  template <size_t Count>
  const rondo_view* views(const Row (&rows)[Count]) {
    if (feed_.below(24) == 0 && Count != 1) return nullptr;
    std::vector<rondo_view>& list = views_.emplace_back();
    for (const Row& row : rows) {
      const int64_t at = (feed_.below(256) * 32 + (feed_.below(16) == 0 ? feed_.below(8) : 0)) % size();
      const bool plain = feed_.below(4) != 0;
      list.push_back({feed_.below(32) == 0 ? nullptr : begin() + at,
                      plain ? 4 * row.elements : feed_.integer(), plain ? row.elements : feed_.integer()});
    }
    return list.data();
  }

  static rondo_call* bind(const rondo_arguments& arguments) {
    rondo_call* call = nullptr;
    rondo_messages* messages = nullptr;
    const rondo_status status = rondo_call_new(model(), &arguments, &call, &messages);
    const std::unique_ptr<rondo_messages, void (*)(rondo_messages*)> said(messages, rondo_messages_free);
    if (status == RONDO_INTERNAL) throw std::logic_error(rondo_messages_text(messages));
    if (status == RONDO_WRONG && rondo_messages_count(messages) == 0)
      throw std::logic_error("refused without a reason");
    return call;
  }

  bool is_in_memory(const rondo_view& view, const Row& row, bool timed) {
    __extension__ using Wide = __int128;
    Wide low = reinterpret_cast<std::byte*>(view.data) - begin(), high = low;
    const auto reach = [&](int64_t stride, int64_t count) {
      const Wide bytes = Wide{stride} * row.bytes * (count - 1);
      (bytes < 0 ? low : high) += bytes;
    };
    reach(view.batch_stride, arguments_.batch);
    if (timed) reach(view.time_stride, arguments_.time);
    return low >= 0 && high + Wide{row.elements} * row.bytes <= size();
  }

  template <class Do>
  void for_each_view(Do&& work) const {
    const auto all = [&](const rondo_view* list, std::span<const Row> rows, bool timed, bool written) {
      for (size_t i = 0; list && i < rows.size(); ++i)
        if (list[i].data) work(list[i], rows[i], timed, written);
    };
    all(arguments_.inputs, inputs, true, false);
    all(arguments_.constants, constants, false, false);
    all(arguments_.initial_states, states, false, false);
    all(&arguments_.mask, mask, true, false);
    all(arguments_.outputs, outputs, true, true);
    all(arguments_.last_outputs, outputs, false, true);
    all(arguments_.final_states, states, false, true);
  }

  bool in_memory() {
    // A structure that ends early has defaults behind; and large batches would take long.
    if (arguments_.size < sizeof(rondo_arguments) || arguments_.batch > 8 || arguments_.time > 8)
      return false;
    bool all = arguments_.batch > 0;
    for_each_view([&](const rondo_view& view, const Row& row, bool timed, bool) {
      all = all && is_in_memory(view, row, timed);
    });
    return all;
  }

  // Row after row of a view.
  std::vector<std::byte> gather(const rondo_view& view, const Row& row, bool timed) const {
    std::vector<std::byte> result;
    for (int64_t b = 0; b < arguments_.batch; ++b)
      for (int64_t t = 0; t < (timed ? arguments_.time : 1); ++t) {
        const int64_t element = b * view.batch_stride + (timed ? t * view.time_stride : 0);
        const auto* first = static_cast<const std::byte*>(view.data) + element * row.bytes;
        result.insert(result.end(), first, first + row.elements * row.bytes);
      }
    return result;
  }

  std::vector<std::vector<std::byte>> results() const {
    std::vector<std::vector<std::byte>> all;
    for_each_view([&](const rondo_view& view, const Row& row, bool timed, bool written) {
      if (written) all.push_back(gather(view, row, timed));
    });
    return all;
  }

  // The results of the same call over dense copies of its arrays.
  std::vector<std::vector<std::byte>> run_densely() const {
    std::vector<std::unique_ptr<double[]>> copies;
    std::vector<rondo_view> list;
    for_each_view([&](const rondo_view& view, const Row& row, bool timed, bool) {
      const std::vector<std::byte> bytes = gather(view, row, timed);
      copies.push_back(std::make_unique<double[]>(bytes.size() / sizeof(double) + 1));
      std::memcpy(copies.back().get(), bytes.data(), bytes.size());
      list.push_back({copies.back().get(), row.elements * (timed ? arguments_.time : 1), row.elements});
    });
    Calling dense(*this, list);
    rondo_call* call = bind(dense.arguments_);
    if (!call) throw std::logic_error("dense arrays are refused where views are taken");
    rondo_call_run(call);
    rondo_call_free(call);
    return dense.results();
  }

  // The same arguments with other views, in the order of for_each_view, where there are any.
  Calling(const Calling& other, const std::vector<rondo_view>& list)
      : feed_(other.feed_), arguments_(other.arguments_) {
    size_t next = 0;
    const auto replace = [&](const rondo_view*& views, size_t count) {
      if (!views) return;
      std::vector<rondo_view>& mine = views_.emplace_back(views, views + count);
      for (rondo_view& view : mine)
        if (view.data) view = list[next++];
      views = mine.data();
    };
    replace(arguments_.inputs, std::size(inputs));
    replace(arguments_.constants, std::size(constants));
    replace(arguments_.initial_states, std::size(states));
    arguments_.mask = list[next++];
    replace(arguments_.outputs, std::size(outputs));
    replace(arguments_.last_outputs, std::size(outputs));
    replace(arguments_.final_states, std::size(states));
  }

  Feed& feed_;
  std::vector<double> memory_;
  rondo_arguments arguments_ = RONDO_ARGUMENTS_INIT;
  std::vector<std::vector<rondo_view>> views_;
};

}  // namespace

void run_call(Bytes bytes) {
  Feed feed(bytes);
  Calling(feed).run();
}

}  // namespace rondo::fuzz
