#pragma once
// A hidden folder in which something is put together beside its final place. One thread.

#include <filesystem>
#include <string_view>

namespace nightreel {

// ".take01.<token>.partial" beside `place`.
std::filesystem::path partial_folder_of(const std::filesystem::path& place, std::string_view token);

class PartialFolder {
  public:
    // Makes the folder. `token` is this attempt's alone. Error{unavailable} when it is there.
    PartialFolder(const std::filesystem::path& place, std::string_view token);
    // Removed with everything in it, unless it is kept.
    ~PartialFolder();
    PartialFolder(const PartialFolder&) = delete;
    PartialFolder& operator=(const PartialFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

    // It is whole, and waits for its verdict.
    void keep() { kept_ = true; }

  private:
    std::filesystem::path path_;
    bool kept_ = false;
};

// Removes every folder that waits beside `place`: an attempt has been accepted, so the others are
// dead or come too late. Each is renamed before it is emptied: nobody can move it, half empty, to
// the place.
void sweep_partials(const std::filesystem::path& place);

}  // namespace nightreel
