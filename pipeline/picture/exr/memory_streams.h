#pragma once
// OpenEXR's streams over bytes in memory. Private to pipeline/picture/exr; one thread each.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <OpenEXR/Iex.h>
#include <OpenEXR/ImfIO.h>

namespace nightreel {

// A file that was read whole, so that a cut-off end is met here and not as a bus error.
class TextInput final : public Imf::IStream {
  public:
    explicit TextInput(const std::string& bytes) : IStream("memory"), bytes_(bytes) {}

    bool read(char target[], int count) override {
        const auto size = static_cast<std::size_t>(count);
        if (position_ > bytes_.size() || size > bytes_.size() - position_) {
            throw Iex::InputExc("the file ends early");
        }
        std::memcpy(target, bytes_.data() + position_, size);
        position_ += size;
        return position_ < bytes_.size();
    }

    std::uint64_t tellg() override { return position_; }

    void seekg(std::uint64_t position) override { position_ = position; }

  private:
    const std::string& bytes_;
    std::size_t position_ = 0;
};

// OutputFile's destructor swallows what goes wrong while the line table is written. In memory
// nothing can, and the file is then written by code that reports a full disk.
class MemoryOutput final : public Imf::OStream {
  public:
    explicit MemoryOutput(std::size_t expected_bytes) : OStream("memory") {
        bytes_.reserve(expected_bytes);
    }

    void write(const char data[], int count) override {
        const auto size = static_cast<std::size_t>(count);
        if (position_ + size > bytes_.size()) bytes_.resize(position_ + size);
        std::memcpy(bytes_.data() + position_, data, size);
        position_ += size;
    }

    std::uint64_t tellp() override { return position_; }

    void seekp(std::uint64_t position) override { position_ = position; }

    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
    std::size_t position_ = 0;
};

}  // namespace nightreel
