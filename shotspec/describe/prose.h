#pragma once

// Which fields of a described type hold sentences, in which signs of the document's format are
// likely to be meant as text. Compile-time facts.

namespace nightreel {

// Specialise with `static constexpr auto words = std::to_array<std::string_view>({...});`
template <class T>
struct Prose;

template <class T>
concept HasProse = requires {
    Prose<T>::words;
};

}  // namespace nightreel
