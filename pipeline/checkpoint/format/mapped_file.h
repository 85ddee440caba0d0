#pragma once
// A file as bytes in memory, mapped and never read as a whole. Files are replaced by renaming,
// never written in place, while somebody may have them open: a file cut short under a mapping is a
// bus error. Immutable; any thread.

#include <cstddef>
#include <filesystem>
#include <span>

namespace nightreel {

class MappedFile {
  public:
    // Error{bad_input} when there is no such file or it is not a regular one, Error{unavailable}
    // when the system cannot open or map it.
    explicit MappedFile(const std::filesystem::path& file);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return {start_, size_}; }

  private:
    const std::byte* start_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace nightreel
