#pragma once
// `scheduler.output` of a farm file: the folders that takes may be published below. Plain values,
// any thread.

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shotspec/describe/list_of_one.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {

struct OutputRoot {
    std::string path;

    friend bool operator==(const OutputRoot&, const OutputRoot&) = default;
};

template <>
struct ListOfOne<OutputRoot> : std::true_type {};

template <>
struct TextForm<OutputRoot> {
    static constexpr std::string_view accepted = "a path";
    static constexpr std::string_view json_schema = R"({"type":"string","minLength":1})";

    static std::optional<OutputRoot> read(std::string_view word) {
        if (word.empty()) return {};
        return OutputRoot{std::string(word)};
    }

    static std::string write(const OutputRoot& value) { return value.path; }
};

}  // namespace nightreel
