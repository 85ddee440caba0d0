#pragma once
// Where inside a text of the night file something stands: the line and column of one of its bytes,
// though quotes, folded lines and blanks of the file are not in the text. Reads night files; one
// thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/night/read_night.h"

namespace nightreel {

// What separates words: how many there are and of which kind changes no prompt.
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// `scalar` is the rest of a file from a YAML scalar on, which stands at `begin`; `offset` is one of
// the bytes of its value. Nothing where the file says it in other words: escapes, variables.
std::optional<Place> place_in_scalar(std::string_view scalar,
                                     const Place& begin,
                                     std::string_view value,
                                     std::size_t offset);

class TextPlaces {
  public:
    explicit TextPlaces(const NightDocument& document) : document_(document) {}

    // The place of a byte of the text at `path`, or of the text as a whole where that is all that
    // can be told.
    Place of(const std::string& path, std::string_view value, std::size_t offset);

  private:
    struct Source {
        std::string text;
        std::vector<std::size_t> lines;  // where each begins

        std::string_view from(const Place& place) const;
    };

    const Source& source_of(std::uint32_t file);

    const NightDocument& document_;
    std::map<std::uint32_t, Source> sources_;  // by the index of the file
};

}  // namespace nightreel
