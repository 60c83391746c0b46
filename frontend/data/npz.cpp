#include "frontend/data/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <array>
#include <cstring>
#include <memory>
#include <tuple>
#include <vector>

#include "frontend/data/file_kind.h"
#include "frontend/data/npy.h"
#include "frontend/data/pending_file.h"

namespace rondo::data {

namespace {

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;
using Arrays = std::map<std::string, ir::Tensor>;

std::string message_of(int zip_error_code) {
  zip_error_t error;
  zip_error_init_with_code(&error, zip_error_code);
  std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  return message;
}

class EntrySource final : public ByteSource {
 public:
  EntrySource(std::string name, uint64_t size, Entry entry)
      : ByteSource(std::move(name), size), entry_(std::move(entry)) {}

  // Nothing is left and the checksum is right; zip compares it when it is asked to read beyond the end.
  bool ends_well(ir::Diagnostics& diagnostics) {
    std::byte beyond;
    const zip_int64_t got = zip_fread(entry_.get(), &beyond, 1);
    if (got == 0) return true;
    diagnostics.error(fmt::format("{}: {}; the archive is damaged", name(),
                                  got > 0 ? "it unpacks to more than the archive says"
                                          : zip_error_strerror(zip_file_get_error(entry_.get()))));
    return false;
  }

 protected:
  size_t read_some(std::span<std::byte> out) override {
    size_t done = 0;
    while (done < out.size()) {
      const zip_int64_t got = zip_fread(entry_.get(), out.data() + done, out.size() - done);
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  Entry entry_;
};

class NpzReader {
 public:
  NpzReader(std::string path, uint64_t file_size, zip_t* archive, ir::Diagnostics& diagnostics)
      : path_(std::move(path)), compressed_left_(file_size), archive_(archive), diagnostics_(diagnostics) {}

  std::optional<Arrays> read() {
    Arrays arrays;
    bool good = true;
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    for (zip_int64_t index = 0; index < count; ++index)
      good = read_entry(static_cast<zip_uint64_t>(index), arrays) && good;
    if (!good) return std::nullopt;
    return arrays;
  }

 private:
  bool fail(const std::string& message) {
    diagnostics_.error(message);
    return false;
  }

  bool read_entry(zip_uint64_t index, Arrays& arrays) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive_, index, 0, &status) != 0 || (status.valid & needed) != needed)
      return fail(fmt::format("{}: entry {} cannot be read; the archive is damaged", path_, index));
    std::string name = status.name;
    if (name.ends_with('/')) return true;  // a folder
    if (has_extension(name, ".npy") || name == ".npy") name.resize(name.size() - 4);
    const std::string label = fmt::format("{}: array '{}'", path_, printable(name));
    if (arrays.contains(name))
      return fail(fmt::format("{} stands in the archive twice; expected each name once", label));
    if (!is_plausible(status, label)) return false;

    Entry file(zip_fopen_index(archive_, index, 0));
    if (!file)
      return fail(fmt::format("{} cannot be read: {}", label, zip_error_strerror(zip_get_error(archive_))));
    EntrySource source(label, status.size, std::move(file));
    std::optional<ir::Tensor> tensor = read_npy(source, memory_left_, diagnostics_);
    if (!tensor || !source.ends_well(diagnostics_)) return false;
    arrays.emplace(std::move(name), std::move(*tensor));
    return true;
  }

  // Holds what the archive says against what is possible, before anything is allocated for it.
  bool is_plausible(const zip_stat_t& status, const std::string& label) {
    if (status.encryption_method != ZIP_EM_NONE)
      return fail(fmt::format("{} is encrypted; expected an archive without a password", label));
    if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
      return fail(
          fmt::format("{} is compressed by method {}; expected stored or deflated, as numpy.savez and "
                      "numpy.savez_compressed write it",
                      label, status.comp_method));
    // Entries that share their bytes are how a small archive unpacks to a huge one.
    if (status.comp_size > compressed_left_)
      return fail(fmt::format(
          "{} is said to have {} compressed bytes, more than the file holds; it is damaged or hostile", label,
          status.comp_size));
    compressed_left_ -= status.comp_size;
    constexpr zip_uint64_t best_deflate_ratio = 1032;
    const bool stored = status.comp_method == ZIP_CM_STORE;
    if (stored ? status.size != status.comp_size : status.size / best_deflate_ratio > status.comp_size)
      return fail(
          fmt::format("{} is said to unpack from {} to {} bytes, which cannot be; it is damaged or hostile",
                      label, status.comp_size, status.size));
    return true;
  }

  std::string path_;
  uint64_t compressed_left_;
  uint64_t memory_left_ = memory_limit();
  zip_t* archive_;
  ir::Diagnostics& diagnostics_;
};

// Adds one array; zip keeps pointers to `header` and to the elements until the archive is closed.
bool add_array(zip_t* archive, const std::string& name, const std::string& header, const ir::Tensor& tensor,
               Compression compression) {
  // Zip reads these only, but its type says otherwise.
  std::array<zip_buffer_fragment_t, 2> parts{};
  parts[0].data = reinterpret_cast<zip_uint8_t*>(const_cast<char*>(header.data()));
  parts[0].length = header.size();
  parts[1].data = reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(tensor.bytes()));
  parts[1].length = tensor.byte_count();
  zip_source_t* source =
      zip_source_buffer_fragment(archive, parts.data(), tensor.byte_count() > 0 ? 2 : 1, 0);
  if (!source) return false;
  const zip_int64_t index = zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  const auto entry = static_cast<zip_uint64_t>(index);
  const zip_int32_t method = compression == Compression::Stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
  constexpr zip_uint16_t first_day_of_zip = (1 << 5) | 1;  // 1980-01-01: the bytes tell nothing of the clock.
  return zip_set_file_compression(archive, entry, method, 0) == 0 &&
         zip_file_set_dostime(archive, entry, 0, first_day_of_zip, 0) == 0;
}

}  // namespace

std::optional<Arrays> read_npz(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::unique_ptr<FileSource> file = FileSource::open(path, diagnostics);
  if (!file) return std::nullopt;
  std::array<std::byte, 16> start{};
  const size_t present = static_cast<size_t>(std::min<uint64_t>(start.size(), file->size()));
  if (!file->read(std::span(start).first(present), diagnostics)) return std::nullopt;
  if (const FileKind kind = kind_of(std::span(start).first(present)); kind != FileKind::Npz) {
    diagnostics.error(fmt::format("{}: expected a .npz archive (written by numpy.savez), found {}",
                                  file->name(), description_of(kind)));
    return std::nullopt;
  }
  int code = 0;
  const Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive) {
    diagnostics.error(fmt::format("{}: cannot be read as a zip archive: {}; the file is truncated or damaged",
                                  file->name(), message_of(code)));
    return std::nullopt;
  }
  return reporting_exhaustion(file->name(), diagnostics, [&] {
    return NpzReader(file->name(), file->size(), archive.get(), diagnostics).read();
  });
}

bool write_npz(const std::string& path, const Arrays& arrays, Compression compression,
               ir::Diagnostics& diagnostics) {
  // Zip itself would rather write no file at all than an archive without entries.
  static constexpr std::string_view empty_archive("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
  if (arrays.empty()) return write_file(path, {std::as_bytes(std::span(empty_archive))}, diagnostics);

  std::optional<PendingFile> pending = PendingFile::create(path, diagnostics);
  if (!pending) return false;
  const auto fail = [&](const std::string& why) {
    diagnostics.error(fmt::format("{}: cannot be written: {}", printable(path), why));
    return false;
  };
  int code = 0;
  Archive archive(zip_open(pending->path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) return fail(message_of(code));
  std::vector<std::string> headers;
  headers.reserve(arrays.size());
  for (const auto& [name, tensor] : arrays) {
    // Zip itself would cut such a name.
    if (name.size() > 65000 || name.find('\0') != std::string::npos)
      return fail(fmt::format("array '{}': its name is too long, or has a null byte", printable(name)));
    headers.push_back(npy_header(tensor));
    if (!add_array(archive.get(), name, headers.back(), tensor, compression))
      return fail(
          fmt::format("array '{}': {}", printable(name), zip_error_strerror(zip_get_error(archive.get()))));
  }
  if (zip_close(archive.get()) != 0) return fail(zip_error_strerror(zip_get_error(archive.get())));
  std::ignore = archive.release();  // closed
  return pending->commit(diagnostics);
}

}  // namespace rondo::data
