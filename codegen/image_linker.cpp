#include "codegen/image_linker.h"

#include <llvm/ADT/BitmaskEnum.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>

#include <utility>

namespace rondo::codegen {

namespace {

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

namespace jitlink = llvm::jitlink;
using llvm::orc::ExecutorAddr;

llvm::Error failure(const std::string& message) {
  return llvm::make_error<jitlink::JITLinkError>(message);
}

// Lays a graph out densely in a vector, as it will lie in memory from an address on.
class ImageMemory : public jitlink::JITLinkMemoryManager {
 public:
  ImageMemory(uint64_t base, std::vector<std::byte>& bytes) : base_(base), bytes_(bytes) {}

  void allocate(const jitlink::JITLinkDylib*, jitlink::LinkGraph& graph, OnAllocatedFunction done) override {
    jitlink::BasicLayout layout(graph);
    uint64_t size = 0;
    for (auto& [group, segment] : layout.segments()) {
      if ((group.getMemProt() & llvm::orc::MemProt::Write) != llvm::orc::MemProt::None)
        return done(failure("a kernel has variables"));
      size = llvm::alignTo(size, segment.Alignment);
      segment.Addr = ExecutorAddr(base_ + size);
      size += segment.ContentSize + segment.ZeroFillSize;
    }
    bytes_.resize(size);
    for (auto& [group, segment] : layout.segments())
      segment.WorkingMem = reinterpret_cast<char*>(bytes_.data()) + (segment.Addr.getValue() - base_);
    if (llvm::Error error = layout.apply()) return done(std::move(error));
    done(std::make_unique<Filled>());
  }

  void deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction done) override {
    for (FinalizedAlloc& allocation : allocations) allocation.release();
    done(llvm::Error::success());
  }

 private:
  // There is nothing to hand over: the bytes are where they should be.
  class Filled : public InFlightAlloc {
   public:
    void abandon(OnAbandonedFunction done) override { done(llvm::Error::success()); }
    void finalize(OnFinalizedFunction done) override { done(FinalizedAlloc(ExecutorAddr(0))); }
  };

  uint64_t base_;
  std::vector<std::byte>& bytes_;
};

// One link; what comes of it is left in the image or the error.
class ImageLink : public jitlink::JITLinkContext {
 public:
  ImageLink(uint64_t base, const std::array<std::string, 4>& entries, runtime::CodeImage& image,
            llvm::Error& error)
      : JITLinkContext(nullptr),
        base_(base),
        memory_(base, image.bytes),
        entries_(entries),
        image_(image),
        error_(error) {}

  jitlink::JITLinkMemoryManager& getMemoryManager() override { return memory_; }

  void notifyFailed(llvm::Error error) override {
    error_ = llvm::joinErrors(std::move(error_), std::move(error));
  }

  void lookup(const LookupMap& symbols,
              std::unique_ptr<jitlink::JITLinkAsyncLookupContinuation> found) override {
    found->run(failure("a kernel wants something outside itself: " + symbols.begin()->first.str()));
  }

  llvm::Error notifyResolved(jitlink::LinkGraph& graph) override {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const jitlink::Symbol* symbol = find(graph, entries_[i]);
      if (!symbol) return failure("a kernel lacks the function " + entries_[i]);
      image_.entries[i] = symbol->getAddress().getValue() - base_;
    }
    return llvm::Error::success();
  }

  void notifyFinalized(jitlink::JITLinkMemoryManager::FinalizedAlloc allocation) override {
    allocation.release();
  }

  // The default passes are about what an image must not have: tables of addresses, unwind information.
  bool shouldAddDefaultTargetPasses(const llvm::Triple&) const override { return false; }

  llvm::Error modifyPassConfig(jitlink::LinkGraph&, jitlink::PassConfiguration& passes) override {
    passes.PrePrunePasses.emplace_back([this](jitlink::LinkGraph& graph) {
      for (const std::string& name : entries_)
        if (jitlink::Symbol* symbol = find(graph, name)) symbol->setLive(true);
      return llvm::Error::success();
    });
    return llvm::Error::success();
  }

 private:
  static jitlink::Symbol* find(jitlink::LinkGraph& graph, const std::string& name) {
    for (jitlink::Symbol* symbol : graph.defined_symbols())
      if (symbol->hasName() && symbol->getName() == name) return symbol;
    return nullptr;
  }

  uint64_t base_;
  ImageMemory memory_;
  const std::array<std::string, 4>& entries_;
  runtime::CodeImage& image_;
  llvm::Error& error_;
};

llvm::Expected<runtime::CodeImage> link_at(uint64_t base, llvm::MemoryBufferRef object,
                                           const std::array<std::string, 4>& entries) {
  auto graph = jitlink::createLinkGraphFromObject(object);
  if (!graph) return graph.takeError();
  runtime::CodeImage image;
  llvm::Error error = llvm::Error::success();
  jitlink::link(std::move(*graph), std::make_unique<ImageLink>(base, entries, image, error));
  if (error) return error;
  return image;
}

}  // namespace

llvm::Expected<runtime::CodeImage> link_image(llvm::MemoryBufferRef object,
                                              const std::array<std::string, 4>& entries) {
  // Linked for two places, far from each other and from all that is: a reference that is not relative, of
  // whatever kind and on whatever machine, makes a difference.
  auto here = link_at(uint64_t{1} << 32, object, entries);
  if (!here) return here.takeError();
  auto there = link_at(uint64_t{5} << 44, object, entries);
  if (!there) return there.takeError();
  if (here->bytes != there->bytes) return failure("a kernel has references that are not relative");
  return here;
}

}  // namespace rondo::codegen
