// One register tile of a stage: a few rows times a few vectors of columns, all of the stage's body at once.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "codegen/compute_emitter.h"
#include "codegen/panel_layout.h"
#include "ir/loop_program.h"

namespace rondo::codegen {

/// What lies along the lanes of a vector.
enum class VectorAxis { Columns, Samples };

/// Makes code that walks a range: `body` is called once, with the index.
using LoopBody = std::function<void(llvm::Value* index)>;
void emit_loop(llvm::IRBuilder<>& b, llvm::Value* begin, llvm::Value* end, int64_t step,
               const llvm::Twine& name, const LoopBody& body);
void emit_loop(llvm::IRBuilder<>& b, llvm::Value* begin, llvm::Value* end, llvm::Value* step,
               const llvm::Twine& name, const LoopBody& body);

/// Memory of one row of a buffer. Element e of the row stands `e * element_stride` elements behind `data`;
/// across samples (vectors along samples), lane l stands `l * lane_stride` elements further.
struct RowMemory {
  llvm::Value* data = nullptr;
  llvm::Value* element_stride = nullptr;  ///< null: 1
  llvm::Value* lane_stride = nullptr;     ///< null: all lanes read one element
  bool lanes_are_adjacent = false;        ///< lane_stride is 1
  bool same_for_all_rows = false;
  bool at_fixed_distance = false;  ///< `data` is some bytes behind an address that others share
};

/// The rows of a tile, as the emitter of the kernel sees them.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Memory of row `row` of the tile.
  virtual RowMemory memory(const ir::Access& access, int row) = 0;
  /// Whether row `row` keeps the step: one boolean, or one a lane across samples.
  virtual llvm::Value* keep(int row) = 0;
  /// Whether all rows keep the step, or none does, where that is known ahead.
  virtual std::optional<bool> known_keep() const { return std::nullopt; }
  /// Whether there is no step before the one of row `row`.
  virtual llvm::Value* is_first_step(int row) = 0;
};

/// Packed weights of a stage, for tiles that sum them themselves.
struct PackedWeights {
  PanelLayout layout;
  llvm::Value* memory = nullptr;
};

/// Emits the body of a stage for `rows` rows and `vectors` vectors at column `column` of the last axis.
class TileEmitter {
 public:
  struct Shape {
    VectorAxis axis = VectorAxis::Columns;
    int lanes = 1;
    int rows = 1;
    int vectors = 1;
    int active_in_last = 1;  ///< lanes of the last vector that are columns of the stage (Columns)
  };

  TileEmitter(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const ir::Stage& stage, Shape shape,
              Numerics numerics, RowSource& rows)
      : b_(builder), program_(program), stage_(stage), shape_(shape), numerics_(numerics), rows_(rows) {}

  /// Vectors that are the same in all tiles, by the instruction that would load them.
  using Known = std::map<size_t, llvm::Value*>;
  void take(const Known& known) { known_ = known; }
  /// From here on contractions read these instead of the weights as they are; they outlive the emitter.
  void take(const PackedWeights* packed) { packed_ = packed; }

  /// All of the body. `indices`: one value for each axis of the stage, the last being the first column of the
  /// tile.
  void emit(const std::vector<llvm::Value*>& indices);

  /// The contractions of the body alone, in the order of the body: for each, a vector for each row and vector
  /// of the tile.
  std::vector<std::vector<llvm::Value*>> emit_sums(const std::vector<llvm::Value*>& indices);
  /// All of the body, where the contractions have been summed before. `columns`: the first of each row, which
  /// has one vector then (the last of `indices` is of no account); none: that of `indices`, for all. `sums`:
  /// in the order of the body, for each row and vector; null where rows that do not keep the step need none.
  void emit_with_sums(const std::vector<llvm::Value*>& indices, const std::vector<llvm::Value*>& columns,
                      const std::vector<llvm::Value*>& sums);

 private:
  // The values of one instruction in the tile: for each row and each vector, or fewer where they are all the
  // same. `scalar` values stand for all lanes.
  struct Values {
    std::vector<llvm::Value*> at;
    bool per_row = false, per_vector = false, scalar = false;
  };

  void begin(const std::vector<llvm::Value*>& indices);
  void find_needed();
  int taken_arm(const ir::Instruction& instruction) const;
  void emit_instruction(size_t index);
  void emit_load(const ir::Instruction& instruction, Values& values);
  void emit_compute(const ir::Instruction& instruction, Values& values);
  void emit_store(const ir::Instruction& instruction);
  void emit_contractions(size_t contraction);
  void emit_reduction(const ir::Instruction& instruction, Values& values);

  llvm::Value* get(int instruction, int row, int vector, bool as_vector) const;
  Values shaped(bool per_row, bool per_vector, bool scalar) const;
  // Asks `make` for each value that there is: of the row and vector, or of the first of those that are the
  // same.
  template <class Make>
  void fill(Values& values, Make&& make) {
    for (int row = 0; row < (values.per_row ? shape_.rows : 1); ++row)
      for (int vector = 0; vector < (values.per_vector ? shape_.vectors : 1); ++vector)
        values.at[static_cast<size_t>(position(values, row, vector))] = make(row, vector);
  }
  int position(const Values& values, int row, int vector) const;

  // Index of the element of `access` at vector `vector` of a row, less what the lanes add.
  llvm::Value* element_index(const ir::Access& access, int row, int vector, llvm::Value* k) const;
  // Whether all rows read the same elements through `access`.
  bool is_shared(const ir::Access& access);
  bool varies_along_columns(const ir::Access& access) const;
  int active_lanes(int vector) const;
  // Address of the element of `access` that the first lane of the vector reads, at k = 0; and what stands
  // there.
  llvm::Value* base_address(const ir::Access& access, ir::DType dtype, int row, int vector);
  llvm::Value* load_at(llvm::Value* first, const ir::Access& access, ir::DType dtype, int row, int vector,
                       bool as_vector);
  llvm::Value* load_lanes(llvm::Type* element, const RowMemory& memory, llvm::Value* first,
                          int64_t column_stride, int active);
  llvm::Value* lane_stride(const RowMemory& memory, int64_t column_stride) const;
  bool has_room(const ir::Access& access, int active, bool is_written) const;
  llvm::Value* widened(llvm::Value* part, int active) const;
  void store_lanes(llvm::Value* value, llvm::Value* first, llvm::Type* element, int active);
  llvm::Constant* lane_mask(int active) const;
  llvm::Value* load_gathered(const ir::Instruction& instruction, int row, int vector);
  llvm::Value* address(const RowMemory& memory, llvm::Type* element, llvm::Value* index) const;
  llvm::Value* to_register(llvm::Value* in_memory, ir::DType dtype) const;
  const RowMemory& row_memory(const ir::Access& access, int row);

  // A contraction in flight: its accumulators by row and vector.
  struct Accumulators {
    int instruction;
    std::vector<llvm::Value*> sums;
  };
  // What the terms of a sum are read from: one stream for each access, row and vector, those that are the
  // same but once.
  struct Stream {
    ir::Access access;
    ir::DType dtype;
    int row, vector;
    bool is_packed;
    llvm::Value* first = nullptr;       // where its first term is
    llvm::Value* term_bytes = nullptr;  // from one term to the next
  };
  size_t left_of(std::vector<Stream>& streams, size_t contraction, int row, int vector);
  size_t right_of(std::vector<Stream>& streams, size_t contraction, int row, int vector);
  static std::optional<size_t> find(const std::vector<Stream>& streams, const Stream& wanted);
  size_t unpacked_stream(std::vector<Stream>& streams, const ir::Access& access, ir::DType dtype, int row,
                         int vector);
  llvm::Value* first_packed(size_t contraction, int vector) const;
  llvm::Value* at_term(const Stream& stream, llvm::Value* first, int64_t term) const;
  llvm::Value* load_term(const Stream& stream, llvm::Value* at);
  void sum_block(std::vector<std::vector<Accumulators>>& blocks, const std::vector<int64_t>& begins,
                 int64_t count);
  llvm::Value* reduce_columns(const ir::Instruction& instruction, int row, int vector);
  llvm::Value* reduce_samples(const ir::Instruction& instruction, int row);
  llvm::Value* join(const ir::Instruction& instruction, int lanes, llvm::Value* a, llvm::Value* b) const;

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const ir::Stage& stage_;
  Shape shape_;
  Numerics numerics_;
  RowSource& rows_;
  std::vector<llvm::Value*> indices_;
  std::vector<llvm::Value*> columns_;  // the first of each row; empty: the last of `indices_`, of all
  std::vector<Values> values_;
  Known known_;
  const PackedWeights* packed_ = nullptr;
  std::vector<bool> needed_;  // by instruction: whether a store that matters comes of it
  std::map<std::pair<std::pair<ir::BufferId, ir::Time>, int>, RowMemory> memory_;
};

}  // namespace rondo::codegen
