#pragma once
// A hidden folder in which something is put together beside its final place. Its owner holds a lock
// on it that the system lets go when the owner dies: so others can tell what is left over. One
// thread.

#include <filesystem>
#include <string_view>

#include "shotspec/base/file_lock.h"

namespace nightreel {

class PartialFolder {
  public:
    // ".take01.<token>.partial" beside `place`; one of the same token that a dead attempt left is
    // replaced. Error{unavailable} when a live attempt holds it.
    PartialFolder(const std::filesystem::path& place, std::string_view token);
    // Removed with everything in it, unless it was moved to its place.
    ~PartialFolder();
    PartialFolder(const PartialFolder&) = delete;
    PartialFolder& operator=(const PartialFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

    // Renames the folder and syncs the parent. False when the place is taken.
    [[nodiscard]] bool move_to_place();

  private:
    std::filesystem::path place_;
    std::filesystem::path path_;
    FileLock lock_;
    bool moved_ = false;
};

// Removes what dead attempts left beside `place`. A folder is renamed before it is emptied, so that
// an attempt that is alive after all can no longer move it, half empty, to the place.
void sweep_partials(const std::filesystem::path& place);

}  // namespace nightreel
