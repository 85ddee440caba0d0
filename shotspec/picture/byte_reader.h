#pragma once
// Numbers out of the bytes of a file, never past their end. Borrows the bytes; one thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shotspec/picture/refuse_picture.h"

namespace nightreel {

enum class ByteOrder { big, little };

class ByteReader {
  public:
    ByteReader(std::string_view bytes, ByteOrder order, std::size_t position = 0)
        : bytes_(bytes), order_(order), position_(position) {}

    std::size_t position() const { return position_; }

    std::size_t left() const { return position_ < bytes_.size() ? bytes_.size() - position_ : 0; }

    // Error{bad_input} where so many are not left, as in all that follow.
    std::string_view take(std::uint64_t count) {
        if (count > left()) refuse_picture("is truncated; export it again");
        const std::string_view taken = bytes_.substr(position_, count);
        position_ += taken.size();
        return taken;
    }

    std::uint8_t byte() { return static_cast<std::uint8_t>(take(1).front()); }

    std::uint16_t two() { return static_cast<std::uint16_t>(number(2)); }

    std::uint32_t four() { return static_cast<std::uint32_t>(number(4)); }

    std::uint64_t eight() { return number(8); }

    std::int32_t signed_four() { return static_cast<std::int32_t>(four()); }

    // Without the zero byte that ends it.
    std::string_view text() {
        const std::size_t end = bytes_.find('\0', position_);
        if (end == std::string_view::npos) take(left() + std::uint64_t{1});
        const std::string_view found = take(end - position_);
        take(1);
        return found;
    }

  private:
    std::uint64_t number(std::size_t count) {
        std::uint64_t value = 0;
        const std::string_view digits = take(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = order_ == ByteOrder::big ? i : count - 1 - i;
            value = value << 8 | static_cast<std::uint8_t>(digits[at]);
        }
        return value;
    }

    std::string_view bytes_;
    ByteOrder order_;
    std::size_t position_;
};

}  // namespace nightreel
