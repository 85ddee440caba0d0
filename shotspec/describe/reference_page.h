#pragma once
// The reference page of a described type, in Markdown: a table for each map. A visitor over the
// same descriptions that the reader uses. Pure, any thread.

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/list_of_one.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace reference_page {

std::string limits_text(std::string_view noun, const FieldInfo& info);
std::string row(std::string_view name, const std::string& form, const FieldInfo& info);
std::string table_head();
std::string code(std::string_view word);  // in backticks

// The table of one map, and those of the maps inside it, in order of mention.
struct Section {
    std::string title;
    std::string rows;
    std::vector<Section> inner;
};

template <class T>
Section section_of(const std::string& title);

// How the first field of a type is written, for one that may be written as that alone.
struct FirstForm {
    std::string form = {};

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info);
};

// How each field is written, for a type that is written as a list of them.
struct RowForms {
    std::string forms = {};

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info);
};

// How a value is written, and the sections it leads to.
template <class T>
std::string form_of(const std::string& path, const FieldInfo& info, std::vector<Section>& inner) {
    if constexpr (IsOptional<T>::value) {
        return form_of<typename T::value_type>(path, info, inner);
    } else if constexpr (HasTextForm<T>) {
        return std::string(TextForm<T>::accepted);
    } else if constexpr (IsVector<T>::value) {
        const std::string item = form_of<typename T::value_type>(path + "[]", info, inner);
        if constexpr (ListOfOne<typename T::value_type>::value) return item + ", or a list of them";
        return "list; each item: " + item;
    } else if constexpr (IsMap<T>::value) {
        return "map from names; each value: " +
               form_of<typename T::mapped_type>(path + ".NAME", info, inner);
    } else if constexpr (DescribedEnum<T>) {
        std::vector<std::string> words;
        for (const auto& [value, word] : EnumWords<T>::words) {
            words.push_back(code(word));
        }
        return listed(words, "or");
    } else if constexpr (RowForm<T>::value) {
        RowForms row;
        T value{};
        describe(value, row);
        return "[" + row.forms + "]";
    } else if constexpr (Described<T>) {
        inner.push_back(section_of<T>(path));
        const std::string map = "map (see " + code(path) + ")";
        if constexpr (ShortForm<T>::value) {
            FirstForm first;
            T value{};
            describe(value, first);
            return first.form + ", or " + map;
        }
        return map;
    } else if constexpr (std::is_same_v<T, bool>) {
        return "`true` or `false`";
    } else if constexpr (std::is_integral_v<T>) {
        return limits_text("integer", info);
    } else if constexpr (std::is_floating_point_v<T>) {
        return limits_text("number", info);
    } else {
        return "string";
    }
}

template <class T>
void FirstForm::operator()(std::string_view name, T&, const FieldInfo& info) {
    std::vector<Section> inner;
    if (form.empty()) form = form_of<T>(std::string(name), info, inner);
}

template <class T>
void RowForms::operator()(std::string_view name, T&, const FieldInfo& info) {
    std::vector<Section> inner;
    if (!forms.empty()) forms += ", ";
    forms += form_of<T>(std::string(name), info, inner);
}

struct Rows {
    Section& section;

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info) {
        const std::string path =
            section.title.empty() ? std::string(name) : section.title + "." + std::string(name);
        section.rows += row(name, form_of<T>(path, info, section.inner), info);
    }
};

template <class T>
Section section_of(const std::string& title) {
    Section section{title, {}, {}};
    T value{};
    Rows rows{section};
    describe(value, rows);
    if constexpr (HasExactlyOne<T>) {
        std::vector<std::string> words;
        for (const std::string_view word : ExactlyOne<T>::words) {
            words.push_back(code(word));
        }
        section.rows += "\nExactly one of " + listed(words) + " is required.\n";
    }
    if constexpr (HasLaterWords<T>) {
        std::vector<std::string> words;
        for (const std::string_view word : LaterWords<T>::words) {
            words.push_back(code(word));
        }
        section.rows += "\nReserved for later versions: " + listed(words) + ".\n";
    }
    return section;
}

std::string page(const Section& root, std::string_view introduction);

}  // namespace reference_page

template <Described T>
std::string reference_page_of(std::string_view introduction) {
    return reference_page::page(reference_page::section_of<T>(""), introduction);
}

}  // namespace nightreel
