#pragma once
// Reads described types (shotspec/describe/fields.h) from a YAML tree, complaining of everything
// that is wrong at once: unknown keys with the nearest known one, wrong kinds, wrong units, numbers
// out of range, missing fields. What was wrong keeps its default. One thread.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/list_of_one.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/describe/prose.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/field_spot.h"
#include "shotspec/yaml/yaml_tree.h"

namespace nightreel {

namespace fields_yaml {

struct MapFields {
    std::vector<std::string> known;
    std::vector<std::string> later;
};

void refuse_unknown(const Spot& map, const MapFields& fields);
void refuse_missing(const Spot& map, const std::string& path, const FieldInfo& info);
void refuse_unless_one(const Spot& map, const std::vector<std::string>& words);
std::string inner_path(const std::string& outer, std::string_view name);

// False when it complained of the value as a whole and left it as it was.
template <class T>
bool read(const Spot& spot, T& value);

// Visits the fields of a described type and reads those that the map has.
template <class Map>
struct MapReader {
    const Spot& map;
    MapFields fields = {};

    static bool is_prose(std::string_view name) {
        if constexpr (HasProse<Map>) {
            return std::ranges::find(Prose<Map>::words, name) != Prose<Map>::words.end();
        }
        return false;
    }

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo& info) {
        fields.known.emplace_back(name);
        const std::string path = inner_path(map.path, name);
        const YamlNode* node = map.node.find(name);
        if (node != nullptr) {
            read(Spot{*node, path, info, map.context, is_prose(name)}, value);
        } else if (info.required) {
            refuse_missing(map, path, info);
        }
    }
};

// Reads the first field alone.
struct ShortReader {
    const Spot& spot;
    bool first = true;
    bool done = false;

    template <class T>
    void operator()(std::string_view, T& value, const FieldInfo& info) {
        if (!std::exchange(first, false)) return;
        done = read(Spot{spot.node, spot.path, info, spot.context}, value);
    }
};

std::string listed_names(const std::vector<std::string>& names);  // "[at, share]"

struct FieldNames {
    std::vector<std::string> names = {};

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo&) {
        names.emplace_back(name);
    }
};

// Reads each field from the item of a list that has its place.
struct RowReader {
    const Spot& row;
    std::size_t next = 0;
    bool done = true;

    template <class T>
    void operator()(std::string_view, T& value, const FieldInfo& info) {
        const std::string path = fmt::format("{}[{}]", row.path, next);
        done = read(Spot{row.node.items[next++], path, info, row.context}, value) && done;
    }
};

template <class T>
bool read_row(const Spot& spot, T& value) {
    FieldNames fields;
    describe(value, fields);
    if (spot.node.kind != YamlNode::Kind::list || spot.node.items.size() != fields.names.size()) {
        return spot.refuse(listed_names(fields.names));
    }
    RowReader reader{spot};
    describe(value, reader);
    return reader.done;
}

template <class T>
bool read_struct(const Spot& spot, T& value) {
    if constexpr (ShortForm<T>::value) {
        if (spot.node.kind == YamlNode::Kind::scalar) {
            ShortReader reader{spot};
            describe(value, reader);
            return reader.done;
        }
    }
    if (spot.node.kind != YamlNode::Kind::map) return spot.refuse("a map of keys and values");
    MapReader<T> reader{spot};
    describe(value, reader);
    if constexpr (HasLaterWords<T>) {
        for (const std::string_view word : LaterWords<T>::words) {
            reader.fields.later.emplace_back(word);
        }
    }
    if constexpr (HasExactlyOne<T>) {
        refuse_unless_one(spot, {ExactlyOne<T>::words.begin(), ExactlyOne<T>::words.end()});
    }
    refuse_unknown(spot, reader.fields);
    return true;
}

template <class T>
bool read_list(const Spot& spot, std::vector<T>& values) {
    if constexpr (ListOfOne<T>::value) {
        if (spot.node.kind == YamlNode::Kind::scalar) {
            values.assign(1, {});
            return read(spot, values.front());
        }
    }
    if (spot.node.kind != YamlNode::Kind::list) return spot.refuse("a list");
    values.clear();
    for (const YamlNode& item : spot.node.items) {
        const std::string path = fmt::format("{}[{}]", spot.path, values.size());
        read(Spot{item, path, spot.info, spot.context}, values.emplace_back());
    }
    return true;
}

template <class T>
bool read_map(const Spot& spot, std::map<std::string, T>& values) {
    if (spot.node.kind != YamlNode::Kind::map) return spot.refuse("a map of names");
    for (const YamlEntry& entry : spot.node.entries) {
        const std::string path = inner_path(spot.path, entry.key);
        read(Spot{entry.value, path, spot.info, spot.context}, values[entry.key]);
    }
    return true;
}

template <DescribedEnum T>
bool read_word(const Spot& spot, T& value) {
    const std::vector<std::string> words = words_of<T>();
    const std::string expected = listed(words, "or");
    if (spot.node.kind != YamlNode::Kind::scalar) return spot.refuse(expected);
    const auto found = from_word<T>(spot.node.scalar);
    if (found) {
        value = *found;
        return true;
    }
    spot.complain(fmt::format("invalid value '{}': expected {}{}",
                              spot.node.scalar,
                              expected,
                              did_you_mean(spot.node.scalar, words)));
    return false;
}

template <class T>
bool read_integral(const Spot& spot, T& value) {
    constexpr std::int64_t least =
        std::is_signed_v<T> ? static_cast<std::int64_t>(std::numeric_limits<T>::min()) : 0;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    const auto bits = read_integer(spot, {least, most});
    if (bits) value = static_cast<T>(*bits);
    return bits.has_value();
}

// Takes what a reader of scalars found, if anything.
template <class T>
bool take(std::optional<T> found, T& value) {
    if (found) value = std::move(*found);
    return found.has_value();
}

// A value that stands in the document as one word.
template <HasTextForm T>
bool read_form(const Spot& spot, T& value) {
    if (spot.node.kind != YamlNode::Kind::scalar) return spot.refuse(TextForm<T>::accepted);
    if (take(TextForm<T>::read(spot.node.scalar), value)) return true;
    if constexpr (HasRemedy<T>) {
        std::string remedy = TextForm<T>::remedy(spot.node.scalar);
        if (!remedy.empty()) {
            spot.complain(std::move(remedy));
            return false;
        }
    }
    return spot.refuse(TextForm<T>::accepted);
}

template <class T>
bool read(const Spot& spot, T& value) {
    if constexpr (IsOptional<T>::value) {
        typename T::value_type inner{};
        if (!read(spot, inner)) return false;
        value = std::move(inner);
        return true;
    } else {
        spot.context.places.add(spot.path, spot.node.place);
        if constexpr (HasTextForm<T>) {
            return read_form(spot, value);
        } else if constexpr (IsVector<T>::value) {
            return read_list(spot, value);
        } else if constexpr (IsMap<T>::value) {
            return read_map(spot, value);
        } else if constexpr (DescribedEnum<T>) {
            return read_word(spot, value);
        } else if constexpr (RowForm<T>::value) {
            return read_row(spot, value);
        } else if constexpr (Described<T>) {
            return read_struct(spot, value);
        } else if constexpr (std::is_same_v<T, bool>) {
            return take(read_bool(spot), value);
        } else if constexpr (std::is_integral_v<T>) {
            return read_integral(spot, value);
        } else if constexpr (std::is_floating_point_v<T>) {
            return take(read_number(spot), value);
        } else {
            static_assert(std::is_same_v<T, std::string>, "a type that no reader is known for");
            return take(read_text(spot), value);
        }
    }
}

}  // namespace fields_yaml

// False after a complaint, when the document says a version of its format that this release does
// not read: nothing else in it can be judged then. `format` is what such documents are called.
bool is_read_version(const YamlNode& root,
                     std::string_view key,
                     std::int32_t version,
                     std::string_view format,
                     Complaints& complaints);

// Reads the document's root. An empty document (after complaints about its text) reads as nothing.
template <Described T>
void read_fields(const YamlNode& root, T& value, ReadContext& context) {
    const std::string path;
    const FieldInfo info;
    fields_yaml::read(fields_yaml::Spot{root, path, info, context}, value);
}

}  // namespace nightreel
