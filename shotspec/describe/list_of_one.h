#pragma once
// Lists that may be written as their only item. A compile-time fact.

#include <type_traits>

namespace nightreel {

// Of the type of the items: `output: /a` is `output: [/a]`. Specialise as
// `template <> struct ListOfOne<T> : std::true_type {};`
template <class T>
struct ListOfOne : std::false_type {};

}  // namespace nightreel
