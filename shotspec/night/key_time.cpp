#include "shotspec/night/key_time.h"

namespace nightreel {

std::optional<KeyTime> TextForm<KeyTime>::read(std::string_view word) {
    if (word == "end") return KeyTime{.is_end = true};
    const auto length = TextForm<Length>::read(word);
    if (!length) return {};
    return KeyTime{.after = *length};
}

std::string TextForm<KeyTime>::write(const KeyTime& value) {
    if (value.is_end) return "end";
    return value.is_start() ? "0s" : TextForm<Length>::write(value.after);
}

}  // namespace nightreel
