#pragma once
// The directory of a zip archive whose entries are stored, not compressed, as torch.save writes it:
// where each entry's bytes lie in the file. Archives above 4 GiB are read by their 64-bit records.
// Nothing is unpacked. Pure; any thread.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace nightreel {

struct ZipEntry {
    std::uint64_t begin = 0;  // in the file
    std::uint64_t bytes = 0;
};

using ZipDirectory = std::map<std::string, ZipEntry, std::less<>>;

// Faults are Error{bad_input} and begin with `label`.
ZipDirectory read_zip_directory(std::span<const std::byte> file, const std::string& label);

}  // namespace nightreel
