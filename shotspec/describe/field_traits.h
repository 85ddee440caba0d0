#pragma once
// What describing a type says beside its fields (shotspec/describe/fields.h), and the containers
// that readers and writers of described types tell apart. Compile-time facts.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace nightreel {

// Words of the document that this release knows but does not have yet. Specialise with
// `static constexpr auto words = std::to_array<std::string_view>({...});`
template <class T>
struct LaterWords;

// Fields of which one and only one stands in the document. Specialise likewise.
template <class T>
struct ExactlyOne;

// A map that may be written as one value, which is then that of its first field. Specialise as
// `template <> struct ShortForm<T> : std::true_type {};`
template <class T>
struct ShortForm : std::false_type {};

// A type that is written as a list with one item for each of its fields, in their order. Specialise
// as `template <> struct RowForm<T> : std::true_type {};`
template <class T>
struct RowForm : std::false_type {};

template <class T>
concept HasLaterWords = requires {
    LaterWords<T>::words;
};

template <class T>
concept HasExactlyOne = requires {
    ExactlyOne<T>::words;
};

template <class T>
struct IsOptional : std::false_type {};

template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
struct IsVector : std::false_type {};

template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
struct IsMap : std::false_type {};

template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

}  // namespace nightreel
