#pragma once
// A type is described once, by a free function that names each field with its meaning and limits:
//
//     template <class Visitor>
//     void describe(Sampling& value, Visitor& field) {
//         field("steps", value.steps, {.meaning = "Denoising steps.", .minimum = 1, .maximum =
//         1000});
//     }
//
// Readers, diagnostics, JSON, JSON Schema, the reference page and the digest are visitors over it.
// An enum is described by its words: `template <> struct EnumWords<Kind> { static constexpr auto
// words = std::to_array<std::pair<Kind, std::string_view>>({...}); };`

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

struct FieldInfo {
    std::string_view meaning;            // one sentence, with the unit
    std::optional<double> minimum = {};  // inclusive
    std::optional<double> maximum = {};  // inclusive
    bool required = false;
    bool in_digest = true;  // false: where a thing lies or who asked, which changes no pixel
    std::string_view example = {};
    std::string_view fallback = {};  // what holds when it is left out, for the reference page
};

template <class Enum>
struct EnumWords;  // specialised per described enum

template <class T>
concept DescribedEnum = requires {
    EnumWords<T>::words;
};

// Any visitor will do to find out whether a type is described.
struct FieldProbe {
    template <class T>
    void operator()(std::string_view, T&, const FieldInfo&) {}
};

template <class T>
concept Described = requires(T& value, FieldProbe& probe) {
    describe(value, probe);
};

template <DescribedEnum Enum>
constexpr std::string_view word_of(Enum value) {
    for (const auto& [candidate, word] : EnumWords<Enum>::words) {
        if (candidate == value) return word;
    }
    return "?";
}

template <DescribedEnum Enum>
constexpr std::optional<Enum> from_word(std::string_view word) {
    for (const auto& [candidate, name] : EnumWords<Enum>::words) {
        if (name == word) return candidate;
    }
    return {};
}

template <DescribedEnum Enum>
std::vector<std::string> words_of() {
    std::vector<std::string> words;
    for (const auto& [value, word] : EnumWords<Enum>::words) words.emplace_back(word);
    return words;
}

// For std::visit over a closed set of alternatives.
template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace nightreel
