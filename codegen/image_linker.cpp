#include "codegen/image_linker.h"

#include <llvm/ADT/BitmaskEnum.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>

#include <algorithm>
#include <utility>

namespace rondo::codegen {

namespace {

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

namespace jitlink = llvm::jitlink;
using llvm::orc::ExecutorAddr;

llvm::Error failure(const std::string& message) {
  return llvm::make_error<jitlink::JITLinkError>(message);
}

// Lays a graph out densely in a vector, behind what it has already, as it will lie in memory from an address
// on.
class ImageMemory : public jitlink::JITLinkMemoryManager {
 public:
  ImageMemory(uint64_t base, std::vector<std::byte>& bytes) : base_(base), bytes_(bytes) {}

  void allocate(const jitlink::JITLinkDylib*, jitlink::LinkGraph& graph, OnAllocatedFunction done) override {
    jitlink::BasicLayout layout(graph);
    uint64_t size = bytes_.size();
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

// Where functions of other images begin, one image behind the other.
class Outside {
 public:
  Outside(uint64_t base, std::span<const LinkedFunction> functions) {
    for (const LinkedFunction& function : functions) {
      const std::vector<std::byte>& code = function.image->bytes;
      bytes_.resize(llvm::alignTo(bytes_.size(), function.image->alignment));
      addresses_[function.name] = ExecutorAddr(base + bytes_.size() + function.image->entries[0]);
      bytes_.insert(bytes_.end(), code.begin(), code.end());
    }
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }

  llvm::Expected<jitlink::AsyncLookupResult> find(const jitlink::JITLinkContext::LookupMap& names) const {
    jitlink::AsyncLookupResult result;
    for (const auto& [name, flags] : names) {
      const auto found = addresses_.find(name);
      if (found == addresses_.end()) return failure("a kernel wants something outside itself: " + name.str());
      result[name] = {found->second, llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    }
    return result;
  }

 private:
  std::vector<std::byte> bytes_;
  llvm::StringMap<ExecutorAddr> addresses_;
};

// One link; what comes of it is left in the image or the error.
class ImageLink : public jitlink::JITLinkContext {
 public:
  ImageLink(uint64_t base, std::span<const std::string> entries, const Outside& outside, LinkedImage& image,
            llvm::Error& error)
      : JITLinkContext(nullptr),
        base_(base),
        memory_(base, image.bytes),
        entries_(entries),
        outside_(outside),
        image_(image),
        error_(error) {}

  jitlink::JITLinkMemoryManager& getMemoryManager() override { return memory_; }

  void notifyFailed(llvm::Error error) override {
    error_ = llvm::joinErrors(std::move(error_), std::move(error));
  }

  void lookup(const LookupMap& symbols,
              std::unique_ptr<jitlink::JITLinkAsyncLookupContinuation> found) override {
    found->run(outside_.find(symbols));
  }

  llvm::Error notifyResolved(jitlink::LinkGraph& graph) override {
    for (const std::string& entry : entries_) {
      const jitlink::Symbol* symbol = find(graph, entry);
      if (!symbol) return failure("a kernel lacks the function " + entry);
      image_.entries.push_back(symbol->getAddress().getValue() - base_);
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
  std::span<const std::string> entries_;
  const Outside& outside_;
  LinkedImage& image_;
  llvm::Error& error_;
};

llvm::Expected<LinkedImage> link_at(uint64_t base, llvm::MemoryBufferRef object,
                                    std::span<const std::string> entries,
                                    std::span<const LinkedFunction> functions) {
  auto graph = jitlink::createLinkGraphFromObject(object);
  if (!graph) return graph.takeError();
  const Outside outside(base, functions);
  LinkedImage image{outside.bytes(), {}, 0};
  llvm::Error error = llvm::Error::success();
  jitlink::link(std::move(*graph), std::make_unique<ImageLink>(base, entries, outside, image, error));
  if (error) return error;
  return image;
}

}  // namespace

llvm::Expected<LinkedImage> link_image(llvm::MemoryBufferRef object, std::span<const std::string> entries,
                                       std::span<const LinkedFunction> functions) {
  // Linked for places far from each other and from all that is: a reference that is not relative, of whatever
  // kind and on whatever machine, makes a difference. And for one a line of cache further, where a reference
  // does that counts in pages.
  constexpr uint64_t line_of_cache = 64, page = 4096, near = uint64_t{1} << 32, far = uint64_t{5} << 44;
  auto here = link_at(near, object, entries, functions);
  if (!here) return here.takeError();
  auto there = link_at(far, object, entries, functions);
  if (!there) return there.takeError();
  if (here->bytes != there->bytes) return failure("a kernel has references that are not relative");
  auto beside = link_at(near + line_of_cache, object, entries, functions);
  if (!beside) return beside.takeError();
  here->alignment = here->bytes == beside->bytes ? line_of_cache : page;
  return here;
}

llvm::Expected<LinkedImage> link_part(Part part, llvm::MemoryBufferRef object, const std::string& name,
                                      std::span<const LinkedFunction> functions) {
  std::vector<std::string> entries;
  if (part != Part::Ahead) entries.push_back(name);
  if (part != Part::Kernel)
    for (const char* ahead : {"_workspace", "_prepare", "_prepared_size"}) entries.push_back(name + ahead);
  return link_image(object, entries, functions);
}

llvm::Expected<runtime::CodeImage> link_kernel(llvm::MemoryBufferRef object, const std::string& name) {
  auto linked = link_part(Part::Whole, object, name, {});
  if (!linked) return linked.takeError();
  return joined(std::move(*linked), {});
}

runtime::CodeImage joined(LinkedImage kernel, const LinkedImage& ahead) {
  std::vector<std::byte>& bytes = kernel.bytes;
  if (!ahead.bytes.empty()) bytes.resize(llvm::alignTo(bytes.size(), ahead.alignment));
  for (uint64_t entry : ahead.entries) kernel.entries.push_back(bytes.size() + entry);
  bytes.insert(bytes.end(), ahead.bytes.begin(), ahead.bytes.end());
  runtime::CodeImage image{std::move(bytes), {}};
  std::copy(kernel.entries.begin(), kernel.entries.end(), image.entries.begin());
  return image;
}

}  // namespace rondo::codegen
