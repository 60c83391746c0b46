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
    const std::string prepared = cell_.weights_inside || step_.weights.empty() ? "" : "&prepared, ";
    return fmt::format(
        "#include \"{0}.h\"\n\n"
        "static {1}_ALIGNED unsigned char workspace[1 << 22];\n{2}\n"
        "int check_{0}(void);\n"
        "int check_{0}(void) {{\n  {0}_arrays arrays;\n{3}"
        "  if ({0}_workspace_bytes({4}) > (int64_t)sizeof workspace) return __LINE__;\n"
        "  if ({0}_workspace_bytes(1) != {1}_WORKSPACE_BYTES) return __LINE__;\n"
        "  {0}_set_dense(&arrays, {4}, {5});\n{6}"
        "  if ({0}_run(&arrays, {4}, {5}, {7}workspace) != 0) return __LINE__;\n{8}"
        "  return 0;\n}}\n",
        cell_.prefix, upper(), data_, calls_, batch_, time_, strides_, prepared, checks_);
  }

 private:
  std::string upper() const {
    std::string name = cell_.prefix;
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
  }

  std::string constant(const Tensor& tensor) {
    const std::string name = fmt::format("data_{}", count_++);
    data_ += fmt::format("static const {} {}[] = {{\n{}}};\n", unsigned_type(tensor.dtype()), name,
                         bits_of(tensor));
    return name;
  }

  void read(const std::string& field, const Tensor& tensor) {
    calls_ += fmt::format("  arrays.{}.data = (const {}*){};\n", field, element_type(tensor.dtype()),
                          constant(tensor));
  }

  void take_arguments() {
    const Arguments& a = cell_.arguments;
    for (const Leaf& leaf : step_.inputs) read(field_name("", leaf.name), a.inputs.at(leaf.name));
    for (const Leaf& leaf : step_.constants) read(field_name("", leaf.name), a.constants.at(leaf.name));
    for (const State& state : step_.states) {
      const std::string field = field_name("initial", state.name);
      const auto given = a.states.find(state.name);
      if (given != a.states.end()) {
        read(field, given->second);
        continue;
      }
      const Type& type = step_.type(state.node);
      read(field, Tensor(type.dtype, Dims{type.count()}));
      strides_ += fmt::format("  arrays.{}.batch_stride = 0;\n", field);
    }
    if (a.mask && cell_.recurrence.masking == Masking::Mask) read("mask", normalized_mask(*a.mask));
    for (const Output& output : step_.outputs)
      if (repeats_outputs(cell_.recurrence)) {
        const Type& type = step_.type(output.node);
        const std::string field = field_name("previous_output", output.name);
        read(field, Tensor(type.dtype, Dims{type.count()}));
        strides_ += fmt::format("  arrays.{}.batch_stride = 0;\n", field);
      }
    if (a.lengths && cell_.recurrence.masking == Masking::Lengths)
      read("lengths", a.lengths->converted(DType::I64));
    if (cell_.weights_inside || step_.weights.empty()) return;
    data_ += fmt::format("static {}_prepared prepared;\n", cell_.prefix);
    calls_ += fmt::format("  {}_weights weights;\n", cell_.prefix);
    std::string taken;
    for (const Leaf& leaf : step_.weights) {
      const Tensor& tensor = a.weights.at(leaf.name);
      taken += fmt::format("  weights.{} = (const {}*){};\n", field_name("", leaf.name),
                           element_type(tensor.dtype()), constant(tensor));
    }
    calls_ += taken + fmt::format("  {}_prepare(&weights, &prepared);\n", cell_.prefix);
  }

  void written(const std::string& field, const Tensor& wanted) {
    const std::string_view type = element_type(wanted.dtype()), bits = unsigned_type(wanted.dtype());
    const int64_t count = std::max<int64_t>(wanted.count(), 1);
    const std::string place = fmt::format("result_{}", count_++), expected = constant(wanted);
    data_ += fmt::format("static {} {}[{}];\n", type, place, count);
    calls_ += fmt::format("  arrays.{}.data = {};\n", field, place);
    // The same bits; of floats NaN both times will do: x != x.
    const std::string same =
        is_float(wanted.dtype()) ? " && !(found[i] != found[i] && wanted[i] != wanted[i])" : "";
    checks_ += fmt::format(
        "  {{\n    const {0} *wanted = (const {0}*){1}, *found = {2};\n    int i;\n"
        "    for (i = 0; i < {3}; ++i)\n"
        "      if (((const {4}*){2})[i] != {1}[i]{5}) return __LINE__;\n"
        "    (void)wanted, (void)found;\n  }}\n",
        type, expected, place, wanted.count(), bits, same);
  }

  void take_results() {
    const Results& r = cell_.results;
    for (size_t i = 0; i < step_.outputs.size(); ++i) {
      written(field_name("output", step_.outputs[i].name), r.outputs[i]);
      written(field_name("last_output", step_.outputs[i].name), r.last_output[i]);
    }
    for (size_t i = 0; i < step_.states.size(); ++i)
      written(field_name("final", step_.states[i].name), r.new_states[i]);
  }

  const DrivenCell& cell_;
  const StepGraph& step_;
  int64_t batch_, time_;
  int count_ = 0;
  std::string data_, calls_, strides_, checks_;
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
