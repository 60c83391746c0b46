#include "ir/loop_interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "ir/denormals.h"
#include "ir/element.h"
#include "ir/summation.h"

namespace rondo::ir {

namespace {

// What memory holds before anyone has written it: NaN in floats, -1 in integers.
constexpr std::byte garbage{0xFF};

// Where the rows of a buffer are. An argument that is only read has `read` alone; a state that was not given
// has nothing, and is zeros.
struct Place {
  const std::byte* read = nullptr;
  std::byte* write = nullptr;
  std::byte* next = nullptr;  // of states
};

class Run {
 public:
  Run(const LoopProgram& program, const Recurrence& recurrence, const Arguments& arguments, Extents extents,
      Results& results)
      : p_(program), r_(recurrence), arguments_(arguments), extents_(extents), results_(results) {
    if (p_.masking == Masking::Mask) mask_ = normalized_mask(*arguments.mask);
    steps_ = p_.input_length ? std::min(*p_.input_length, extents.time) : extents.time;
    block_ = p_.time_block > 0 ? std::min(p_.time_block, steps_) : steps_;
    fill_with_garbage(results_.last_output);
    fill_with_garbage(results_.outputs);
    fill_with_garbage(results_.new_states);
    for (const Buffer& buffer : p_.buffers) places_.push_back(place_of(buffer));
  }

  void run() {
    run_phase(p_.prepare);
    run_phase(p_.setup);
    run_phase(p_.once);
    for (int64_t start = 0; start < steps_; start += block_)
      run_block(start, std::min(block_, steps_ - start));
    for (t_ = steps_; t_ < extents_.time; ++t_) run_phase(p_.tail);
    t_ = extents_.time;
    run_phase(p_.finish);
  }

 private:
  // A caller's results are as he has them: what the program does not write must not pass for zeros.
  static void fill_with_garbage(std::vector<Tensor>& tensors) {
    for (Tensor& tensor : tensors) std::fill_n(tensor.bytes(), tensor.byte_count(), garbage);
  }

  template <class List>
  static size_t find(const List& list, const std::string& name) {
    for (size_t i = 0; i < list.size(); ++i)
      if (list[i].name == name) return i;
    RONDO_CHECK(false, fmt::format("the recurrence has no '{}'", name));
  }

  // `leading`: how many axes stand before those of one row.
  static void check_fit(const Buffer& buffer, const Tensor& tensor, size_t leading) {
    const Dims features(tensor.dims().begin() + static_cast<std::ptrdiff_t>(leading), tensor.dims().end());
    RONDO_CHECK(tensor.dtype() == buffer.dtype && element_count(features) == buffer.elements,
                fmt::format("{} '{}' of the program is not that of the recurrence", name_of(buffer.kind),
                            buffer.name));
  }

  static Place argument(const Buffer& buffer, const std::map<std::string, Tensor>& tensors, size_t leading) {
    const auto found = tensors.find(buffer.name);
    if (found == tensors.end()) {
      RONDO_CHECK(buffer.kind == BufferKind::InitialState,
                  fmt::format("the recurrence has no '{}'", buffer.name));
      return {};
    }
    check_fit(buffer, found->second, leading);
    return {found->second.bytes(), nullptr, nullptr};
  }

  static Place result(const Buffer& buffer, Tensor& tensor, size_t leading) {
    check_fit(buffer, tensor, leading);
    return {tensor.bytes(), tensor.bytes(), nullptr};
  }

  Place place_of(const Buffer& buffer) {
    switch (buffer.kind) {
      case BufferKind::Input:
        return argument(buffer, arguments_.inputs, 2);
      case BufferKind::Constant:
        return argument(buffer, arguments_.constants, 1);
      case BufferKind::Weight:
        return argument(buffer, arguments_.weights, 0);
      case BufferKind::InitialState:
        return argument(buffer, arguments_.states, 1);
      case BufferKind::Mask:
      case BufferKind::Lengths:
        return {};  // Keep reads the tensors themselves
      case BufferKind::PreviousOutput:
        return {};  // a whole recurrence begins with zeros
      case BufferKind::Output:
        return result(buffer, results_.outputs[find(r_.step.outputs, buffer.name)], 2);
      case BufferKind::LastOutput:
        return result(buffer, results_.last_output[find(r_.step.outputs, buffer.name)], 1);
      case BufferKind::FinalState:
        return result(buffer, results_.new_states[find(r_.step.states, buffer.name)], 1);
      case BufferKind::State: {
        std::byte* current = allocate(buffer);
        return {current, current, buffer.in_place ? current : allocate(buffer)};
      }
      case BufferKind::Temporary: {
        std::byte* memory = buffer.slot < 0 ? allocate(buffer) : shared(buffer.slot);
        return {memory, memory, nullptr};
      }
    }
    __builtin_unreachable();
  }

  static int64_t row_stride(const Buffer& buffer) {
    return buffer.row_stride ? buffer.row_stride : buffer.elements;
  }

  size_t byte_count(const Buffer& buffer) const {
    int64_t rows = 1;
    if (buffer.rows == Rows::Samples) rows = extents_.batch;
    if (buffer.rows == Rows::Steps) rows = extents_.batch * block_;
    return static_cast<size_t>(rows * row_stride(buffer) * size_of(buffer.dtype));
  }

  std::byte* allocate(const Buffer& buffer) {
    return workspace_.emplace_back(byte_count(buffer), garbage).data();
  }

  // The memory of a slot holds the largest of the buffers that share it.
  std::byte* shared(int slot) {
    const auto found = slots_.find(slot);
    if (found != slots_.end()) return found->second;
    size_t bytes = 0;
    for (const Buffer& buffer : p_.buffers)
      if (buffer.slot == slot) bytes = std::max(bytes, byte_count(buffer));
    return slots_[slot] = workspace_.emplace_back(bytes, garbage).data();
  }

  void run_block(int64_t start, int64_t count) {
    run_block_phase(p_.before, start, count);
    for (step_ = 0; step_ < count; ++step_) {
      t_ = start + step_;
      run_phase(p_.step);
      exchange_states();
    }
    run_block_phase(p_.after, start, count);
  }

  void run_block_phase(const std::vector<Nest>& nests, int64_t start, int64_t count) {
    for (const Nest& nest : nests) {
      const bool each_step = nest.rows == Rows::Steps;
      for (step_ = 0; step_ < (each_step ? count : 1); ++step_) {
        t_ = start + step_;
        run_nest(nest);
      }
    }
  }

  void run_phase(const std::vector<Nest>& nests) {
    for (const Nest& nest : nests) run_nest(nest);
  }

  // At the current step, for all samples, or once where there is a single row.
  void run_nest(const Nest& nest) {
    for (sample_ = 0; sample_ < (nest.rows == Rows::One ? 1 : extents_.batch); ++sample_)
      for (const Stage& stage : nest.stages) run_stage(stage);
  }

  void exchange_states() {
    for (size_t i = 0; i < places_.size(); ++i) {
      if (p_.buffers[i].kind != BufferKind::State) continue;
      std::swap(places_[i].write, places_[i].next);
      places_[i].read = places_[i].write;
    }
  }

  // Columns in row-major order; each is loaded, computed and stored before the next.
  void run_stage(const Stage& stage) {
    values_.assign(stage.body.size(), Element());
    index_.assign(stage.extents.size(), 0);
    for (int64_t i = 0, count = element_count(stage.extents); i < count; ++i) {
      for (size_t position = 0; position < stage.body.size(); ++position)
        values_[position] = execute(stage.body[position]);
      for (size_t axis = index_.size(); axis-- > 0;) {
        if (++index_[axis] < stage.extents[axis]) break;
        index_[axis] = 0;
      }
    }
  }

  Element execute(const Instruction& i) {
    switch (i.opcode) {
      case Opcode::Literal:
        return Element::of(i.literal, i.dtype);
      case Opcode::Load:
        return load(i.access, i.operands.empty() ? 0 : clamped_index(i));
      case Opcode::Compute: {
        std::vector<Element> operands;
        for (int operand : i.operands) operands.push_back(value(operand));
        return evaluate(i.op, i.dtype, operands);
      }
      case Opcode::Contract:
        return contract(i);
      case Opcode::Reduce:
        return reduce(i);
      case Opcode::Keep:
        return Element(keeps());
      case Opcode::Store:
        store(i);
        return {};
    }
    __builtin_unreachable();
  }

  const Element& value(int operand) const { return values_[static_cast<size_t>(operand)]; }

  int64_t clamped_index(const Instruction& i) const {
    const Element& index = value(i.operands[0]);
    return std::clamp<int64_t>(index.dtype == DType::I32 ? index.i32 : index.i64, 0, i.k - 1);
  }

  static Element zero(DType dtype) { return Element::of({0.0}, dtype); }

  static Element add(const Element& a, const Element& b) {
    return evaluate(Op::Add, a.dtype, std::array{a, b});
  }

  Element contract(const Instruction& i) const {
    const int64_t size = contraction_block_size(i.k);
    std::array<Element, 2> blocks;
    blocks.fill(zero(i.dtype));
    for (int64_t k = 0; k < i.k; ++k) {
      Element& block = blocks[static_cast<size_t>(k / size)];
      block = fused_multiply_add(load(i.access, k), load(i.rhs, k), block);
    }
    if (contraction_blocks(i.k) == 1) return blocks[0];
    return add(blocks[0], blocks[1]);
  }

  Element reduce(const Instruction& i) const {
    if (i.k == 0) return reduction_of_nothing(i.op, i.dtype);
    std::array<Element, reduction_lanes> lanes;
    lanes.fill(neutral_element(i.op, i.dtype));
    const auto join = [&i](Element& into, const Element& other) {
      into = evaluate(joining_op(i.op), i.dtype, std::array{into, other});
    };
    for (int64_t k = 0; k < i.k; ++k)
      join(lanes[static_cast<size_t>(k % reduction_lanes)], load(i.access, k));
    for (size_t half = lanes.size() / 2; half > 0; half /= 2)
      for (size_t lane = 0; lane < half; ++lane) join(lanes[lane], lanes[lane + half]);
    return lanes[0];
  }

  // The index into the time axis of what the caller gave.
  int64_t original_time() const { return p_.go_backwards ? extents_.time - 1 - t_ : t_; }

  bool keeps() const {
    const int64_t t = original_time();
    if (p_.masking == Masking::Mask) return mask_.at(row_of_call(t)) != 0;
    if (p_.masking == Masking::Lengths) return t < static_cast<int64_t>(arguments_.lengths->at(sample_));
    return true;
  }

  // Row of the current sample at time t in an array with batch and time as leading axes.
  int64_t row_of_call(int64_t t) const {
    return r_.time_major ? t * extents_.batch + sample_ : sample_ * extents_.time + t;
  }

  // Element where the current row begins.
  int64_t row_begin(const Buffer& buffer, Time time) const {
    switch (buffer.kind) {
      case BufferKind::Input:
        return row_of_call(original_time()) * buffer.elements;
      case BufferKind::Output:
        return row_of_call(time == Time::Previous ? t_ - 1 : t_) * buffer.elements;
      case BufferKind::Constant:
      case BufferKind::InitialState:
      case BufferKind::PreviousOutput:
      case BufferKind::LastOutput:
      case BufferKind::FinalState:
        return sample_ * buffer.elements;
      case BufferKind::State:
      case BufferKind::Temporary:
        if (buffer.rows == Rows::One) return 0;
        return (buffer.rows == Rows::Steps ? step_ * extents_.batch + sample_ : sample_) * row_stride(buffer);
      case BufferKind::Weight:
      case BufferKind::Mask:
      case BufferKind::Lengths:
        return 0;
    }
    __builtin_unreachable();
  }

  // Bytes from the begin of the buffer to the element.
  int64_t byte_offset(const Access& access, int64_t k) const {
    const Buffer& buffer = p_[access.buffer];
    int64_t element = access.offset + access.k_stride * k;
    for (size_t axis = 0; axis < index_.size(); ++axis) element += access.strides[axis] * index_[axis];
    return (row_begin(buffer, access.time) + element) * size_of(buffer.dtype);
  }

  const Place& place(const Access& access) const { return places_[static_cast<size_t>(access.buffer.index)]; }

  Element load(const Access& access, int64_t k) const {
    const DType dtype = p_[access.buffer].dtype;
    const std::byte* from = access.time == Time::Next ? place(access).next : place(access).read;
    const bool before_the_first = access.time == Time::Previous && t_ == 0;
    if (!from || before_the_first) return zero(dtype);
    return Element::load(dtype, from + byte_offset(access, k));
  }

  void store(const Instruction& i) {
    const Access& access = i.access;
    Element element = value(i.operands[0]);
    if (i.guard != Guard::None && !keeps()) {
      Access held = access;
      held.time = p_[access.buffer].kind == BufferKind::State ? Time::Current : Time::Previous;
      element = i.guard == Guard::Hold ? load(held, 0) : zero(element.dtype);
    }
    std::byte* to = access.time == Time::Next ? place(access).next : place(access).write;
    element.store(to + byte_offset(access, 0));
  }

  const LoopProgram& p_;
  const Recurrence& r_;
  const Arguments& arguments_;
  Extents extents_;
  Results& results_;
  Tensor mask_;
  int64_t steps_ = 0, block_ = 0;

  std::vector<std::vector<std::byte>> workspace_;
  std::map<int, std::byte*> slots_;
  std::vector<Place> places_;  // by buffer

  int64_t t_ = 0, step_ = 0, sample_ = 0;  // time of the call, step of the block, sample
  Dims index_;                             // of the columns
  std::vector<Element> values_;            // of the stage's body
};

}  // namespace

std::optional<Results> interpret(const LoopProgram& program, const Recurrence& recurrence,
                                 const Arguments& arguments, Diagnostics& diagnostics) {
  if (!validate(recurrence, diagnostics)) return std::nullopt;
  const std::string problem = verify(program);
  RONDO_CHECK(problem.empty(), "a loop program that is not valid: " + problem);
  // A pass may find that nothing is masked, but not that something is.
  RONDO_CHECK(program.masking == Masking::None || program.masking == recurrence.masking,
              "the loop program masks otherwise than the recurrence");
  const std::optional<Extents> extents = check_arguments(recurrence, arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Results> results = allocate_results(recurrence, *extents, diagnostics);
  const FlushDenormals flush(program.flush_denormals);
  if (results) Run(program, recurrence, arguments, *extents, *results).run();
  return results;
}

}  // namespace rondo::ir
