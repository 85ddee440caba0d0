#include "scheduler/protocol/cbor_shape.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "shotspec/base/error.h"
#include "shotspec/base/utf8.h"

namespace nightreel::wire {
namespace {

// RFC 8949, section 3: three bits of major type, five of argument.
enum Major : unsigned { unsigned_integer, negative_integer, bytes, text, list, object, tag, other };

[[noreturn]] void refuse(std::size_t at, std::string_view what) {
    throw Error(ErrorKind::bad_input,
                "malformed message at byte " + std::to_string(at) + ": " + std::string(what));
}

class Walk {
  public:
    explicit Walk(std::span<const std::byte> all) : all_(all) {}

    void whole() {
        item();
        while (depth_ > 0) {
            std::uint64_t& left = open_[depth_ - 1].items_left;
            if (left == 0) {
                --depth_;
                continue;
            }
            const bool is_key = open_[depth_ - 1].is_object && left % 2 == 0;
            --left;
            if (is_key && major_here() != text)
                refuse(at_, "an object has a name that is not a string");
            item();
        }
        if (at_ != all_.size()) refuse(at_, "unexpected data after the message");
    }

  private:
    struct Open {
        std::uint64_t items_left = 0;
        bool is_object = false;
    };

    unsigned byte_here() const {
        if (at_ >= all_.size()) refuse(at_, "the message is incomplete");
        return std::to_integer<unsigned>(all_[at_]);
    }

    unsigned major_here() const { return byte_here() >> 5U; }

    std::uint64_t argument(unsigned low) {
        if (low < 24) return low;
        if (low > 27) refuse(at_, "an item of indefinite length");
        std::uint64_t value = 0;
        for (unsigned i = 0; i < (1U << (low - 24U)); ++i) {
            value = value << 8U | byte_here();
            ++at_;
        }
        return value;
    }

    void item() {
        const unsigned major = major_here();
        const unsigned low = byte_here() & 0x1FU;
        ++at_;
        const std::uint64_t value = argument(low);
        switch (major) {
            case unsigned_integer:
            case negative_integer:
                return;
            case text:
                return take_text(value);
            case list:
                if (value > list_items_max) refuse(at_, "a list with too many items");
                return enter({value, false});
            case object:
                if (value > object_fields_max) refuse(at_, "an object with too many fields");
                return enter({2 * value, true});
            case other:
                // false, true, null, float32, float64
                if (low >= 20 && low <= 22) return;
                if (low == 26 || low == 27) return check_finite(low, value);
                refuse(at_, "an unsupported type of value");
            default:
                refuse(at_, "an unsupported type of item");
        }
    }

    void check_finite(unsigned low, std::uint64_t bits) const {
        const double number = low == 26 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                        : std::bit_cast<double>(bits);
        if (!std::isfinite(number)) refuse(at_, "a number that is not finite");
    }

    void take_text(std::uint64_t length) {
        if (length > all_.size() - at_) refuse(at_, "a string longer than the message");
        const auto* start = reinterpret_cast<const char*>(all_.data() + at_);
        if (!is_utf8({start, static_cast<std::size_t>(length)}))
            refuse(at_, "a string that is not valid UTF-8");
        at_ += static_cast<std::size_t>(length);
    }

    void enter(Open inner) {
        if (depth_ == depth_max) refuse(at_, "lists and objects nested too deeply");
        if (inner.items_left > all_.size() - at_) refuse(at_, "the message is incomplete");
        open_[depth_++] = inner;
    }

    std::span<const std::byte> all_;
    std::size_t at_ = 0;
    std::array<Open, depth_max> open_{};
    std::size_t depth_ = 0;
};

}  // namespace

void check_cbor_shape(std::span<const std::byte> bytes) {
    Walk(bytes).whole();
}

}  // namespace nightreel::wire
