#include "tests/aot_driver.h"

#include <fmt/format.h>

#include <cstring>

namespace rondo::tests {

using namespace ir;

namespace {

// Elements as numbers of their size: no decimal digits, no NaN that a compiler would have to spell.
std::string bits_of(const Tensor& tensor) {
  std::string text;
  for (int64_t i = 0; i < tensor.count(); ++i) {
    uint64_t bits = 0;
    const auto size = static_cast<size_t>(size_of(tensor.dtype()));
    std::memcpy(&bits, tensor.bytes() + static_cast<size_t>(i) * size, size);
    text += fmt::format("0x{:x}{},{}", bits, size == 8 ? "u" : "", i % 12 == 11 ? "\n" : "");
  }
  return text.empty() ? "0" : text;
}

std::string_view unsigned_type(DType dtype) {
  return size_of(dtype) == 8 ? "uint64_t" : size_of(dtype) == 4 ? "uint32_t" : "uint8_t";
}

std::string_view element_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "float";
    case DType::F64:
      return "double";
    case DType::I32:
      return "int32_t";
    case DType::I64:
      return "int64_t";
    case DType::Bool:
      return "uint8_t";
  }
  return "";
}

std::string field_name(std::string_view what, std::string name) {
  for (char& c : name)
    if (c == '.') c = '_';
  return what.empty() ? name : name.empty() ? std::string(what) : fmt::format("{}_{}", what, name);
}

// Elements behind each array that are nobody's.
constexpr int64_t margin = 16;

// What memcheck is told, where the program is made for it: memory that nobody has written yet, and memory
// that nobody may touch.
constexpr std::string_view marks =
    "#ifdef RONDO_MEMCHECK\n#include <valgrind/memcheck.h>\n"
    "#define UNWRITTEN(place, bytes) VALGRIND_MAKE_MEM_UNDEFINED(place, bytes)\n"
    "#define FORBIDDEN(place, bytes) VALGRIND_MAKE_MEM_NOACCESS(place, bytes)\n"
    "#else\n#define UNWRITTEN(place, bytes) (void)(place)\n#define FORBIDDEN(place, bytes) (void)(place)\n"
    "#endif\n\n";

class Driver {
 public:
  explicit Driver(const DrivenCell& cell) : cell_(cell), step_(cell.recurrence.step) {
    const Tensor& first = cell.results.outputs[0];
    batch_ = first.dims()[cell.recurrence.time_major ? 1 : 0];
    time_ = first.dims()[cell.recurrence.time_major ? 0 : 1];
  }

  std::string text() {
    take_arguments();
    take_results();
    const std::string prepared = is_prepared() ? "&prepared, " : "";
    const Stream stream = stream_of(prepared);
    return fmt::format(
        "#include \"{0}.h\"\n\n{12}"
        "static {1}_ALIGNED unsigned char workspace[1 << 22];\n{2}\n"
        "static int outputs_differ(void) {{\n{9}  return 0;\n}}\n\n{10}"
        "int check_{0}(void);\n"
        "int check_{0}(void) {{\n  {0}_arrays arrays;\n{3}"
        "  if ({0}_workspace_bytes({4}) > (int64_t)sizeof workspace) return __LINE__;\n"
        "  if ({0}_workspace_bytes(1) != {1}_WORKSPACE_BYTES) return __LINE__;\n"
        "{14}"
        "  FORBIDDEN(workspace + {0}_workspace_bytes({4}), (int64_t)sizeof workspace - "
        "{0}_workspace_bytes({4}));\n"
        "  {0}_set_dense(&arrays, {4}, {5});\n{6}"
        "  if ({0}_run(&arrays, {4}, {13}, {7}workspace) != 0) return __LINE__;\n{8}"
        "  if (outputs_differ()) return outputs_differ();\n{11}"
        "  return 0;\n}}\n",
        cell_.prefix, upper(), data_, calls_, batch_, time_, strides_, prepared, checks_, output_checks_,
        stream.text, stream.call, marks, steps_to_run(), unwritten("workspace", "workspace"));
  }

 private:
  std::string unwritten(std::string_view memory, std::string_view what) const {
    if (!cell_.workspace_is_unwritten) return {};
    return fmt::format("  UNWRITTEN({}, {}_{}_bytes({}));\n", memory, cell_.prefix, what, batch_);
  }

  // Without samples a call ends at once, however many its steps.
  std::string steps_to_run() const { return batch_ > 0 ? fmt::format("{}", time_) : "INT64_MAX"; }

  std::string upper() const {
    std::string name = cell_.prefix;
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
  }

  // A function that takes the same steps through a stream in pieces of one, two, three ... steps.
  struct Stream {
    std::string text, call;
  };

  bool has_stream() const {
    const Recurrence& r = cell_.recurrence;
    return !r.go_backwards && !r.input_length && r.time.value_or(1) == 1 && r.masking != Masking::Lengths &&
           batch_ > 0;
  }

  Stream stream_of(const std::string& prepared) {
    if (!has_stream()) return {};
    std::string memory, cut, paste, names, begin, end;
    for (const Piece& piece : pieces_) {
      const std::string own = "piece_" + piece.field;
      memory += fmt::format("  static {} {}[{}];\n", piece.type, own, piece.count + margin);
      begin += fmt::format("  UNWRITTEN({0}, sizeof {0});\n", own);
      names += ", " + own;
      if (piece.is_timed && !piece.is_written)
        cut += fmt::format("    move({}, {}, at, count, {}, 1);\n", own, piece.place, piece.bytes);
      if (piece.is_timed && piece.is_written)
        paste += fmt::format("    move({}, {}, at, count, {}, 0);\n", piece.place, own, piece.bytes);
      if (!piece.is_timed) begin += copy(own, piece.place, batch_ * piece.bytes);
    }
    for (const Piece& state : states_) {
      const std::string inside = fmt::format("{}_stream_state_{}(stream)", cell_.prefix, state.field);
      if (!state.place.empty()) begin += copy(inside, state.place, batch_ * state.bytes);
      end += fmt::format(
          "  for (i = 0; i < {0}; ++i)\n    if (((unsigned char*){1})[i] != ((unsigned char*){2})[i]) "
          "return __LINE__;\n",
          batch_ * state.bytes, inside, state.result);
    }
    const std::string text = fmt::format(
        "{12}static int stream_differs(void) {{\n"
        "  static {1}_ALIGNED unsigned char memory[1 << 22], kept[1 << 16];\n{2}"
        "  {0}_stream* stream;\n"
        "  int64_t at = 0, count = 1, i;\n"
        "{14}"
        "  FORBIDDEN(memory + {0}_stream_bytes({3}), (int64_t)sizeof memory - {0}_stream_bytes({3}));\n"
        "  stream = {0}_stream_init(memory, {3});\n"
        "  if ({0}_stream_bytes({3}) > (int64_t)sizeof memory) return __LINE__;\n"
        "  if ({0}_stream_bytes(1) != {1}_STREAM_BYTES) return __LINE__;\n"
        "  {0}_stream_reset(stream, {3} - 1);\n{4}"
        "  for (; at < {5}; at += count, count = count + 1 < {5} - at ? count + 1 : {5} - at) {{\n{6}"
        "    {7}\n"
        "    if ({0}_stream_{8}{9}) != 0) return __LINE__;\n"
        "    {10}\n"
        "    if ({0}_stream_{8}{9}) != 0) return __LINE__;\n{11}"
        "  }}\n{13}  return outputs_differ();\n}}\n\n",
        cell_.prefix, upper(), memory, batch_, begin, time_, cut,
        copy("kept", "memory", fmt::format("{}_stream_state_bytes({})", cell_.prefix, batch_)),
        steps_of_stream(prepared), names,
        copy("memory", "kept", fmt::format("{}_stream_state_bytes({})", cell_.prefix, batch_)), paste,
        move_function(), end, unwritten("memory", "stream"));
    return {text, "  if (stream_differs()) return stream_differs();\n"};
  }

  // A call up to its arrays. There are no blocks where the number of steps is fixed at 1.
  std::string steps_of_stream(const std::string& prepared) const {
    if (cell_.recurrence.time) return prepared.empty() ? "step(stream" : "step(stream, &prepared";
    return fmt::format("block(stream, {}count", prepared);
  }

  template <class Bytes>
  static std::string copy(const std::string& to, const std::string& from, const Bytes& bytes) {
    return fmt::format(
        "  for (i = 0; i < {}; ++i) ((unsigned char*){})[i] = ((const unsigned char*){})[i];\n", bytes, to,
        from);
  }

  // Copies `count` steps from `at` on, out of an array of all steps or into it.
  std::string move_function() const {
    const bool time_major = cell_.recurrence.time_major;
    const std::string whole =
        time_major ? fmt::format("((at + t) * {} + b)", batch_) : fmt::format("(b * {} + at + t)", time_);
    const std::string piece = time_major ? fmt::format("(t * {} + b)", batch_) : "(b * count + t)";
    return fmt::format(
        "static void move(void* to, const void* from, int64_t at, int64_t count, int64_t bytes, int out) {{\n"
        "  int64_t b, t, i;\n"
        "  for (b = 0; b < {}; ++b)\n    for (t = 0; t < count; ++t)\n      for (i = 0; i < bytes; ++i)\n"
        "        ((unsigned char*)to)[(out ? {} : {}) * bytes + i] =\n"
        "            ((const unsigned char*)from)[(out ? {} : {}) * bytes + i];\n}}\n",
        batch_, piece, whole, whole, piece);
  }

  std::string constant(const Tensor& tensor) {
    const std::string name = fmt::format("data_{}", count_++);
    data_ += fmt::format("static const {} {}[{}] = {{\n{}}};\n", unsigned_type(tensor.dtype()), name,
                         tensor.count() + margin, bits_of(tensor));
    forbid_margin(name, tensor);
    return name;
  }

  void forbid_margin(const std::string& name, const Tensor& tensor) {
    calls_ += fmt::format("  FORBIDDEN({0} + {1}, sizeof {0} - {1} * sizeof *{0});\n", name, tensor.count());
  }

  // Returns the name of the constant that it comes from.
  std::string read(const std::string& field, const Tensor& tensor) {
    const std::string name = constant(tensor);
    calls_ += fmt::format("  arrays.{}.data = (const {}*){};\n", field, element_type(tensor.dtype()), name);
    return name;
  }

  void read_piece(const std::string& field, const Tensor& tensor, int64_t elements, bool is_timed) {
    pieces_.push_back({field, read(field, tensor), element_type(tensor.dtype()), tensor.count(),
                       elements * size_of(tensor.dtype()), is_timed, false});
  }

  void take_arguments() {
    const Arguments& a = cell_.arguments;
    for (const Leaf& leaf : step_.inputs)
      read_piece(field_name("", leaf.name), a.inputs.at(leaf.name), step_.type(leaf.node).count(), true);
    for (const Leaf& leaf : step_.constants)
      read_piece(field_name("", leaf.name), a.constants.at(leaf.name), step_.type(leaf.node).count(), false);
    for (const State& state : step_.states) {
      const std::string field = field_name("initial", state.name);
      const auto given = a.states.find(state.name);
      const Type& type = step_.type(state.node);
      states_.push_back({field_name("", state.name), "", element_type(type.dtype), 0,
                         type.count() * size_of(type.dtype), false, false});
      if (given != a.states.end()) {
        states_.back().place = read(field, given->second);
        continue;
      }
      read(field, Tensor(type.dtype, Dims{type.count()}));
      strides_ += fmt::format("  arrays.{}.batch_stride = 0;\n", field);
    }
    if (a.mask && cell_.recurrence.masking == Masking::Mask)
      read_piece("mask", normalized_mask(*a.mask), 1, true);
    for (const Output& output : step_.outputs)
      if (repeats_outputs(cell_.recurrence)) {
        const Type& type = step_.type(output.node);
        const std::string field = field_name("previous_output", output.name);
        read(field, Tensor(type.dtype, Dims{type.count()}));
        strides_ += fmt::format("  arrays.{}.batch_stride = 0;\n", field);
      }
    if (a.lengths && cell_.recurrence.masking == Masking::Lengths)
      read("lengths", a.lengths->converted(DType::I64));
    if (is_prepared()) prepare();
  }

  bool gives_weights() const { return !cell_.weights_inside && !step_.weights.empty(); }
  bool is_prepared() const { return gives_weights() || cell_.level != DrivenCell::Level::Only; }

  void prepare() {
    data_ += fmt::format("static {}_prepared prepared;\n", cell_.prefix);
    calls_ += "  UNWRITTEN(&prepared, sizeof prepared);\n";
    std::string taken;
    if (gives_weights()) calls_ += fmt::format("  {}_weights weights;\n", cell_.prefix);
    for (const Leaf& leaf : step_.weights) {
      if (!gives_weights()) break;
      const Tensor& tensor = cell_.arguments.weights.at(leaf.name);
      taken += fmt::format("  weights.{} = (const {}*){};\n", field_name("", leaf.name),
                           element_type(tensor.dtype()), constant(tensor));
    }
    const std::string given = gives_weights() ? "&weights, " : "";
    const bool at_level = cell_.level != DrivenCell::Level::Only && cell_.level != DrivenCell::Level::Chosen;
    if (cell_.level != DrivenCell::Level::Only)
      taken +=
          fmt::format("  if ({}_prepare_for(9, {}&prepared) != 1) return __LINE__;\n", cell_.prefix, given);
    taken += at_level
                 ? fmt::format("  if ({}_prepare_for({}, {}&prepared) != 0) return __LINE__;\n", cell_.prefix,
                               static_cast<int>(cell_.level), given)
                 : fmt::format("  if ({}_prepare({}&prepared) != 0) return __LINE__;\n", cell_.prefix, given);
    calls_ += taken;
  }

  // Returns the name of the array that is written.
  std::string written(const std::string& field, const Tensor& wanted, std::string& checks) {
    const std::string_view type = element_type(wanted.dtype()), bits = unsigned_type(wanted.dtype());
    const std::string place = fmt::format("result_{}", count_++), expected = constant(wanted);
    data_ += fmt::format("static {} {}[{}];\n", type, place, wanted.count() + margin);
    calls_ += fmt::format("  UNWRITTEN({0}, sizeof {0});\n", place);
    forbid_margin(place, wanted);
    calls_ += fmt::format("  arrays.{}.data = {};\n", field, place);
    // The same bits; of floats NaN both times will do: x != x.
    const std::string same =
        is_float(wanted.dtype()) ? " && !(found[i] != found[i] && wanted[i] != wanted[i])" : "";
    checks += fmt::format(
        "  {{\n    const {0} *wanted = (const {0}*){1}, *found = {2};\n    int i;\n"
        "    for (i = 0; i < {3}; ++i)\n"
        "      if (((const {4}*){2})[i] != {1}[i]{5}) return __LINE__;\n"
        "    (void)wanted, (void)found;\n  }}\n",
        type, expected, place, wanted.count(), bits, same);
    return place;
  }

  void take_results() {
    const Results& r = cell_.results;
    for (size_t i = 0; i < step_.outputs.size(); ++i) {
      const Type& type = step_.type(step_.outputs[i].node);
      const std::string field = field_name("output", step_.outputs[i].name);
      const std::string place = written(field, r.outputs[i], output_checks_);
      pieces_.push_back({field, place, element_type(type.dtype), r.outputs[i].count(),
                         type.count() * size_of(type.dtype), true, true});
      written(field_name("last_output", step_.outputs[i].name), r.last_output[i], checks_);
    }
    for (size_t i = 0; i < step_.states.size(); ++i)
      states_[i].result = written(field_name("final", step_.states[i].name), r.new_states[i], checks_);
  }

  // An array that a stream is handed, or a state of it.
  struct Piece {
    std::string field;
    std::string place;  // the array of all steps; of a state that is not given empty
    std::string_view type;
    int64_t count, bytes;  // elements of all; bytes of one sample and step
    bool is_timed, is_written;
    std::string result{};  // of a state: where a call left it
  };

  const DrivenCell& cell_;
  const StepGraph& step_;
  int64_t batch_, time_;
  int count_ = 0;
  std::string data_, calls_, strides_, checks_, output_checks_;
  std::vector<Piece> pieces_, states_;
};

}  // namespace

std::string driver_text(const DrivenCell& cell) {
  return Driver(cell).text();
}

std::string main_text(const std::vector<DrivenCell>& cells) {
  std::string declarations, calls;
  for (const DrivenCell& cell : cells) {
    declarations += fmt::format("int check_{}(void);\n", cell.prefix);
    calls += fmt::format("  printf(\"{0} %d\\n\", check_{0}());\n", cell.prefix);
  }
  return fmt::format("#include <stdio.h>\n{}int main(void) {{\n{}  return 0;\n}}\n", declarations, calls);
}

}  // namespace rondo::tests
