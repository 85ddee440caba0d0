#pragma once
// A folder of a test's own, gone when the test ends. One thread.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace nightreel {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "nightreel-test-XXXXXX").string();
        const char* made = ::mkdtemp(name.data());
        if (made == nullptr) throw std::system_error(errno, std::generic_category(), name);
        path_ = made;
    }

    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace nightreel
