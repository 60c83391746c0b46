#include "frontend/engine/build_id.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <span>
#include <string_view>

// Made by the linker: the header of the program or library that this code is part of.
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace rondo::engine {

using namespace std::string_view_literals;

namespace {

// The build id among the notes of a segment; empty where there is none.
std::string id_among(std::span<const std::byte> notes) {
  const auto padded = [](size_t size) { return (size + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    const size_t name = sizeof note, value = name + padded(note.n_namesz);
    const size_t end = value + padded(note.n_descsz);
    if (end > notes.size()) break;
    const std::string_view owner(reinterpret_cast<const char*>(notes.data() + name), note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && owner == "GNU\0"sv) {
      std::string id;
      for (std::byte byte : notes.subspan(value, note.n_descsz))
        id += fmt::format("{:02x}", static_cast<unsigned>(byte));
      return id;
    }
    notes = notes.subspan(end);
  }
  return {};
}

}  // namespace

std::string build_id() {
  const auto* begin = reinterpret_cast<const std::byte*>(&__ehdr_start);
  const std::span segments(reinterpret_cast<const ElfW(Phdr)*>(begin + __ehdr_start.e_phoff),
                           __ehdr_start.e_phnum);
  // The header is what the first segment begins with, and the segments keep their distances.
  ElfW(Addr) first = 0;
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && segment.p_offset == 0) first = segment.p_vaddr;
  for (const auto& segment : segments) {
    if (segment.p_type != PT_NOTE) continue;
    std::string id = id_among({begin + (segment.p_vaddr - first), static_cast<size_t>(segment.p_memsz)});
    if (!id.empty()) return id;
  }
  return {};
}

}  // namespace rondo::engine
