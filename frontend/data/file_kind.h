// What a file is, by its first bytes: for choosing a reader, and for saying what was found instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rondo::data {

enum class FileKind : uint8_t { Empty, Npy, Npz, Safetensors, Hdf5, Pickle, Unknown };

/// Looks at up to the first 16 bytes.
FileKind kind_of(std::span<const std::byte> start);

/// "a .npy file", "an HDF5 file (Keras .h5)": for messages.
std::string_view description_of(FileKind kind);

/// Whether `path` ends in `extension` (".npy"), in any case of letters.
bool has_extension(std::string_view path, std::string_view extension);

}  // namespace rondo::data
