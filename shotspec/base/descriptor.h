#pragma once
// A file descriptor that is closed by its owner's end. A value that moves; any thread.

#include <utility>

#include <unistd.h>

namespace nightreel {

class Descriptor {
  public:
    Descriptor() = default;  // of nothing

    explicit Descriptor(int value) : value_(value) {}  // negative: of nothing

    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }

    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

    Descriptor& operator=(Descriptor other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }

    int get() const { return value_; }

    explicit operator bool() const { return value_ >= 0; }

  private:
    int value_ = -1;
};

}  // namespace nightreel
